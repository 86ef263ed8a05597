// Package pades signs PDF documents, raises their signatures and validates
// them (ETSI EN 319 142-1, EN 319 102-1), without network.
//
// # Signing
//
// Sign appends a revision holding an ETSI.CAdES.detached signature, B-B. The
// CMS has room after it for a timestamp that comes later.
//
// # Raising
//
// Raise to B-T puts the RFC 3161 token into the room of /Contents, as an
// unsigned attribute: the signed bytes, which exclude /Contents, stay as they
// are. Where that cannot be, because a later signature covers /Contents or the
// room is too small, it appends a document timestamp, which the profile
// accepts as well (EN 319 142-1 table 1). B-LT appends a /DSS with the
// certificates and revocation data, without /VRI; B-LTA then appends a
// document timestamp over all.
//
// # Validating
//
// Validate judges each signature: what bytes it covers, whether they hold,
// whom they come from, at what time, and what was changed since. Changes are
// held against a white list; what is not known to be harmless is reported.
package pades
