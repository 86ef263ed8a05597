package trust

// Indication is the status of a validation (EN 319 102-1 §5.1.3).
type Indication string

// The indications. Passed and Failed are final; Indeterminate is neither, and
// must be shown as neither.
const (
	Passed        Indication = "TOTAL-PASSED"
	Indeterminate Indication = "INDETERMINATE"
	Failed        Indication = "TOTAL-FAILED"
)

// SubIndication says why (EN 319 102-1 tables 5 and 6).
type SubIndication string

// The sub-indications that are given.
const (
	FormatFailure         SubIndication = "FORMAT_FAILURE"
	HashFailure           SubIndication = "HASH_FAILURE"
	SigCryptoFailure      SubIndication = "SIG_CRYPTO_FAILURE"
	NotYetValid           SubIndication = "NOT_YET_VALID"
	SigConstraints        SubIndication = "SIG_CONSTRAINTS_FAILURE"
	ChainConstraints      SubIndication = "CHAIN_CONSTRAINTS_FAILURE"
	ChainGeneral          SubIndication = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
	CryptoConstraints     SubIndication = "CRYPTO_CONSTRAINTS_FAILURE"
	NoSigningCertificate  SubIndication = "NO_SIGNING_CERTIFICATE_FOUND"
	NoCertificateChain    SubIndication = "NO_CERTIFICATE_CHAIN_FOUND"
	RevokedNoPOE          SubIndication = "REVOKED_NO_POE"
	RevokedCANoPOE        SubIndication = "REVOKED_CA_NO_POE"
	OutOfBoundsNoPOE      SubIndication = "OUT_OF_BOUNDS_NO_POE"
	CryptoConstraintNoPOE SubIndication = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
	TryLater              SubIndication = "TRY_LATER"
	SignedDataNotFound    SubIndication = "SIGNED_DATA_NOT_FOUND"
)
