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
//	to affix ──Affix──▶ affixed ──Notify──▶ notified
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
// # Streams
//
// «act/<id>» holds an act and its mentions: their order is one.
package civilstatus
