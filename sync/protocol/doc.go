// Package protocol is the wire between a laptop and the server: paths,
// messages, limits and errors. HTTP/2 over TLS 1.3, JSON bodies.
//
//	POST /v1/enrol                 Enrol            → Enrolled      a code for a device
//	POST /v1/session/challenge     ChallengeRequest → Challenge     a nonce
//	POST /v1/session               SessionRequest   → Session       a bearer token
//	POST /v1/push                  Push             → Pushed        entries, each with its fate
//	GET  /v1/pull?after=N&limit=M                   → Pulled        entries after a cursor
//	POST /v1/keys                  Keys             → 204           subjects' keys and losses
//	GET  /v1/watch?after=N                          → event stream  the head, at each change
//	POST /v1/blobs/missing         Digests          → Digests       which the server lacks
//	     /v1/uploads/…             tus 1.0                          resumable upload
//	GET  /v1/blobs/{digest}                         → bytes         with ranges
//	GET  /v1/proof/consistency?from=N&to=M          → Proof
//	GET  /v1/proof/inclusion?seq=N&size=M           → Proof
//	GET  /v1/trust                                  → bytes         the trust package
//	GET  /v1/parcels/{kind}                         → bytes         the parcel of that kind
//
// Every request carries Airial-Protocol: a server that no longer speaks that
// version answers 426 with CodeVersion. Every failure is a Failure in JSON.
//
// # Session
//
// The server draws a nonce; the device signs it with its Ed25519 key under the
// domain «airial session 1» and the server's name, so that the signature is of
// use nowhere else and the laptop's clock plays no part.
//
// # Log
//
// The server gives each entry a place and keeps the Merkle tree of the places
// (RFC 6962 hashing). Each answer to pull carries the tree's head, signed with
// the log key that the device learned when it enrolled.
package protocol
