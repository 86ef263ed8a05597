package timestamp_test

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/sync/timestamp"
)

// An OCSP service that lies proves nothing: each of its answers is refused, and none is kept.
func TestLyingOCSP(t *testing.T) {
	a, stranger := testpki.New(t), testpki.New(t)
	answer := []byte(nil)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(answer) }))
	defer service.Close()
	who := a.Issue(a.Issuing, testpki.EC(t), "Maïté FICTIVE", 2, func(c *x509.Certificate) { c.OCSPServer = []string{service.URL} })
	other := a.Person("Camille Lafitte", testpki.EC(t))
	impostor := a.Issue(a.Issuing, testpki.EC(t), "Un serveur", 2, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	make := func(by *testpki.Identity, issuer *x509.Certificate, shape func(*ocsp.Response)) []byte {
		t.Helper()
		r := ocsp.Response{Status: ocsp.Good, SerialNumber: who.Cert.SerialNumber, ThisUpdate: a.Now, NextUpdate: a.Now.Add(time.Hour), ProducedAt: a.Now, Certificate: by.Cert}
		if shape != nil {
			shape(&r)
		}
		der, err := ocsp.CreateResponse(issuer, by.Cert, r, by.Key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	r := &timestamp.Revocation{HTTP: service.Client(), Now: func() time.Time { return a.Now }}
	for name, c := range map[string]struct {
		answer []byte
		want   error // nil: taken
	}{
		"honest":             {make(a.Delegate, a.Issuing.Cert, nil), nil},
		"of another":         {make(a.Delegate, a.Issuing.Cert, func(r *ocsp.Response) { r.SerialNumber = other.Cert.SerialNumber }), timestamp.ErrBadRevocation},
		"of a stranger":      {make(stranger.Delegate, stranger.Issuing.Cert, nil), timestamp.ErrBadRevocation},
		"of a server's key":  {make(impostor, a.Issuing.Cert, nil), timestamp.ErrBadRevocation},
		"of another person":  {make(other, a.Issuing.Cert, nil), timestamp.ErrBadRevocation},
		"of last year":       {make(a.Delegate, a.Issuing.Cert, func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = a.Now.AddDate(-1, 0, 0), a.Now.AddDate(-1, 0, 7) }), timestamp.ErrOldRevocation},
		"of next year":       {make(a.Delegate, a.Issuing.Cert, func(r *ocsp.Response) { r.ThisUpdate, r.NextUpdate = a.Now.AddDate(1, 0, 0), a.Now.AddDate(1, 0, 7) }), timestamp.ErrOldRevocation},
		"cut":                {make(a.Delegate, a.Issuing.Cert, nil)[:60], timestamp.ErrBadRevocation},
		"a page":             {[]byte("<html>Service indisponible</html>"), timestamp.ErrBadRevocation},
		"try later":          {ocsp.TryLaterErrorResponse, timestamp.ErrBadRevocation},
		"nothing":            {nil, timestamp.ErrBadRevocation},
		"more than anything": {append(make(a.Delegate, a.Issuing.Cert, nil), make(a.Delegate, a.Issuing.Cert, nil)...), timestamp.ErrBadRevocation},
	} {
		answer = c.answer
		der, err := r.OCSP(t.Context(), who.Cert, a.Issuing.Cert)
		if !errors.Is(err, c.want) || c.want != nil && der != nil {
			t.Errorf("%s: %v, %d bytes", name, err, len(der))
		}
	}
}
