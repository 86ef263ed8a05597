// Package publication is what the authority makes public of its acts: what is
// published, when, by whom, in which way, until when, and what follows from it.
//
// # Law
//
// CGCT, art. L2131-1 and R2131-1 (ordinance 2021-1310, decree 2021-1311): an act
// binds once published or notified and, when it must be, received by the State's
// representative; an individual decision is notified, never published; the others
// are published electronically, unless the assembly of a commune of less than 3,500
// inhabitants or of a syndicate (L5211-3) chose posting or paper. What is online is
// the whole act, in a format that is not modified, downloadable, with the first
// name, the name and the quality of its author and the day it was put online, two
// months at least. The list of deliberations is put online within a week (L2121-25),
// the minutes within the week after the sitting that settled them (L2121-15).
//
// The terms of appeal are shown as drafts to be checked: that the two months are
// clear (délai franc) and end on a working day is case law, not an article.
//
// # States
//
// An act is to be published, then published, then published for more than two
// months, or withdrawn: its page then says so. An individual decision is to be
// notified. One posted in urgency binds at once and stays to be published. What is online is a copy: a deliberation is set again from its data with
// what R2131-1 wants on it, beside the signed original when there is one.
//
// # Masking
//
// Words are masked on the data of the copy (Page.Mask), which is then set anew: a
// masked PDF holds no word under a box, since it never had one. The original is
// untouched and is not put online. An act that came as a PDF is masked elsewhere
// and brought back; the words that must not be in it are looked for in its text.
// What was masked is not written in the journal.
//
// # Open data
//
// The export (Site.Files) holds the national file of deliberations (SCDL,
// «délibérations» 2.1.4): its lines are checked before being written, and CheckSCDL
// tells the faults of a foreign file.
//
// # Streams
//
// «publication/<act>», where the act of a deliberation, a list or minutes is named
// after it, so that two computers that publish the same act are in conflict rather
// than publish it twice; «publishing/settings».
package publication
