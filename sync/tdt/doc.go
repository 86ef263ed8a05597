// Package tdt hands acts and accounting flows over to a trusted third party (tiers de
// télétransmission) that speaks the HTTP interface of S²LOW: a client certificate names the
// town hall, a login tells several of its accounts apart.
//
// # What was learnt of the interface
//
//   - A flow is posted as «enveloppe» and answered in XML: import/{id, resultat, message}.
//     The third party recognises a file it has by the SHA-1 of its bytes, refuses it as a
//     «doublon», and does not tell the number it had. Posting the same bytes again therefore
//     asks the question without sending twice.
//   - An act is posted by its fields and answered in lines: «OK» and its number, or «KO» and
//     why. Its number (1 to 15 of [A-Z0-9_]) is unique in the town hall, and the list of acts
//     can be asked for: what became of an act whose answer was lost is looked up there.
//   - A status is a number: -1 error, 1 posted, 2 waiting, 3 transmitted, 4 acknowledged,
//     6 refused, 8 answered in part.
//   - Answers are in UTF-8 or in ISO-8859-1, whatever they say.
//   - An account that is not let in is answered by a redirection, or by «KO».
//
// # What this client promises
//
// Every answer is bounded. A page of HTML, a cut answer, a number that is none are no answer.
// An error tells whether anything may have arrived: handover.ErrNotSent or
// handover.ErrUncertain. Nothing is posted twice by this package itself.
package tdt
