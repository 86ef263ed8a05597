// Package writing is the drafts of the modules that several people write at once, together or apart: a deliberation, the
// minutes of a sitting.
//
// A draft is a [Sheet]: paragraphs, each of a kind, and values that have a name. It is written over an edition that its
// module keeps (Base), which everybody has alike. Each computer adds what is typed there to a stream of its own,
// «writing/<subject>.<device>», so that no two ever contend; the draft is its base and the sum of all, in any order
// (package merge). Words that two people type in one paragraph are all kept, in one order everywhere; a paragraph that
// one takes away while another writes in it leaves what the other wrote as a paragraph of its own. A value is not made of
// two: the last that was given holds, and [State.Doubts] names it where its author had not seen the one before.
//
// The module makes an edition of a draft from time to time, and says what it holds (Included). When it makes one in
// another way (a conflict that a person settles, an older program), that edition begins a new base; what a computer had
// written over the former one and that is not in it is carried over by that computer ([Pad.Carry]).
package writing
