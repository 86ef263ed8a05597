package validation

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"slices"
	"strconv"
	"time"

	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/cms"
	"alpi40.fr/airial/local/signature/trust"
)

// Options says what a document is judged with.
type Options struct {
	// Anchors are the trusted authorities; without them no chain can be built.
	Anchors []*x509.Certificate
	// Services are those of trusted lists: anchors for what was made while they were granted.
	Services []*trust.Service
	// Evidence is used besides what the document holds.
	Evidence trust.Evidence
	// Now is the time of validation; it is required.
	Now time.Time
	// Beside gives the files that a signature covers without holding them, by the name
	// that it gives them, "" when it gives none; nil: there are none.
	Beside func(name string) ([]byte, bool)
	// Archives are archive timestamps that stand beside the signature, in its container.
	Archives []Archive
}

// File gives a file beside the signature.
func (o Options) File(name string) ([]byte, bool) {
	if o.Beside == nil {
		return nil, false
	}
	return o.Beside(name)
}

// ErrNow: the options hold no time.
var ErrNow = errors.New("the time of validation is missing")

// Existence is what is known of when a signature existed.
type Existence struct {
	At time.Time
	// Proven: a trusted timestamp of By says so; else At is the time of validation.
	Proven bool
	By     Signer
}

// Judge judges the signatures of one document.
type Judge struct {
	Trust *trust.Judge
	// Certificates are all those at hand, in which signers are looked for.
	Certificates []*x509.Certificate
	// Kept: the document holds revocation data of its own, as B-LT asks.
	Kept bool
}

// Evidence gives what a CMS carries for its own validation, the tokens of its signers included.
func Evidence(sd *cms.SignedData) trust.Evidence {
	e := trust.Evidence{Certificates: sd.Certificates, OCSPs: sd.OCSPs, CRLs: sd.CRLs}
	for i := range sd.Signers {
		crls, ocsps := sd.Signers[i].AdobeRevocation()
		e.Add(trust.Evidence{OCSPs: ocsps, CRLs: crls})
		e.Add(values(sd.Signers[i].Unsigned))
		for _, kind := range []asn1.ObjectIdentifier{cms.OIDSignatureTimestamp, cms.OIDArchiveTimestampV3, cms.OIDArchiveTimestampV2} {
			for _, token := range cms.Attributes(sd.Signers[i].Unsigned, kind) {
				e.Add(TokenEvidence(token))
			}
		}
	}
	return e
}

// TokenEvidence gives what a timestamp carries for its own validation; nothing when it
// cannot be read.
func TokenEvidence(der []byte) trust.Evidence {
	t, err := cms.ParseTimestamp(der)
	if err != nil {
		return trust.Evidence{}
	}
	e := trust.Evidence{Certificates: t.Certificates, OCSPs: t.OCSPs, CRLs: t.CRLs}
	e.Add(values(t.Signers[0].Unsigned))
	return e
}

func values(attrs []cms.Attribute) trust.Evidence {
	certificates, crls, ocsps := cms.Values(attrs)
	return trust.Evidence{Certificates: certificates, CRLs: crls, OCSPs: ocsps}
}

// Timestamp judges a token that should stamp digest, at the time until which it must hold.
func (j Judge) Timestamp(t *cms.Timestamp, digest []byte, until Existence) TimestampVerdict {
	out := TimestampVerdict{Time: t.Time, Indication: trust.Failed, Sub: trust.HashFailure, Why: "the timestamp is of something else"}
	cert, err := t.Verify(j.Certificates)
	out.Authority = SignerOf(cert)
	if !t.Covers(digest) {
		return out
	}
	if err != nil {
		out.Sub, out.Why = trust.SigCryptoFailure, err.Error()
		return out
	}
	if !stampsOnly(cert) {
		out.Indication, out.Sub, out.Why = trust.Indeterminate, trust.ChainConstraints, "the certificate is not for timestamps alone"
		return out
	}
	a := j.Trust.Ask(trust.Question{Certificate: cert, At: until.At, Proven: until.Proven, Since: t.Time, Usage: x509.ExtKeyUsageTimeStamping})
	out.Indication, out.Sub, out.Why, out.Chain, out.Revocation = a.Indication, a.Sub, a.Why, a.Chain, a.Revocation
	return out
}

// stampsOnly: id-kp-timeStamping stands alone and critical (RFC 3161 §2.3).
func stampsOnly(cert *x509.Certificate) bool {
	critical := slices.ContainsFunc(cert.Extensions, func(e pkix.Extension) bool { return e.Critical && e.Id.String() == "2.5.29.37" })
	return critical && len(cert.UnknownExtKeyUsage) == 0 && slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping})
}

// CMS judges a CMS signature whose content has the digest that the function gives
// for a hash, nil when it cannot be made. baseline tells whether the container is one
// of a baseline profile, so that the signature may have a level; archives are its archive
// timestamps.
func (j Judge) CMS(v *Verdict, si *cms.SignerInfo, contentType asn1.ObjectIdentifier, digest func(crypto.Hash) []byte, baseline bool, e Existence, archives ...Archive) {
	v.Digest, v.Claimed = si.DigestAlgorithm, si.SigningTime()
	v.Scheme, _ = si.Scheme()
	if !v.Digest.Available() {
		v.Doubt(trust.CryptoConstraints, CodeDigest, Unchecked, "unknown digest")
		return
	}
	cert := si.Find(j.Certificates)
	if cert == nil {
		v.Doubt(trust.NoSigningCertificate, CodeCertificate, Unchecked, "no certificate")
		return
	}
	v.Signer = SignerOf(cert)
	v.Find(CodeCertificate, Checked, v.Signer.Name, v.Signer.Issuer)
	err := si.Check(cert, contentType, digest(v.Digest))
	switch {
	case errors.Is(err, cms.ErrDigest):
		v.Refute(trust.HashFailure, CodeDigest, err.Error())
		return
	case errors.Is(err, cms.ErrAlgorithm):
		v.Doubt(trust.CryptoConstraints, CodeValue, Unchecked, err.Error(), "algorithme non pris en charge")
		return
	case err != nil:
		v.Refute(trust.SigCryptoFailure, CodeValue, err.Error())
		return
	}
	v.Find(CodeDigest, Checked, v.Digest.String())
	bound, matches := si.SigningCertificate(cert)
	j.Signature(v, Held{
		Certificate: cert, Bound: bound, Matches: matches, Attribute: "signing-certificate", Baseline: baseline,
		Stamped: si.Signature, Tokens: cms.Attributes(si.Unsigned, cms.OIDSignatureTimestamp),
		Archives: archives,
	}, e)
}

// Held is a signature whose value holds with a certificate, whoever it belongs to.
type Held struct {
	Certificate *x509.Certificate
	// Bound and Matches: a signed attribute names a certificate, and it is this one.
	Bound, Matches bool
	Attribute      string
	Baseline       bool
	// Stamped is what timestamps of the signature's value stamp; Tokens are their DER.
	Stamped []byte
	Tokens  [][]byte
	// Archives are timestamps over the signature with all that proves it.
	Archives []Archive
}

// Archive is an archive timestamp of a signature.
type Archive struct {
	Token []byte // DER
	// Imprint gives what it must stamp, which of the other tokens is under it, and why not
	// when that cannot be told.
	Imprint func(t *cms.Timestamp) (imprint []byte, covers func(token []byte) bool, err error)
}

// proof is an archive timestamp that holds: what it covers existed at that time.
type proof struct {
	covers func(token []byte) bool
	at     Existence
}

// earliest gives the earliest proof of a token, of the signature itself when it is nil.
func earliest(proofs []proof, token []byte, e Existence) Existence {
	for _, p := range proofs {
		if (token == nil || p.covers(token)) && (!e.Proven || p.at.At.Before(e.At)) {
			e = p.at
		}
	}
	return e
}

// maxArchives bounds the archive timestamps of a signature: each digests again all that is
// signed, and one is laid every few years.
const maxArchives = 32

// archives judges archive timestamps from the newest to the oldest, each at the time that the
// newer ones prove for it (EN 319 102-1 §5.6.2.3).
func (j Judge) archives(v *Verdict, all []Archive, e Existence) (proofs []proof) {
	type read struct {
		Archive
		t *cms.Timestamp
	}
	var known []read
	for i, a := range all {
		if i == maxArchives {
			v.Find(CodeManyArchives, Unchecked, strconv.Itoa(maxArchives))
			break
		}
		t, err := cms.ParseTimestamp(a.Token)
		if err != nil || !t.Hash.Available() {
			v.Find(CodeArchive, Refuted)
			continue
		}
		known = append(known, read{a, t})
	}
	slices.SortStableFunc(known, func(a, b read) int { return b.t.Time.Compare(a.t.Time) })
	for _, a := range known {
		imprint, covers, err := a.Imprint(a.t)
		switch {
		case errors.Is(err, cms.ErrIndex):
			v.Find(CodeArchive, Refuted)
			continue
		case err != nil:
			v.Find(CodeArchive, Unchecked, frenchDate(a.t.Time), "sa forme n’est pas prise en charge")
			continue
		}
		verdict := j.Timestamp(a.t, imprint, earliest(proofs, a.Token, e))
		v.Timestamps = append(v.Timestamps, verdict)
		switch verdict.Indication {
		case trust.Passed:
			v.Find(CodeArchive, Checked, frenchTime(a.t.Time), verdict.Authority.Name)
			proofs = append(proofs, proof{covers, Existence{At: a.t.Time, Proven: true, By: verdict.Authority}})
		case trust.Failed:
			v.Find(CodeArchive, Refuted)
		default:
			v.Find(CodeArchive, Unchecked, frenchDate(a.t.Time), "la confiance dans le service "+verdict.Authority.Name+" n’a pas pu être établie")
		}
	}
	return proofs
}

// Record judges the timestamps of an evidence record over files, which label names: a proof that
// they existed, and no signature of anybody.
func (j Judge) Record(label string, all []Archive, e Existence) Verdict {
	v := Verdict{Indication: trust.Passed, Kind: DocumentTimestamp, Whole: true, Intact: true}
	out := earliest(j.archives(&v, all, e), nil, Existence{At: e.At})
	refuted := slices.ContainsFunc(v.Findings, func(f Finding) bool { return f.Code == CodeArchive && f.Outcome == Refuted })
	switch {
	case refuted:
		v.Intact = false
		v.Refute(trust.HashFailure, CodeRecord, "the evidence record does not fit", label)
	case out.Proven:
		v.Proven, v.ProvenBy, v.Signer = out.At, out.By, out.By
		v.Find(CodeRecord, Checked, label, frenchTime(out.At), out.By.Name)
	default:
		v.Doubt(trust.TryLater, CodeRecord, Noted, "no timestamp of the evidence record is trusted", label)
	}
	return v
}

// Signature judges what remains once the value holds: the binding of the
// certificate, timestamps, strength of the algorithms, chain, revocation, level.
func (j Judge) Signature(v *Verdict, s Held, e Existence) {
	v.Intact = true
	v.Find(CodeValue, Checked, v.Scheme)
	switch {
	case s.Bound && !s.Matches:
		v.Doubt(trust.NoSigningCertificate, CodeBinding, Refuted, "the signing-certificate attribute names another")
	case s.Bound:
		v.Find(CodeBinding, Checked, s.Attribute)
	default:
		v.Find(CodeBinding, Noted)
	}
	proofs := j.archives(v, s.Archives, e)
	existed := j.existence(v, s, proofs, e)
	if existed.Proven {
		v.Proven, v.ProvenBy = existed.At, existed.By
		v.Find(CodeTime, Checked, frenchTime(existed.At))
	} else {
		v.Find(CodeTime, Noted, frenchTime(existed.At))
	}
	if since, weak := weakSince(v.Digest); weak && existed.At.After(since) {
		v.Doubt(trust.CryptoConstraints, CodeAlgorithm, Refuted, "the digest is weak", v.Digest.String())
	} else {
		v.Find(CodeAlgorithm, Checked, v.Digest.String()+", "+v.Scheme)
	}
	j.certificate(v, s.Certificate, existed)
	v.Level = j.level(s, existed, earliest(proofs, nil, e))
	if v.Level != signature.LevelNone {
		v.Find(CodeLevel, Noted, v.Level.String())
	}
}

// existence judges the timestamps of the signature's value: the oldest trusted one counts.
func (j Judge) existence(v *Verdict, s Held, proofs []proof, e Existence) Existence {
	out := earliest(proofs, nil, e)
	for _, der := range s.Tokens {
		t, err := cms.ParseTimestamp(der)
		if err != nil || !t.Hash.Available() {
			v.Find(CodeTimestamp, Refuted)
			continue
		}
		h := t.Hash.New()
		h.Write(s.Stamped)
		verdict := j.Timestamp(t, h.Sum(nil), earliest(proofs, der, e))
		v.Timestamps = append(v.Timestamps, verdict)
		switch verdict.Indication {
		case trust.Passed:
			v.Find(CodeTimestamp, Checked, frenchTime(t.Time), verdict.Authority.Name)
			if !out.Proven || t.Time.Before(out.At) {
				out = Existence{At: t.Time, Proven: true, By: verdict.Authority}
			}
		case trust.Failed:
			v.Find(CodeTimestamp, Refuted)
		default:
			distrust(v, verdict)
		}
	}
	return out
}

// distrust tells why the time of a timestamp is not taken.
func distrust(v *Verdict, t TimestampVerdict) {
	if t.Sub == trust.ChainConstraints {
		v.Find(CodeTSAUsage, Refuted, t.Authority.Name)
		return
	}
	v.Find(CodeTSAChain, Unchecked, t.Authority.Name)
}

func (j Judge) level(s Held, existed, before Existence) signature.Level {
	switch {
	case !s.Matches || !s.Baseline:
		return signature.LevelNone
	case !existed.Proven:
		return signature.LevelB
	case !j.Kept || j.Trust.Proof(s.Certificate, existed.At).Status == trust.Unknown:
		return signature.LevelT
	case !before.Proven:
		return signature.LevelLT
	}
	return signature.LevelLTA
}

func (j Judge) certificate(v *Verdict, cert *x509.Certificate, e Existence) {
	a := j.Trust.Ask(trust.Question{Certificate: cert, At: e.At, Proven: e.Proven})
	v.Chain, v.Revocation = a.Chain, a.Revocation
	if a.Indication != trust.Passed {
		v.Set(a.Indication, a.Sub, "%s", a.Why)
	}
	if signs(cert) {
		v.Find(CodeKeyUsage, Checked)
	} else {
		v.Doubt(trust.ChainConstraints, CodeKeyUsage, Refuted, "the certificate is not for signing")
	}
	if a.Sub == trust.CryptoConstraints || a.Sub == trust.CryptoConstraintNoPOE {
		v.Find(CodeWeak, Refuted, v.Signer.Name)
	}
	if a.Chain == nil {
		validity(v, []*x509.Certificate{cert}, e)
		outcome := Unchecked
		if a.Sub == trust.ChainConstraints {
			outcome = Refuted
		}
		v.Find(CodeChain, outcome, v.Signer.Name)
		return
	}
	validity(v, a.Chain[:max(1, len(a.Chain)-1)], e)
	j.service(v, a.Standing, e)
	v.Quality = j.Trust.Quality(a.Chain, e.At)
	if !a.Standing.Granted {
		return
	}
	v.Find(CodeChain, Checked, v.Signer.Name, SignerOf(a.Chain[len(a.Chain)-1]).Name)
	for _, s := range a.Revocation {
		name := SignerOf(s.Certificate).Name
		switch {
		case s.Status == trust.NotRequired:
			v.Find(CodeRevocation, Noted, name)
		case s.Status == trust.WasRevoked:
			v.Find(CodeRevocation, Refuted, name, frenchDate(s.RevokedAt))
		case s.Fresh:
			v.Find(CodeRevocation, Checked, name, s.Source+" du "+frenchDate(s.ThisUpdate))
		default:
			v.Find(CodeRevocation, Unchecked, name)
		}
	}
}

// signs tells whether a certificate is made for signing: its usages say so, or say nothing
// (RFC 5280 §4.2.1.3; ETSI EN 319 412-2 §4.3.2).
func signs(cert *x509.Certificate) bool {
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	return cert.KeyUsage == 0 || cert.KeyUsage&signing != 0
}

// validity tells the certificates that were not in force at the time that counts; where all
// were, the first is told to be.
func validity(v *Verdict, chain []*x509.Certificate, e Existence) {
	told := false
	for _, cert := range chain {
		outcome := Unchecked
		switch {
		case !e.At.Before(cert.NotBefore) && !e.At.After(cert.NotAfter):
			continue
		case e.At.Before(cert.NotBefore) && e.Proven:
			outcome = Refuted
		}
		told = true
		v.Find(CodeValidity, outcome, SignerOf(cert).Name, frenchDate(cert.NotBefore), frenchDate(cert.NotAfter))
	}
	if !told {
		v.Find(CodeValidity, Checked, SignerOf(chain[0]).Name, frenchDate(chain[0].NotBefore), frenchDate(chain[0].NotAfter))
	}
}

// service tells what a trusted list says of the service that the certificate comes from, at
// the time that counts: what it lost since takes nothing from what is proved to be older.
func (j Judge) service(v *Verdict, s trust.Standing, e Existence) {
	if s.Service == nil {
		return
	}
	name := s.Service.Name + " (" + s.Service.Territory + ")"
	switch {
	case !s.Granted && e.Proven:
		v.Find(CodeService, Refuted, name, frenchDate(e.At))
	case !s.Granted:
		v.Find(CodeService, Unchecked, name, frenchDate(e.At))
	default:
		v.Find(CodeService, Checked, name, frenchDate(e.At))
		if !s.Lost.IsZero() {
			v.Find(CodeService, Noted, name, frenchDate(s.Lost))
		}
	}
}

// Conclude says what a report's signatures are in law, once everything was judged: nothing
// is said that the trusted lists do not prove (Regulation 910/2014, art. 3, 26, 32).
func Conclude(r *Report) {
	for i := range r.Signatures {
		v := &r.Signatures[i]
		if !v.Claimed.IsZero() {
			v.Find(CodeClaimed, Noted, frenchTime(v.Claimed))
		}
		q := v.Quality
		switch {
		case v.Kind == DocumentTimestamp || !q.Claimed && !q.Qualified:
		case !q.Qualified:
			v.Find(CodeQualified, Unchecked)
		case v.Indication != trust.Passed || q.Purpose == trust.ForWeb || v.Level == signature.LevelNone:
			v.Find(CodeQualified, Noted)
		default:
			v.Find(CodeQualified, Checked, legal[q.Purpose][q.Device])
		}
	}
}

// weakSince gives since when a hash is no longer trusted (ETSI TS 119 312).
func weakSince(h crypto.Hash) (time.Time, bool) {
	switch h {
	case crypto.SHA1:
		return time.Date(2012, 8, 1, 0, 0, 0, 0, time.UTC), true
	case crypto.MD5:
		return time.Date(2004, 8, 1, 0, 0, 0, 0, time.UTC), true
	}
	return time.Time{}, false
}

// Adopt makes a verdict that of a timestamp which stands for itself, and tells
// whether its time is proven.
func (v *Verdict) Adopt(t TimestampVerdict) bool {
	v.Timestamps, v.Signer, v.Chain, v.Revocation = []TimestampVerdict{t}, t.Authority, t.Chain, t.Revocation
	v.Intact = t.Indication != trust.Failed
	switch t.Indication {
	case trust.Passed:
		v.Proven, v.ProvenBy = t.Time, t.Authority
		v.Find(CodeTimestamp, Checked, frenchTime(t.Time), t.Authority.Name)
		return true
	case trust.Failed:
		v.Find(CodeTimestamp, Refuted)
	default:
		distrust(v, t)
	}
	v.Set(t.Indication, t.Sub, "%s", t.Why)
	return false
}

// PermissionNoted notes what a certification allows (ISO 32000-1 table 254).
func (v *Verdict) PermissionNoted(permission int) {
	v.Permission = permission
	v.Find(CodePermission, Noted, permissionNames[permission])
}
