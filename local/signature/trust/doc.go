// Package trust judges certificates offline: the chain to an anchor (RFC 5280
// §6) and revocation from OCSP answers and lists already at hand, at a given
// time, with the indications of ETSI EN 319 102-1.
package trust
