// Package journal is the one source of truth: an append-only log of what people
// did, from which every table that a page reads is derived.
//
// # Glossary
//
//   - An entry is one thing that happened: who, on which device, when, what.
//   - A stream is the life of one thing (`folder/0193…`); its entries have the
//     versions 1, 2, 3… without a hole.
//   - A draft is an entry that is not written yet.
//   - A projection turns entries into tables. Its tables can be dropped and
//     rebuilt at any time, and come out equal.
//   - The standing of an entry says where it is: pending (on this laptop only),
//     accepted (the server has given it its place), contested (another entry
//     holds its place: both are kept, and a person decides).
//   - A device's chain is all the entries it wrote, each holding the hash of the
//     one before and signed with the device's Ed25519 key.
//   - The log is the Merkle tree (RFC 6962 hashing, golang.org/x/mod/sumdb/tlog)
//     of the authority's entries in the server's order; a laptop computes it from
//     what it received and compares it with what the server says.
//
// # Writing
//
// Commit runs a decision in the one writing transaction: the decision reads the
// present state, asks the rules, and returns drafts or a refusal. The entries
// and the tables derived from them are committed together or not at all.
//
// # Bytes that are hashed
//
// An entry's hash is SHA-256 over the domain «airial entry 1» and its fields in
// the order of the struct, each preceded by its length as a 64-bit big-endian
// integer (see Entry.ComputeHash). It does not depend on any JSON writer.
//
// # Old entries
//
// Each kind of entry has a schema number. A projection registers a lift from
// each old schema to the next; entries on the disk never change.
package journal
