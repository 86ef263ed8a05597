// Package registers is what follows a sitting, and the mayor's own acts: the papers, the terms, and the registers.
//
// # Law
//
//   - CGCT, art. L2121-25: the list of the deliberations examined is posted and published within a week.
//   - CGCT, art. L2121-15: the minutes are settled at the beginning of the next sitting, signed by the mayor and the
//     secretary, and published within the week after; what was settled is never rewritten, corrections are kept beside it.
//   - CGCT, art. L2121-23, R2121-9: the register is kept on paper; electronic signatures do not replace those that are
//     written by hand on the sheet that closes each sitting, and whether they were is noted here.
//   - CGCT, art. L2122-22, L2122-23, R2122-7-1: decisions by delegation are reported to the next sitting and stand in the
//     register of deliberations; orders have registers of their own (R2122-7), those on staff apart.
//
// The texts of the library (folder library) are drafts to be checked by who uses them: «projet».
//
// # States
//
// Minutes are drafted, settled by a later sitting, signed, published. An order is a draft, then numbered, sent into the
// parapheur, signed, and published or notified; a decision is reported to the assembly. A follow-up is asked, then done.
//
// # Streams
//
// «minutes/<sitting>» and «formality/<sitting>» follow a sitting, «order/<id>» is an order or a decision, «followup/<id>»
// what a decision asks of somebody, «finished/<id>» that it was done. Numbers are those of package council («numbering/<series>»).
package registers
