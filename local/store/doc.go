// Package store keeps one authority's data on the laptop: one encrypted SQLite
// file and, beside it, the documents (blobs) that its entries name.
//
// Layout of an authority's folder:
//
//	airial.db        the database, encrypted page by page (package cryptvfs)
//	blobs/ab/abcd…   one age file a document, named by the SHA-256 of its content
//	before-*.age     the automatic backup taken before a migration
//
// There is one writer and there are many readers. Update runs a function in an
// immediate transaction on the one writing connection; View runs one on a
// snapshot of its own. What Update acknowledged survives a crash: the journal
// mode is WAL with synchronous=FULL, and each pragma is read back at opening.
//
// Only this package and those below it know database/sql and the driver.
package store
