// Package client is the laptop's side of the exchange: it carries the journal's
// entries and documents to the server and back, and knows in what state that is.
//
// One exchange (Once) is: documents that the server lacks, entries not yet
// acknowledged, subjects' keys; then entries after the cursor until there are
// no more; then the documents they name, small before large. Run repeats it
// whenever something changes here or there, and backs off while there is no line.
//
// A server is believed for order alone. What it sends must continue the log as
// this laptop computes it, under a head signed with the key learned at
// enrolment; else the exchange stops, loudly, and nothing is taken.
package client
