package trust_test

import (
	"crypto/x509"
	"testing"
	"time"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/trust"
)

// proofs gathers what the authority says of a certificate and its issuer.
func proofs(t *testing.T, a *testpki.Authority, who *testpki.Identity) (known trust.Evidence) {
	t.Helper()
	for _, pair := range [][2]*testpki.Identity{{who, a.Issuing}, {a.Issuing, a.Root}} {
		ocsps, crls, err := a.Revocation(t.Context(), pair[0].Cert, pair[1].Cert)
		if err != nil {
			t.Fatal(err)
		}
		known.Add(trust.Evidence{OCSPs: ocsps, CRLs: crls})
	}
	known.Add(trust.Evidence{Certificates: []*x509.Certificate{a.Issuing.Cert}})
	return known
}

func TestAsk(t *testing.T) {
	start := testpki.Start
	for name, c := range map[string]struct {
		// shape prepares the authority before its proofs are made.
		shape func(*testpki.Authority, *testpki.Identity)
		ask   trust.Question
		// without takes proofs away.
		without func(*trust.Evidence)
		want    trust.Indication
		sub     trust.SubIndication // ETSI EN 319 102-1, tables 5 and 6
	}{
		"valid":                        {want: trust.Passed},
		"valid, proven by a timestamp": {ask: trust.Question{Proven: true}, want: trust.Passed},
		"revoked before": {
			shape: func(a *testpki.Authority, who *testpki.Identity) { a.Revoke(who.Cert, start.Add(-time.Hour)) },
			want:  trust.Indeterminate, sub: trust.RevokedNoPOE,
		},
		"revoked before a proven time": {
			shape: func(a *testpki.Authority, who *testpki.Identity) { a.Revoke(who.Cert, start.Add(-time.Hour)) },
			// The timestamp says «no later than»: the signature may be older than the revocation (§5.5.4).
			ask: trust.Question{Proven: true}, want: trust.Indeterminate, sub: trust.RevokedNoPOE,
		},
		"revoked after a proven time": {
			shape: func(a *testpki.Authority, who *testpki.Identity) { a.Revoke(who.Cert, start.Add(time.Minute)) },
			ask:   trust.Question{Proven: true}, want: trust.Passed,
		},
		"its authority revoked": {
			shape: func(a *testpki.Authority, _ *testpki.Identity) { a.Revoke(a.Issuing.Cert, start.Add(-time.Hour)) },
			want:  trust.Indeterminate, sub: trust.RevokedCANoPOE,
		},
		"no answer":                 {without: func(e *trust.Evidence) { e.OCSPs = nil }, want: trust.Indeterminate, sub: trust.TryLater},
		"no list for the issuer":    {without: func(e *trust.Evidence) { e.CRLs = nil }, want: trust.Indeterminate, sub: trust.TryLater},
		"an answer that is rubbish": {without: func(e *trust.Evidence) { e.OCSPs = [][]byte{[]byte("rien"), {0x30, 0x84}} }, want: trust.Indeterminate, sub: trust.TryLater},
		"no issuing certificate":    {without: func(e *trust.Evidence) { e.Certificates = nil }, want: trust.Indeterminate, sub: trust.NoCertificateChain},
		"an old answer":             {ask: trust.Question{At: start.AddDate(0, 2, 0)}, want: trust.Indeterminate, sub: trust.TryLater},
		"after its end":             {ask: trust.Question{At: start.AddDate(3, 0, 0)}, want: trust.Indeterminate, sub: trust.OutOfBoundsNoPOE},
		"before its beginning":      {ask: trust.Question{At: start.AddDate(-1, 0, 0)}, want: trust.Indeterminate, sub: trust.OutOfBoundsNoPOE},
		"proven before it":          {ask: trust.Question{At: start.AddDate(-1, 0, 0), Proven: true}, want: trust.Failed, sub: trust.NotYetValid},
		"not for timestamps":        {ask: trust.Question{Usage: x509.ExtKeyUsageTimeStamping}, want: trust.Indeterminate, sub: trust.ChainConstraints},
	} {
		t.Run(name, func(t *testing.T) {
			a := testpki.New(t)
			who := a.Issue(a.Issuing, testpki.EC(t), "Camille Lafitte", 2, func(c *x509.Certificate) {
				c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageContentCommitment, []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}
			})
			if c.shape != nil {
				c.shape(a, who)
			}
			known := proofs(t, a, who)
			if c.without != nil {
				c.without(&known)
			}
			q := c.ask
			q.Certificate = who.Cert
			if q.At.IsZero() {
				q.At = start
			}
			got := trust.NewJudge(a.Anchors(), known).Ask(q)
			if got.Indication != c.want || got.Sub != c.sub {
				t.Errorf("%s %s (%s)", got.Indication, got.Sub, got.Why)
			}
		})
	}
}

// An answer counts only from who may give it (RFC 6960 §4.2.2.2, RFC 5280 §6.3.3).
func TestProofsOfStrangersCountForNothing(t *testing.T) {
	a, stranger := testpki.New(t), testpki.New(t)
	who := a.Person("Camille Lafitte", testpki.EC(t))
	known := proofs(t, a, who)
	stranger.Revoke(who.Cert, testpki.Start.Add(-time.Hour))
	ocsp, err := stranger.OCSP(who.Cert)
	if err != nil {
		t.Fatal(err)
	}
	list, err := stranger.CRL(stranger.Issuing)
	if err != nil {
		t.Fatal(err)
	}
	lies := trust.Evidence{OCSPs: [][]byte{ocsp}, CRLs: [][]byte{list}, Certificates: []*x509.Certificate{stranger.Issuing.Cert, stranger.Root.Cert}}
	q := trust.Question{Certificate: who.Cert, At: testpki.Start}
	both := known
	both.Add(lies)
	if got := trust.NewJudge(a.Anchors(), both).Ask(q); got.Indication != trust.Passed {
		t.Errorf("a stranger's revocation: %s %s (%s)", got.Indication, got.Sub, got.Why)
	}
	stranger = testpki.New(t)
	if ocsp, err = stranger.OCSP(who.Cert); err != nil {
		t.Fatal(err)
	}
	known.OCSPs = [][]byte{ocsp}
	if got := trust.NewJudge(a.Anchors(), known).Ask(q); got.Sub != trust.TryLater {
		t.Errorf("a stranger's «good»: %s %s (%s)", got.Indication, got.Sub, got.Why)
	}
	// The stranger's root in the document makes no anchor of it.
	theirs := stranger.Person("Camille Lafitte", testpki.EC(t))
	if got := trust.NewJudge(a.Anchors(), trust.Evidence{Certificates: []*x509.Certificate{stranger.Issuing.Cert, stranger.Root.Cert}}).
		Ask(trust.Question{Certificate: theirs.Cert, At: testpki.Start}); got.Sub != trust.NoCertificateChain {
		t.Errorf("a root of its own: %s %s", got.Indication, got.Sub)
	}
}

func TestShortKeysEndWithTheirTime(t *testing.T) {
	if testing.Short() {
		t.Skip()
	}
	a := testpki.New(t)
	who := a.Person("Camille Lafitte", testpki.RSA(t, 1024))
	got := trust.NewJudge(a.Anchors(), proofs(t, a, who)).Ask(trust.Question{Certificate: who.Cert, At: testpki.Start})
	if got.Indication != trust.Indeterminate || got.Sub != trust.CryptoConstraints {
		t.Errorf("%s %s (%s)", got.Indication, got.Sub, got.Why)
	}
}
