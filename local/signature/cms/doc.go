// Package cms builds and reads CMS SignedData (RFC 5652) as CAdES baseline
// signatures have it (ETSI EN 319 122-1), and reads RFC 3161 timestamp tokens.
//
// What it reads may be BER: it is brought to DER first. It verifies signatures
// with a given certificate; whether that certificate is trusted is for package
// trust.
package cms
