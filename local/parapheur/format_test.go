package parapheur_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/pes/schema"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/store"
)

// rsaSigner is a key as town halls have them.
type rsaSigner struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newRSASigner(t testing.TB, issuer string) signature.Signer {
	t.Helper()
	return newNamedSigner(t, issuer, "Maïté FICTIVE")
}

func newNamedSigner(t testing.TB, issuer, name string) signature.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	parent := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: issuer, Organization: []string{issuer}}, IsCA: true, BasicConstraintsValid: true}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return rsaSigner{key, cert}
}

func (s rsaSigner) Certificate() *x509.Certificate { return s.cert }
func (s rsaSigner) Chain() []*x509.Certificate     { return nil }
func (s rsaSigner) Sign(_ context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(rand.Reader, digest, opts)
}

// toSign imports files and brings the folder to the mayor's step.
func (l *laptop) toSign(t testing.TB, kind parapheur.Kind, files ...parapheur.File) string {
	t.Helper()
	ctx := context.Background()
	id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "À signer", Kind: kind, Files: files, Route: parapheur.UsualRoute()[1:]})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (l *laptop) signNow(t testing.TB, signer signature.Signer, id string) error {
	t.Helper()
	lot := parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: l.seen(t, id)}}, Signer: signer, Place: "Essai", PostalCode: "40999", Policy: pes.Policy(), Device: "pc"}
	results, err := l.Sign(context.Background(), "maire", lot, nil)
	if err != nil || len(results) != 1 {
		t.Fatal(results, err)
	}
	return results[0].Err
}

func validate(ctx context.Context, content, signed []byte) (validation.Report, error) {
	return validator.Validate(ctx, content, validation.Options{Now: time.Now(), Beside: func(string) ([]byte, bool) { return signed, signed != nil }})
}

// TestFlowIsSigned: a flow is made ready at its import, each of its bordereaux is signed in the
// mayor's title, nothing is left to timestamp, and what it said is known to the next one.
func TestFlowIsSigned(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	f, err := l.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	doc := f.Documents[0]
	if doc.Format != parapheur.PES || doc.Digest == doc.Original || doc.Flow == nil || doc.Flow.Bordereaux != 3 || doc.Flow.Spending != 345600 || doc.Flow.Receipts != 12000 {
		t.Errorf("%+v %+v", doc, doc.Flow)
	}
	if err := l.signNow(t, newSigner(t), id); rule.Find(err) == nil {
		t.Errorf("an elliptic curve signed a flow: %v", err)
	}
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
	if f, err = l.Folder(ctx, id); err != nil || f.State != parapheur.Done || f.Signatures[0].Level != "EPES" || f.Signatures[0].Offline {
		t.Fatalf("%+v %v", f, err)
	}
	report, err := l.Judge(ctx, f.Documents[0], validate)
	if err != nil || len(report.Signatures) != 3 {
		t.Fatal(len(report.Signatures), err)
	}
	for _, s := range report.Signatures {
		if !s.Intact || !strings.HasPrefix(s.Role, "Ordonnateur, ") || s.Location != "Essai, 40999, France" || s.Policy != pes.Policy().Identifier {
			t.Errorf("%+v", s)
		}
	}
	if n, err := l.Raise(ctx, "maire", func(context.Context, []byte, bool) ([]byte, signature.Level, error) {
		return nil, 0, signature.ErrTimestamp
	}); n != 0 || err != nil {
		t.Errorf("a flow waits for a timestamp: %d %v", n, err)
	}
	l.same(t)

	// The same flow again, and then one in which an account has changed.
	again := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	_, remarks, err := l.Flow(ctx, again, pestest.Example)
	if got := codes(remarks); err != nil || !slices.Equal(got, []string{"used-number", "used-number", "used-number", "double-invoice", "double-invoice", "double-invoice", "double-invoice"}) {
		t.Error(got, err)
	}
	parsed, err := pes.Read(pestest.Example, nil)
	if err != nil {
		t.Fatal(err)
	}
	old, other := parsed.Bordereaux[0].Pieces[0].Third().Account.IBAN, "FR1420041010050500013M02606"
	changed := bytes.ReplaceAll(pestest.Example, []byte(old), []byte(other))
	if _, remarks, err = l.Flow(ctx, "", changed); err != nil || !slices.Contains(codes(remarks), "changed-account") {
		t.Error(codes(remarks), err)
	}
	if _, remarks, err = l.Flow(ctx, id, pestest.Example); err != nil || len(remarks) != 0 {
		t.Error("a flow was held against itself", codes(remarks), err)
	}
	// What is signed later is not held against it.
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), again); err != nil {
		t.Fatal(err)
	}
	if _, remarks, err = l.Flow(ctx, id, pestest.Example); err != nil || len(remarks) != 0 {
		t.Error("a flow was held against a later one", codes(remarks), err)
	}
}

// TestFlowAgainstSchemas: a flow that the official schemas refuse is not signed, and the line is told; where they are
// not at hand, that is told and it is signed.
func TestFlowAgainstSchemas(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	at := filepath.Join(dir, schema.Folder, "Rev0")
	narrow := []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
		<xs:element name="PES_Aller"><xs:complexType><xs:sequence><xs:element name="Seulement"/></xs:sequence><xs:anyAttribute processContents="skip"/></xs:complexType></xs:element></xs:schema>`)
	if err := errors.Join(os.MkdirAll(at, 0o700), os.WriteFile(filepath.Join(at, "PES_Aller.xsd"), narrow, 0o600)); err != nil {
		t.Fatal(err)
	}
	there := schema.Find([]string{dir}, "")
	defer func() {
		if err := there.Close(); err != nil {
			t.Error(err)
		}
	}()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	l.Against(there)
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); rule.Find(err) == nil || !strings.Contains(err.Error(), "Ligne 4") || !strings.Contains(err.Error(), "« Seulement »") {
		t.Errorf("signing gives %v", err)
	}
	if _, remarks, err := l.Flow(ctx, id, pestest.Example); err != nil || len(remarks) == 0 || remarks[0].Code != "schema" || remarks[0].Severity != pes.Stops {
		t.Error(remarks, err)
	}
	l.Against(&schema.Set{})
	if _, remarks, err := l.Flow(ctx, id, pestest.Example); err != nil || !slices.Equal(codes(remarks), []string{"no-schema"}) {
		t.Error(codes(remarks), err)
	}
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
}

func codes(remarks []pes.Remark) (all []string) {
	for _, r := range remarks {
		all = append(all, r.Code)
	}
	return all
}

// TestFlowThatCannotBeSigned: each obstacle is told before the PIN, in words, and the step stays.
func TestFlowThatCannotBeSigned(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	signer := newRSASigner(t, "AC d’essai")
	signed := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	if err := l.signNow(t, signer, signed); err != nil {
		t.Fatal(err)
	}
	f, err := l.Folder(ctx, signed)
	if err != nil {
		t.Fatal(err)
	}
	content, err := l.db.Blobs().Read(f.Documents[0].Digest, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	bare := string(pestest.Example)
	for _, id := range []string{"FLUX0001", "DEP12", "DEP13", "REC5"} {
		bare = strings.Replace(bare, ` Id="`+id+`"`, "", 1)
	}
	for name, raw := range map[string][]byte{"signed already": content, "no identifier": []byte(bare), "identifier twice": bytes.Replace(pestest.Example, []byte("DEP13"), []byte("DEP12"), 1)} {
		id := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: raw})
		failed, err := l.CheckLot(ctx, "maire", []parapheur.SeenFolder{{ID: id, Seen: l.seen(t, id)}}, signer.Certificate())
		if err != nil || len(failed) != 1 || rule.Find(failed[0].Err) == nil {
			t.Errorf("%s: %+v %v", name, failed, err)
		}
		if err := l.signNow(t, signer, id); rule.Find(err) == nil {
			t.Errorf("%s: %v", name, err)
		}
		if f, err := l.Folder(ctx, id); err != nil || f.State != parapheur.Running || f.Step != 0 {
			t.Errorf("%s: %+v %v", name, f, err)
		}
	}
}

// TestCertificateOfTheDGFiP: it signs flows and nothing else.
func TestCertificateOfTheDGFiP(t *testing.T) {
	l := newLaptop(t, "pc")
	l.people(t)
	accounting := newRSASigner(t, "DIRECTION GENERALE DES FINANCES PUBLIQUES")
	if err := l.signNow(t, accounting, l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})); err != nil {
		t.Error(err)
	}
	if err := l.signNow(t, accounting, l.toSign(t, parapheur.Order, parapheur.File{Name: "arrete.pdf", Content: paper(t)})); rule.Find(err) == nil {
		t.Error("it signed an order:", err)
	}
}

// TestAnyFileIsSigned: a file of another kind keeps its bytes; its signature stands beside it and is timestamped later.
func TestAnyFileIsSigned(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Procurement, parapheur.File{Name: "bordereau-de-prix.ods", Content: []byte("PK\x03\x04 un tableur")}, parapheur.File{Name: "lettre.pdf", Content: paper(t)})
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	doc := f.Documents[0]
	if doc.Format != parapheur.Any || doc.Digest != doc.Original || len(doc.Beside) != 1 || doc.Beside[0].Name != "bordereau-de-prix.ods.p7s" || !f.Signatures[0].Offline {
		t.Fatalf("%+v %+v", doc, f.Signatures)
	}
	for _, d := range f.Documents {
		if report, err := l.Judge(ctx, d, validate); err != nil || len(report.Signatures) != 1 || !report.Signatures[0].Intact {
			t.Errorf("%s: %+v %v", d.Name, report.Signatures, err)
		}
	}
	seen := map[validator.Format]int{}
	if n, err := l.Raise(ctx, "maire", func(_ context.Context, content []byte, _ bool) ([]byte, signature.Level, error) {
		seen[validator.FormatOf(content)]++
		return append(bytes.Clone(content), 0), signature.LevelT, nil
	}); n != 1 || err != nil || seen[validator.CMS] != 1 || seen[validator.PDF] != 1 {
		t.Fatal(n, err, seen)
	}
	raised, err := l.Folder(ctx, id)
	if err != nil || raised.Documents[0].Digest != doc.Digest || raised.Documents[0].Beside[0].Digest == doc.Beside[0].Digest || raised.Signatures[0].Level != "B-T" || raised.Signatures[0].Offline {
		t.Errorf("%+v %+v %v", raised.Documents[0], raised.Signatures[0], err)
	}
	var kept store.Digest = raised.Documents[0].Beside[0].Digest
	if _, err := l.db.Blobs().Read(kept, 1<<20); err != nil {
		t.Error(err)
	}
	l.same(t)
}

// TestReceiptOfHelios: the answer to a flow is noted in its folder, once, and only there; what
// was rejected shows in the lists until another answer accepts it.
func TestReceiptOfHelios(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	note := func(content []byte) error {
		return l.NoteReceipt(ctx, "secretaire", id, "acquit.xml", content)
	}
	rejected := func() bool {
		rows, err := l.List(ctx, "secretaire", parapheur.All, 10)
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		return rows[0].Rejected
	}
	if err := note(pestest.Receipt); rule.Find(err) == nil {
		t.Errorf("an answer to a flow that is not signed: %v", err)
	}
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
	other := strings.NewReplacer("PESALR2_EXEMPLE_0001", "AUTRE", `NumBord V="13"`, `NumBord V="14"`).Replace(string(pestest.Receipt))
	if err := note([]byte(other)); rule.Find(err) == nil {
		t.Errorf("the answer to another flow: %v", err)
	}
	if err := note(pestest.Example); !errors.Is(err, pes.ErrNotPES) {
		t.Errorf("a flow is no answer: %v", err)
	}
	if err := note(pestest.Receipt); err != nil || !rejected() {
		t.Fatal(err)
	}
	if err := note(pestest.Receipt); rule.Find(err) == nil {
		t.Errorf("noted twice: %v", err)
	}
	accepted := strings.NewReplacer(`EtatAck V="0"`, `EtatAck V="1"`).Replace(string(pestest.Receipt))
	if err := note([]byte(accepted)); err != nil || rejected() {
		t.Fatal("the later answer does not hold", err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || len(f.Receipts) != 2 || f.Receipts[0].Accepted || !f.Receipts[1].Accepted || f.Receipts[0].Document != "flux.xml" || f.Receipts[0].Person != "secretaire" {
		t.Errorf("%+v %v", f.Receipts, err)
	}
	l.same(t)
}

// An answer that comes without a folder finds that of its flow, once.
func TestAnswerFindsItsFlow(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.toSign(t, parapheur.Accounting, parapheur.File{Name: "flux.xml", Content: pestest.Example})
	if _, err := l.NoteAnswer(ctx, "secretaire", "acquit.xml", pestest.Receipt); rule.Find(err) == nil {
		t.Errorf("an answer to a flow that is not signed: %v", err)
	}
	if err := l.signNow(t, newRSASigner(t, "AC d’essai"), id); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := l.NoteAnswer(ctx, "secretaire", "acquit.xml", pestest.Receipt); err != nil || got != id {
			t.Fatal(got, err)
		}
	}
	// Rejected whole: it names the flow and no bordereau.
	whole := regexp.MustCompile(`(?s)<ElementACQUIT>.*</ElementACQUIT>`).ReplaceAll(pestest.Receipt, nil)
	if got, err := l.NoteAnswer(ctx, "secretaire", "acquit-2.xml", whole); err != nil || got != id {
		t.Error(got, err)
	}
	foreign := strings.NewReplacer("PESALR2_EXEMPLE_0001", "AUTRE", "00040099900014", "00040088800014").Replace(string(pestest.Receipt))
	if _, err := l.NoteAnswer(ctx, "secretaire", "x.xml", []byte(foreign)); rule.Find(err) == nil {
		t.Errorf("the answer to another town: %v", err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || len(f.Receipts) != 2 {
		t.Errorf("%+v %v", f.Receipts, err)
	}
}
