// Package mailbox is the town hall's mail as this laptop keeps it.
//
// Messages are a copy of the server's (RFC 9051): they are in no journal, and may be fetched again. What
// a person does to one (read, flag, move, delete) is shown at once and queued as a deed, which package
// sync/mail replays when there is a line; where the server says otherwise, the server is followed.
// Letters (drafts and what waits to be sent) are the laptop's own, and survive a crash.
//
// A message comes from anybody. It is read within limits and never fails to be shown: what cannot be
// read is told, its text stands without pictures, styles or scripts, and a link shows where it leads.
package mailbox
