// Package pes reads PES_v2 accounting flows, as the software of a town hall writes them
// for Hélios (schemas of the DGFiP, version 5.17): what the ordonnateur is asked to sign.
//
// # Law
//
// Signing a bordereau of mandats certifies that the service was done and that the
// documents are enforceable; signing a bordereau of titres makes them enforceable (CGCT,
// art. D.1617-23; order of 27 June 2007). The signature is laid for each bordereau, or
// once for the whole flow where bordereaux bear no identifier.
//
// # What it does
//
// Read walks the file once and tells each bordereau as soon as it is known; attachments
// stay where they are until they are opened. Check compares what is written with itself,
// with the authority and with what earlier flows said, and gives remarks: what stops the
// signature, what Hélios would reject, what a person must look at. Prepare marks the flow as
// dematerialised, which must be done before it is signed, and changes no other byte.
// ReadReceipt reads the PES_Acquit that comes back.
//
// Amounts are in cents. The labels of codes (codes.csv) are those of the schemas.
package pes
