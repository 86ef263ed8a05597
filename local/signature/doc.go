// Package signature holds the small types that the signature packages share:
// who signs, who timestamps, who answers for a certificate, how far a signature
// goes, and the reasons for which a document is refused.
//
// It knows nothing of the town hall and never speaks to the network: the
// interfaces here are implemented elsewhere and joined by the programs.
//
//	pdf    reads PDF defensively and appends revisions
//	cms    builds and reads CMS SignedData (CAdES)
//	pades  signs, raises and validates PDF documents (ETSI EN 319 142-1)
//	trust  builds chains and judges revocation, offline
//	token  gives the keys
package signature
