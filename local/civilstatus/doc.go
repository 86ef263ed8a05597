// Package civilstatus keeps the digitised acts of the commune and the marginal
// mentions to be affixed to them.
//
// # Law
//
//   - Code civil, art. 49: a mention is affixed within three days by who keeps the
//     register, else a notice goes to who does, within the same time.
//   - Code civil, art. 79: a death is mentioned on the birth act of the deceased alone.
//   - A mention is never erased: another corrects it (Code civil, art. 99-1).
//   - Formulas are data (formulas.csv): their wording, the act that bears them,
//     their source and their status. What is «projet» is shown and printed as such.
//
// # States of a mention
//
//	incoming notice ─Match▶ matched ─Prepare▶ (treated)       HoldBack: held, with its reason
//	                                    │                      Forward: sent on to who keeps the act
//	                                    ▼
//	prepared ─Verify▶ to affix ─Affix▶ affixed ─Send▶ notified ─Receive▶ acknowledged
//	    └──────Withdraw──────┘
//
// Without four eyes ([Settings]) a mention is to be affixed at once. Before it is
// written, the rules of coherence (coherence.go) may hold it: a person goes on with a
// reason, which is kept. A mention that was affixed is never taken back: another
// rectifies it, on an instruction that it cites, and both stay linked.
//
// The marginal analysis is a task of affixing (IGREC n° 65). Notices that leave are
// letters of one recipient each; their receipts are awaited, chased, kept ten years.
// No notice goes to the court's registry from the day of a dispensation
// (Code civil, art. 40 al. 3), which is off by default.
//
// # Formulas
//
// The catalogue of the program is followed by what an authority wrote or received as
// a version: entries with their source, so that each former wording is kept. The gaps
// of a wording are told in grammar.go. Where the catalogue has none, that of the
// notice may be copied to the letter, and stays «projet».
//
// The original is the paper register, signed by hand. The image is a copy to
// look at: nothing is drawn into it, and once a mention is affixed it is out of
// date until the page is scanned again.
//
// # Registers
//
// The acts of a digitised register come together (package manifest reads the list
// of their images, ImportRegister keeps them): what is there already is left as it
// is, so that an interrupted import is simply done again. An act whose list gave no
// name or no gender is to be indexed, in front of its image.
//
// # Names, tables, links
//
// Acts are looked up by the words of their names and by how they sound (package names, search.go). The yearly and ten-year
// tables are printed in the order of the dictionary (table.go). Several acts of one person are linked by a person's word on
// proposals (link.go). The file of the deceased (package deceased) suggests deaths, which a person confirms: the mention
// waits for the notice (deaths.go).
//
// # Leaving
//
// [Registry.Export] writes everything as files that need no Airial; [Registry.Restore] reads them back elsewhere.
//
// # Streams
//
// «act/<id>» holds an act and its mentions: their order is one. «incoming/<id>» is a
// notice that came; «act-link/<a>+<b>» what was said of two acts; «death/<id>» a death that was suggested;
// «civilsettings/» the settings and the formulas.
package civilstatus
