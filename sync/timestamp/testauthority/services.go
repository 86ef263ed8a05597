package testauthority

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"time"

	"github.com/digitorus/timestamp"
	"golang.org/x/crypto/ocsp"
)

const maxRequest = 64 << 10

func (a *Authority) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tsa", a.serveTimestamp)
	mux.HandleFunc("POST /ocsp", a.serveOCSP)
	mux.HandleFunc("GET /crl", func(w http.ResponseWriter, _ *http.Request) { a.serveCRL(w, a.issuing) })
	mux.HandleFunc("GET /crl-root", func(w http.ResponseWriter, _ *http.Request) { a.serveCRL(w, a.root) })
	mux.HandleFunc("GET /issuer", func(w http.ResponseWriter, _ *http.Request) {
		send(w, "application/pkix-cert", a.issuing.cert.Raw, nil)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch a.currentFault() {
		case Down:
			http.Error(w, "indisponible", http.StatusServiceUnavailable)
		case Garbage:
			send(w, "text/html", []byte("<html><body>Maintenance</body></html>"), nil)
		case Slow:
			_, _ = io.Copy(io.Discard, r.Body) // the server sees the client leave only once the body is read
			<-r.Context().Done()
		default:
			r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
			mux.ServeHTTP(w, r)
		}
	})
}

func (a *Authority) currentFault() Fault {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.fault
}

func send(w http.ResponseWriter, kind string, body []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body) // a client that left is not our concern
}

func (a *Authority) serveTimestamp(w http.ResponseWriter, r *http.Request) {
	const kind = "application/timestamp-reply"
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	query, err := timestamp.ParseRequest(body)
	fault := a.currentFault()
	if err != nil || fault == Refusal {
		reply, err := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.BadRequest)
		send(w, kind, reply, err)
		return
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm: query.HashAlgorithm, HashedMessage: query.HashedMessage, Nonce: query.Nonce,
		Time: a.now().UTC(), Accuracy: time.Second, Policy: policyOID,
		AddTSACertificate: query.Certificates,
	}
	if query.Certificates {
		stamp.Certificates = []*x509.Certificate{a.issuing.cert}
	}
	switch fault {
	case WrongDigest:
		stamp.HashedMessage = bytes.Repeat([]byte{0x5a}, len(query.HashedMessage))
	case WrongNonce:
		stamp.Nonce = big.NewInt(40999)
	case OldTime:
		stamp.Time = stamp.Time.AddDate(-2, 0, 0)
	}
	reply, err := stamp.CreateResponseWithOpts(a.stamping.cert, a.stamping.key, crypto.SHA256)
	send(w, kind, reply, err)
}

func (a *Authority) serveOCSP(w http.ResponseWriter, r *http.Request) {
	const kind = "application/ocsp-response"
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	query, err := ocsp.ParseRequest(body)
	if err != nil || !a.isIssuing(query) {
		send(w, kind, ocsp.UnauthorizedErrorResponse, nil)
		return
	}
	now := a.now().UTC()
	answer := ocsp.Response{
		Status: ocsp.Unknown, SerialNumber: query.SerialNumber, ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(24 * time.Hour),
		Certificate: a.responding.cert, IssuerHash: query.HashAlgorithm,
	}
	a.mu.Lock()
	if a.issued[query.SerialNumber.String()] {
		answer.Status = ocsp.Good
	}
	if at, yes := a.revoked[query.SerialNumber.String()]; yes {
		answer.Status, answer.RevokedAt, answer.RevocationReason = ocsp.Revoked, at.UTC(), ocsp.KeyCompromise
	}
	a.mu.Unlock()
	reply, err := ocsp.CreateResponse(a.issuing.cert, a.responding.cert, answer, a.responding.key)
	send(w, kind, reply, err)
}

// isIssuing says whether the request is about certificates of the issuing authority.
func (a *Authority) isIssuing(query *ocsp.Request) bool {
	var spki struct {
		Algorithm asn1.RawValue
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(a.issuing.cert.RawSubjectPublicKeyInfo, &spki); err != nil || !query.HashAlgorithm.Available() {
		return false
	}
	h := query.HashAlgorithm.New()
	h.Write(spki.Key.RightAlign())
	return bytes.Equal(h.Sum(nil), query.IssuerKeyHash)
}

func (a *Authority) serveCRL(w http.ResponseWriter, by identity) {
	now := a.now().UTC()
	a.mu.Lock()
	a.lists++
	list := &x509.RevocationList{Number: big.NewInt(a.lists), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(24 * time.Hour)}
	for serial, at := range a.revoked {
		if n, ok := new(big.Int).SetString(serial, 10); ok {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: at.UTC()})
		}
	}
	a.mu.Unlock()
	der, err := x509.CreateRevocationList(a.rand, list, by.cert, by.key)
	send(w, "application/pkix-crl", der, err)
}
