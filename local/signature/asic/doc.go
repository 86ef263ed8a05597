// Package asic reads associated signature containers, ASiC-S and ASiC-E (ETSI EN 319
// 162-1), and judges their signatures, XAdES or CAdES, with the archive timestamps that stand over
// them, without network. Evidence records in ASN.1 (RFC 4998) are judged, those in XML are not;
// the report says so. It makes none.
package asic
