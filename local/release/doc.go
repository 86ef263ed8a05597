// Package release tells which version of Airial a computer is offered.
//
// The agency publishes a parcel of the kind Kind, whose file versions.json lists the versions that may be installed: to whom
// (the pilot group, then everybody), to what share of them, with which installers. A parcel is signed by the server and its
// number only grows, so that nobody can offer a former list again; each installer is a parcel of its own, named in the list
// by the digest of what it holds.
//
// A version is offered, never imposed: a person installs it, or the administrator (ring RingNone).
package release
