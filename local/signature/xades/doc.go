// Package xades signs parts of XML documents and validates XML signatures, without
// network (XML Signature 1.1, ETSI EN 319 132-1).
//
// # Signing
//
// Sign makes the one kind that is asked of a town hall: that of accounting flows for
// Hélios, XAdES 1.1.1 with an explicit policy, each signature the last child of the
// element it covers. Everything else in the file keeps its bytes.
//
// # Validating
//
// Validate judges any enveloped, enveloping or detached signature whose transforms are
// the canonical forms, enveloped-signature and base64. What a signature covers is
// resolved in the file itself, an identifier that stands twice is refused, and an
// enveloped signature must stand inside what it covers: so is signature wrapping caught.
// Counter-signatures and manifests are followed; archive timestamps are judged where they
// stand with what they cover (EN 319 132-1 §5.5.2), evidence records are not, and the
// report says so.
package xades
