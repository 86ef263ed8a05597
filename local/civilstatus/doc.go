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
// # Streams
//
// «act/<id>» holds an act and its mentions: their order is one.
package civilstatus
