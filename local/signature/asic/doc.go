// Package asic reads associated signature containers, ASiC-S and ASiC-E (ETSI EN 319
// 162-1), and judges their signatures, XAdES or CAdES, without network. It makes none.
package asic
