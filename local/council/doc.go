// Package council is the assembly of the town hall: drafting deliberations,
// summoning a sitting, recording who is there and what is voted, and giving each
// deliberation its number and its printed form.
//
// # Law
//
// All rules are in rules.go, rules_summons.go and rules_sitting.go, one pure function a
// rule, each citing its article of
// the CGCT: composition (L2121-2), summons (L2121-10 to L2121-12), quorum
// (L2121-17), proxies and majority (L2121-20), ballots (L2121-21), the secretary
// and the minutes (L2121-15), signatures (L2121-23), the list (L2121-25),
// publication (L2131-1), personal interest (L2131-11). The texts of the library
// (folder library) are drafts to be checked by who uses them; each visa has its
// article and the days between which it holds.
//
// # States
//
// A deliberation is a draft, then finalised (voted, numbered: its text no longer
// changes), then sent into the parapheur, then signed. A deliberation that the
// council rejected is finalised as well: its number has no hole.
//
// A sitting is convened, recorded act by act (Record, evening.go), then closed. A
// correction is a further entry; nothing is rewritten: an act that is undone stays
// in the history, and the others are folded again without it (fold.go, undo.go).
// What a ballot was decided on (who was present, who held whose proxy) is kept
// inside its entry. What differs from one kind of assembly to another is data (body.go).
//
// # Streams
//
// «deliberation/<id>» and «sitting/<id>». Two laptops that change the same draft
// make a conflict, which DraftConflict shows with the text they started from.
// Beside them: «textmodel/<id>» a model of the authority's own, «draftremark/<id>»
// a remark beside a draft, «lexicon/<id>» a word added to the dictionary.
package council
