// Package seda writes archive transfers: what a town hall hands over to an electronic
// archive, as the standard of the French archives asks (SEDA, NF Z44-022).
//
// # What it writes
//
// A package (SIP) is a ZIP: the files in «content», each under the identifier that the
// manifest gives it, and «manifest.xml», an ArchiveTransfer that holds for each file its
// SHA-512, its size and its format (PRONOM), and for each archive unit what it is, who
// signed it and when, what happened to it, and which rules it is under. Write streams: one
// file at a time stands in memory, and the manifest comes last, since it holds the digests.
//
// # Which version
//
// 2.1 by default, 2.2 when the profile says so. 2.1 is the one that every archive in use
// reads (Vitam in all its releases, as@lae 2), and what 2.2 adds (freezing rules, linking
// agents) says nothing of a signed folder; 2.3, which describes signatures anew, is not
// deployed everywhere. What is written here uses what 2.1 and 2.2 have in common: the
// namespace alone differs.
//
// # Rules
//
// How long a document is kept, what becomes of it and when it may be read are decided by
// the department's archivist, whose identifiers of rules, agreement and profile are a
// Profile: data, read from a file. The one that comes with the program (projet.json) is a
// draft; all that it writes says so («projet») until Status is empty. Its durations come from
// the instruction DAF/DPACI/RES/2009/018 of 28 August 2009, its delays of communication from
// the code du patrimoine (art. L213-1, L213-2). Nothing is destroyed by it: elimination wants the
// visa of the director of the departmental archives (code du patrimoine, art. R212-14).
package seda
