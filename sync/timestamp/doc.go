// Package timestamp speaks with the outside of a signature: it fetches
// RFC 3161 timestamps, OCSP answers (RFC 6960) and revocation lists (RFC 5280)
// over HTTP, for package local/signature which asks for them by interface.
//
// What it returns was checked to answer the question asked, and is bounded in
// size. Whether the authority is trusted is for the validation to decide, and
// when to try again is for the caller.
package timestamp
