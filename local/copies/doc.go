// Package copies keeps the requests for copies and extracts of civil-status acts: who asks what, what the law
// lets be given, and what was given or refused.
//
// # Law
//
//   - Décret n° 2017-890 du 6 mai 2017, art. 27 et suivants: what is given bears its date, the signature and the seal; it
//     is free and has no term of its own; requests are recorded and kept a year; extracts without filiation go to anyone.
//   - Code du patrimoine, art. L213-2: registers of births and marriages are open 75 years after their closing, or 25 years
//     after the death of the person.
//   - A mention of adoption plénière makes the first birth act void (Code civil, art. 354).
//
// What the sources do not settle (the partner of a PACS, administrations, the hundred years of minors) is not decided here:
// the answer is [Ask], and the officer's reason is kept.
//
// # States of a request
//
//	received ──Grant──▶ granted
//	received ──Refuse─▶ refused
//	any ──Erase, after a year──▶ erased: day and outcome alone are left, to be counted
//
// # Streams
//
// «copy-request/<id>» holds a request, each entry sealed under a key of its own, which Erase forgets. «copy-details/<act>»
// holds what extracts say and the index of an act does not: place, hour, parents. It is read off the image and stays.
package copies
