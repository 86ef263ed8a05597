// Package training is self-training: modules that the agency hands out as parcels, read without a
// line, with quizzes, six months to finish one, and a certificate at its end.
//
// # Content of a module's parcel
//
// Either module.json (pages of text and a quiz, shown in the window), or package.zip: a SCORM 1.2
// or cmi5 package, opened in the system's browser from a loopback player (package sync/player). What
// a package holds is served from memory and never written to the disk; a name that leaves its folder
// makes the whole package refused.
//
// # Entries
//
// Each step of a person in a module is a stream of its own, «training/<id>»: two computers that go
// on apart do not contradict one another, the best of both counts. A module begun again after its
// six months begins at zero.
package training
