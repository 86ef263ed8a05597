// Package tdttest is a trusted third party on loopback that speaks as S²LOW does: HTTPS with
// client certificates, accounting flows answered by a PES_Acquit, acts by an ARActe. It serves
// the tests and the demonstration, with the faults that a network and a third party have.
//
// Nothing that it takes goes anywhere. Its certificates say «Tiers de démonstration — sans
// valeur».
package tdttest

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the interface recognises a file by its SHA-1
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"alpi40.fr/airial/local/pes"
)

const mark = "Tiers de démonstration — sans valeur"

// Fault is what becomes of a deposit instead of an acceptance.
type Fault string

// The faults.
const (
	None Fault = "ok"
	// Refuse says KO when the file is posted.
	Refuse Fault = "refus"
	// Fail takes it, then gives it up (status -1).
	Fail Fault = "erreur"
	// Reject takes it; Hélios or the préfecture rejects it.
	Reject Fault = "rejet"
	// Delay takes it, and is never done with it.
	Delay Fault = "attente"
	// LoseAnswer takes it and cuts the line instead of answering.
	LoseAnswer Fault = "coupure"
	// Page takes it and answers a page of HTML, as a proxy does.
	Page Fault = "page"
	// Other takes it, and the answer that comes back is about another one.
	Other Fault = "autre"
	// Duplicate says that it has it already.
	Duplicate Fault = "doublon"
	// Down takes nothing: 503.
	Down Fault = "panne"
)

// Faults are all of them.
func Faults() []Fault {
	return []Fault{None, Refuse, Fail, Reject, Delay, LoseAnswer, Page, Other, Duplicate, Down}
}

// Options describe a simulator; Now and Rand are required.
type Options struct {
	Now  func() time.Time
	Rand io.Reader
	// Address is where it listens; empty: a free port of 127.0.0.1.
	Address string
	// Login and Password, when given, are asked of who comes.
	Login, Password string
	// Pace is how long each stage lasts; zero: the answer is there at once.
	Pace time.Duration
	// Tell is told what happens, in French; nil: nobody.
	Tell func(string)
}

type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// deposit is a flow or an act that was posted.
type deposit struct {
	id      int
	name    string
	content []byte
	sha1    string
	at      time.Time
	fault   Fault
	act     *act
	answer  *Answer // to a letter
}

// Simulator is a running third party. It is safe for concurrent use.
type Simulator struct {
	o        Options
	url      string
	server   *http.Server
	done     chan struct{}
	root     identity
	client   identity
	mu       sync.Mutex
	deposits []*deposit
	next     []Fault
	posts    int // requests that brought a file, taken or not
	letters  []letter
}

// Start makes the keys and serves until ctx ends or Close is called.
func Start(ctx context.Context, o Options) (*Simulator, error) {
	if o.Now == nil || o.Rand == nil {
		return nil, errors.New("the simulator needs a clock and randomness")
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	s := &Simulator{o: o, url: "https://" + listener.Addr().String(), done: make(chan struct{})}
	serving, err := s.identities(listener.Addr())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	clients := x509.NewCertPool()
	clients.AddCert(s.root.cert)
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, Certificates: []tls.Certificate{serving.tls()}, Time: o.Now}
	s.server = &http.Server{Handler: s.routes(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(s.done)
		_ = s.server.Serve(tls.NewListener(listener, config)) // ends with ErrServerClosed
	}()
	context.AfterFunc(ctx, func() { _ = s.server.Close() })
	return s, nil
}

// Close stops it.
func (s *Simulator) Close() error {
	err := s.server.Close()
	<-s.done
	return err
}

// URL is its address.
func (s *Simulator) URL() string { return s.url }

// Client is the certificate that it lets in.
func (s *Simulator) Client() tls.Certificate { return s.client.tls() }

// Authorities are those of its own certificate.
func (s *Simulator) Authorities() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.root.cert)
	return pool
}

// Authority is the certificate of its authority, in PEM.
func (s *Simulator) Authority() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.root.cert.Raw})
}

// PKCS12 is the certificate that it lets in, as a .p12 under a passphrase.
func (s *Simulator) PKCS12(passphrase string) ([]byte, error) {
	content, err := pkcs12.Modern.WithRand(s.o.Rand).Encode(s.client.key, s.client.cert, []*x509.Certificate{s.root.cert}, passphrase)
	if err != nil {
		return nil, fmt.Errorf("writing the client's certificate: %w", err)
	}
	return content, nil
}

// Next says what becomes of the next deposits, in turn; then all goes well.
func (s *Simulator) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// Taken tells how many deposits were taken in, and in how many posts.
func (s *Simulator) Taken() (taken, posts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.deposits), s.posts
}

func (s *Simulator) fault() Fault {
	if len(s.next) == 0 {
		return None
	}
	f := s.next[0]
	s.next = s.next[1:]
	return f
}

func (i identity) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.cert.Raw}, PrivateKey: i.key, Leaf: i.cert}
}

func (s *Simulator) identities(at net.Addr) (serving identity, err error) {
	if s.root, err = s.issue("Racine — "+mark, nil, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage = true, x509.KeyUsageCertSign
	}); err != nil {
		return serving, err
	}
	if s.client, err = s.issue("Commune de démonstration", &s.root, func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}); err != nil {
		return serving, err
	}
	return s.issue(mark, &s.root, func(c *x509.Certificate) {
		c.ExtKeyUsage, c.DNSNames = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, []string{"localhost"}
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		if tcp, ok := at.(*net.TCPAddr); ok && !tcp.IP.IsUnspecified() {
			c.IPAddresses = append(c.IPAddresses, tcp.IP)
		}
	})
}

func (s *Simulator) issue(name string, by *identity, shape func(*x509.Certificate)) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), s.o.Rand)
	if err != nil {
		return identity{}, fmt.Errorf("making the key of %q: %w", name, err)
	}
	serial, err := rand.Int(s.o.Rand, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return identity{}, fmt.Errorf("drawing a serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{mark}, Country: []string{"FR"}}, BasicConstraintsValid: true,
		NotBefore: s.o.Now().AddDate(-1, 0, 0), NotAfter: s.o.Now().AddDate(2, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	shape(template)
	parent := identity{template, key}
	if by != nil {
		parent = *by
	}
	der, err := x509.CreateCertificate(s.o.Rand, template, parent.cert, key.Public(), parent.key)
	if err != nil {
		return identity{}, fmt.Errorf("making the certificate of %q: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	return identity{cert, key}, err
}

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/test-connexion.php", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "OK") })
	mux.HandleFunc("POST /modules/helios/api/helios_importer_fichier.php", s.importFlow)
	mux.HandleFunc("GET /modules/helios/api/helios_transac_get_status.php", s.flowStatus)
	mux.HandleFunc("GET /modules/helios/helios_download_acquit.php", s.acquit)
	s.actRoutes(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if login, password, _ := r.BasicAuth(); login != s.o.Login || password != s.o.Password {
			http.Redirect(w, r, "/connexion-status", http.StatusFound)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

const maxPost = 300 << 20

// posted reads a form; false when it has answered already.
func posted(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxPost)
	if err := r.ParseMultipartForm(32 << 20); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

// file reads one file of a form.
func file(r *http.Request, field string) (name string, content []byte, err error) {
	f, header, err := r.FormFile(field)
	if err != nil {
		return "", nil, fmt.Errorf("reading %s: %w", field, err)
	}
	defer f.Close()
	content, err = io.ReadAll(f)
	return header.Filename, content, err
}

// take keeps a deposit, and answers in the way of its fault; false when it has answered.
func (s *Simulator) take(w http.ResponseWriter, d *deposit) bool {
	switch d.fault {
	case Down:
		http.Error(w, "503", http.StatusServiceUnavailable)
		return false
	case Refuse, Duplicate:
		return true
	}
	d.id, d.at = 1000+len(s.deposits), s.o.Now()
	s.deposits = append(s.deposits, d)
	switch d.fault {
	case LoseAnswer:
		s.o.Tell("Reçu " + d.name + ", et la ligne est coupée.")
		panic(http.ErrAbortHandler)
	case Page:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><html><body>Bienvenue sur le réseau de l’hôtel</body></html>")
		return false
	}
	return true
}

func (s *Simulator) importFlow(w http.ResponseWriter, r *http.Request) {
	if !posted(w, r) {
		return
	}
	name, content, err := file(r, "enveloppe")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.posts++
	digest := sha1.Sum(content) //nolint:gosec // as above
	d := &deposit{name: name, content: content, sha1: hex.EncodeToString(digest[:]), fault: s.fault()}
	answer := imported{Result: "KO"}
	if err != nil {
		answer.Message = "Échec lors du téléchargement du fichier"
		writeXML(w, answer)
		return
	}
	for _, known := range s.deposits {
		if known.sha1 == d.sha1 && known.act == nil {
			d.fault = Duplicate
		}
	}
	if !s.take(w, d) {
		return
	}
	switch d.fault {
	case Refuse:
		answer.Message = "Le certificat de signature n’est pas reconnu (refus simulé)"
	case Duplicate:
		answer.Message = "doublon détecté. Ce fichier a déjà été posté."
	default:
		answer = imported{ID: strconv.Itoa(d.id), Result: "OK"}
	}
	s.o.Tell("Flux " + name + " : " + answer.Result + " " + answer.ID + answer.Message)
	writeXML(w, answer)
}

type imported struct {
	XMLName xml.Name `xml:"import"`
	ID      string   `xml:"id"`
	Result  string   `xml:"resultat"`
	Message string   `xml:"message"`
}

type followed struct {
	XMLName xml.Name `xml:"transaction"`
	ID      string   `xml:"id"`
	Result  string   `xml:"resultat"`
	Status  string   `xml:"status"`
	Message string   `xml:"message"`
}

func writeXML(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, xml.Header)
	_ = xml.NewEncoder(w).Encode(answer) // who asked has gone: nothing is to be done
}

func (s *Simulator) find(id string) *deposit {
	for _, d := range s.deposits {
		if strconv.Itoa(d.id) == id {
			return d
		}
	}
	return nil
}

// status is how far a deposit has come, in the numbers of the interface.
func (s *Simulator) status(d *deposit) int {
	stages := 2
	if s.o.Pace > 0 {
		stages = int(s.o.Now().Sub(d.at) / s.o.Pace)
	}
	switch {
	case d.fault == Delay || stages < 1:
		return 1
	case d.fault == Fail:
		return -1
	case stages < 2:
		return 3
	case d.fault == Reject && d.act == nil:
		return 6
	case d.fault == Reject:
		return -1
	}
	return 4
}

var statusWords = map[int]string{-1: "La signature du flux est invalide (erreur simulée)", 1: "Posté", 3: "Transmis", 4: "Acquittement reçu", 6: "Refusé"}

func (s *Simulator) flowStatus(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := r.URL.Query().Get("transaction")
	d := s.find(id)
	if d == nil || d.act != nil {
		writeXML(w, followed{ID: id, Result: "KO", Message: "Numéro de transaction invalide"})
		return
	}
	status := s.status(d)
	writeXML(w, followed{ID: id, Result: "OK", Status: strconv.Itoa(status), Message: statusWords[status]})
}

func (s *Simulator) acquit(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.find(r.URL.Query().Get("id"))
	if d == nil || d.act != nil {
		http.Redirect(w, r, "/modules/helios/index.php", http.StatusFound)
		return
	}
	flow, err := pes.Read(d.content, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/xml")
	_, _ = w.Write(Acquit(flow, d.fault)) // as above
}

// value is an element of a flow, whose content is its attribute V.
type value struct {
	V string `xml:"V,attr"`
}

type anomaly struct {
	Code  value `xml:"NumAnoAck"`
	Label value `xml:"LibelleAnoAck"`
}

type element struct {
	Domain    value     `xml:"DomaineAck"`
	State     value     `xml:"EtatAck"`
	Bordereau value     `xml:"NumBord"`
	Exercise  value     `xml:"ExerciceBord"`
	Errors    []anomaly `xml:"Erreur"`
}

type acquit struct {
	XMLName xml.Name  `xml:"http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2 PES_ACQUIT"`
	File    value     `xml:"Enveloppe>Parametres>NomFic"`
	Date    value     `xml:"EnTetePES>DteStr"`
	Siret   value     `xml:"EnTetePES>IdColl"`
	Budget  value     `xml:"EnTetePES>CodBud"`
	All     []element `xml:"ACQUIT>ElementACQUIT"`
}

// Acquit is the PES_Acquit of a flow: with Reject its last bordereau is rejected, with Other
// it is about another flow.
func Acquit(flow *pes.Flow, fault Fault) []byte {
	a := acquit{File: value{flow.Name}, Date: value{flow.Date}, Siret: value{flow.Siret}, Budget: value{flow.Budget}}
	for i, b := range flow.Bordereaux {
		e := element{Domain: value{"5"}, State: value{"1"}, Bordereau: value{b.Number}, Exercise: value{b.Exercise}}
		if fault == Reject && i == len(flow.Bordereaux)-1 {
			e.State = value{"0"}
			e.Errors = []anomaly{{value{"ERREUR_DOUBLON_BORDEREAU"}, value{"Bordereau déjà transmis (rejet simulé)"}}}
		}
		a.All = append(a.All, e)
	}
	if fault == Other {
		a.File, a.Siret = value{"PES_AUTRE.xml"}, value{"00000000000000"}
	}
	text, err := xml.MarshalIndent(a, "", "  ")
	if err != nil {
		panic(err) // these types always have an XML form
	}
	return append([]byte(xml.Header), text...)
}
