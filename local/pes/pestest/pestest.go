// Package pestest is an accounting flow in which nobody, no account and no contract exists,
// for the demonstration and the tests. It is valid against the schemas 5.17.
package pestest

import _ "embed"

// Example is the flow: two bordereaux of mandats and one of titres, with two attachments,
// in ISO-8859-1, not yet marked as dematerialised.
//
//go:embed exemple.xml
var Example []byte

// Receipt is what Hélios could answer: bordereau 12 accepted, 13 rejected with its piece 103.
//
//go:embed acquit.xml
var Receipt []byte
