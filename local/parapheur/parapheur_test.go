package parapheur_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

type laptop struct {
	*parapheur.Desk
	j  *journal.Journal
	db *store.DB
}

func newLaptop(t testing.TB, name string) *laptop {
	t.Helper()
	j := journaltest.Open(t, name, time.Now, rand.Reader, authority.Projections(), parapheur.Projections())
	return &laptop{Desk: parapheur.New(j), j: j, db: j.Store()}
}

func (l *laptop) people(t testing.TB) {
	t.Helper()
	r := authority.New(l.j)
	for _, p := range []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Rank: 1},
		{ID: "adjoint", Civility: "M.", FirstName: "Jean", LastName: "Modèle", Title: "1ᵉʳ adjoint", Roles: []authority.Role{authority.RoleDeputy}, Rank: 2},
		{ID: "secretaire", Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}},
	} {
		if _, err := r.Put(context.Background(), "installateur", p); err != nil {
			t.Fatal(err)
		}
	}
}

var route = []parapheur.Step{
	{Kind: parapheur.Approval, Role: authority.RoleSecretary, Title: "Visa de la secrétaire"},
	{Kind: parapheur.Signature, Person: "maire", Title: "Signature du maire"},
}

func paper(t testing.TB) []byte {
	t.Helper()
	d, err := typeset.SigningSlip{
		Head:   typeset.Head{Authority: typeset.Authority{Name: "Commune de Saint-Airial-des-Pins"}, Printed: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		Folder: "Un document quelconque",
	}.Typeset(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

func (l *laptop) send(t testing.TB) string {
	t.Helper()
	ctx := context.Background()
	id, err := l.Import(ctx, "secretaire", parapheur.Import{
		Title: "Toiture de la salle des fêtes", Kind: parapheur.Letter, Route: route,
		Files: []parapheur.File{{Name: "commande.pdf", Content: paper(t), Text: "tuiles canal"}, {Name: "devis.txt", Content: []byte("annexe"), Annex: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	return id
}

func (l *laptop) seen(t testing.TB, id string) []store.Digest {
	t.Helper()
	f, err := l.Folder(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return f.Seen()
}

type signer struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newSigner(t testing.TB) signature.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Maïté FICTIVE"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, cert}
}

func (s signer) Certificate() *x509.Certificate { return s.cert }
func (s signer) Chain() []*x509.Certificate     { return nil }
func (s signer) Sign(_ context.Context, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	return ecdsa.SignASN1(rand.Reader, s.key, digest)
}

func TestFolderGoesItsWay(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "mairie")
	l.people(t)
	id := l.send(t)
	seen := l.seen(t, id)
	if err := l.Approve(ctx, "maire", id, "", seen); rule.Find(err) == nil {
		t.Fatalf("out of turn: %v", err)
	}
	if err := l.Approve(ctx, "secretaire", id, " conforme au devis ", seen); err != nil {
		t.Fatal(err)
	}
	results, err := l.Sign(ctx, "secretaire", parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: seen}}, Signer: newSigner(t)}, nil)
	if err != nil || rule.Find(results[0].Err) == nil {
		t.Fatalf("the secretary signed for the mayor: %v %v", results, err)
	}
	if rows, _ := l.List(ctx, "maire", parapheur.ToDo, 10); len(rows) != 1 || rows[0].Step != "Signature du maire" {
		t.Fatalf("%+v", rows)
	}
	results, err = l.Sign(ctx, "maire", parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: seen}}, Signer: newSigner(t), Place: "Saint-Airial-des-Pins", Device: "portable"}, nil)
	if err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || f.State != parapheur.Done || len(f.Signatures) != 1 || !f.Signatures[0].Offline || f.Signatures[0].Capacity != "Maire" {
		t.Fatalf("%+v, %v", f, err)
	}
	signed, err := l.db.Blobs().Read(f.Documents[0].Digest, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := pades.Inspect(signed); err != nil || info.Signatures != 1 {
		t.Fatalf("%+v, %v", info, err)
	}
	if n, err := l.Raise(ctx, "maire", func(_ context.Context, pdf []byte, final bool) ([]byte, signature.Level, error) {
		if !final {
			t.Error("nothing will be signed after")
		}
		return append(pdf, '\n'), signature.LevelLTA, nil
	}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if f, _ = l.Folder(ctx, id); f.Signatures[0].Offline || f.Signatures[0].Level != "B-LTA" {
		t.Fatalf("%+v", f.Signatures)
	}
	if n, _ := l.Raise(ctx, "maire", func(context.Context, []byte, bool) ([]byte, signature.Level, error) {
		panic("nothing is left to raise")
	}); n != 0 {
		t.Fatal(n)
	}
	l.same(t)
}

// same holds that the tables made anew equal the live ones.
func (l *laptop) same(t testing.TB) {
	t.Helper()
	before := l.dump(t)
	if err := l.j.Rebuild(context.Background()); err != nil {
		t.Fatal(err)
	}
	if after := l.dump(t); !reflect.DeepEqual(before, after) {
		t.Fatalf("rebuilt tables differ:\n%v\n%v", before, after)
	}
}

func (l *laptop) dump(t testing.TB) (all []string) {
	t.Helper()
	err := l.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT id || turn || to_raise || state || CAST(data AS TEXT) FROM folder UNION ALL SELECT folder || step FROM folder_reading UNION ALL SELECT stream || CAST(data AS TEXT) FROM folder_remark ORDER BY 1`, nil,
			func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWhatIsSignedIsWhatWasSeen(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "mairie")
	l.people(t)
	id := l.send(t)
	other := []store.Digest{store.DigestOf([]byte("autre chose"))}
	if err := l.Approve(ctx, "secretaire", id, "", other); rule.Find(err) == nil {
		t.Fatalf("another document was approved: %v", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", nil); rule.Find(err) == nil {
		t.Fatalf("nothing was seen: %v", err)
	}
}

func TestRefusalsAndRegrets(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "mairie")
	l.people(t)
	id := l.send(t)
	if err := l.Refuse(ctx, "secretaire", id, "  "); rule.Find(err) == nil {
		t.Fatalf("a refusal without a reason: %v", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if err := l.TakeBack(ctx, "maire", id); rule.Find(err) == nil {
		t.Fatalf("another's act was taken back: %v", err)
	}
	if err := l.TakeBack(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	if f, _ := l.Folder(ctx, id); f.Step != 0 || f.State != parapheur.Running {
		t.Fatalf("%+v", f)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if err := l.MarkRead(ctx, "maire", id); err != nil {
		t.Fatal(err)
	}
	if err := l.TakeBack(ctx, "secretaire", id); rule.Find(err) == nil {
		t.Fatalf("taken back after it was read: %v", err)
	}
	if err := l.Refuse(ctx, "maire", id, "Le montant est faux."); err != nil {
		t.Fatal(err)
	}
	f, _ := l.Folder(ctx, id)
	if f.State != parapheur.Refused || f.Refusal != "Le montant est faux." {
		t.Fatalf("%+v", f)
	}
	if err := l.Approve(ctx, "maire", id, "", f.Seen()); rule.Find(err) == nil {
		t.Fatalf("a refused folder went on: %v", err)
	}
	l.same(t)
}

func TestImportRefusesWhatIsNoPDF(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "mairie")
	l.people(t)
	whole := paper(t)
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"empty": {nil, signature.ErrEmpty}, "text": {[]byte("ceci est un texte"), signature.ErrNotPDF}, "cut": {whole[:len(whole)/2], signature.ErrTruncated},
	} {
		_, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "x", Files: []parapheur.File{{Name: "x.pdf", Content: c.content}}})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if rows, _ := l.List(ctx, "secretaire", parapheur.All, 10); len(rows) != 0 {
		t.Fatalf("%+v", rows)
	}
}

// Stand-ins and delegations: who may do the mayor's step (CGCT, art. L2122-17, L2122-18).
func TestWhoMayDoTheMayorsStep(t *testing.T) {
	people := []authority.Person{
		{ID: "maire", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}}, {ID: "adjoint", Roles: []authority.Role{authority.RoleDeputy}},
		{ID: "secretaire", Roles: []authority.Role{authority.RoleSecretary}},
	}
	given := []authority.Delegation{{Kind: authority.Delegated, From: "maire", To: "adjoint", Subjects: []string{"courrier"}, Since: "2026-04-01", Order: "n° 1"}}
	f := func(k parapheur.Kind) *parapheur.Folder {
		return &parapheur.Folder{State: parapheur.Running, Kind: k, Route: []parapheur.Step{{Kind: parapheur.Signature, Person: "maire", Title: "Signature"}}}
	}
	for _, c := range []struct {
		article string
		kind    parapheur.Kind
		person  string
		day     authority.Day
		allowed bool
	}{
		{"L2122-21, the mayor", parapheur.Letter, "maire", "2026-11-24", true},
		{"L2122-18, within the order", parapheur.Letter, "adjoint", "2026-11-24", true},
		{"L2122-18, beyond its subjects", parapheur.Procurement, "adjoint", "2026-11-24", false},
		{"L2122-18, before its day", parapheur.Letter, "adjoint", "2026-03-31", false},
		{"L2122-19, no order for the secretary", parapheur.Letter, "secretaire", "2026-11-24", false},
	} {
		_, err := parapheur.MayAct(f(c.kind), parapheur.Town{People: people, Delegations: given}, c.person, c.day)
		if (err == nil) != c.allowed {
			t.Errorf("%s: %v", c.article, err)
		}
	}
}

func TestPiles(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	approval, signature, refused := l.send(t), l.send(t), l.send(t)
	if err := errors.Join(l.Approve(ctx, "secretaire", signature, "", l.seen(t, signature)), l.Refuse(ctx, "secretaire", refused, "incomplet")); err != nil {
		t.Fatal(err)
	}
	draft, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Brouillon", Kind: parapheur.Other, Route: route, Files: []parapheur.File{{Name: "a.pdf", Content: paper(t)}}})
	if err != nil {
		t.Fatal(err)
	}
	late, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "En retard", Kind: parapheur.Order, Route: route[1:], Deadline: authority.DayOf(time.Now()).Plus(-1), Files: []parapheur.File{{Name: "a.pdf", Content: paper(t)}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(ctx, "secretaire", late); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		person string
		box    parapheur.Box
		want   []string
	}{
		{"secretaire", parapheur.ToDo, []string{approval}},
		{"secretaire", parapheur.Waiting, []string{late, signature, draft}},
		{"maire", parapheur.ToDo, []string{late, signature}},
		{"maire", parapheur.Late, []string{late}},
		{"maire", parapheur.Waiting, []string{approval, draft}},
		{"adjoint", parapheur.ToDo, nil},
		{"adjoint", parapheur.Waiting, []string{late, approval, signature, draft}},
		{"adjoint", parapheur.Finished, []string{refused}},
		{"adjoint", parapheur.All, []string{late, approval, signature, refused, draft}},
	} {
		rows, err := l.List(ctx, c.person, c.box, 100)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range rows {
			got = append(got, r.ID)
			if r.Mine != (c.box == parapheur.ToDo || c.box == parapheur.Late) && c.box != parapheur.All {
				t.Errorf("%s, %s: %q is mine: %v", c.person, c.box, r.Title, r.Mine)
			}
		}
		if c.box != parapheur.Late { // the others are ordered by their last change as well
			slices.Sort(got)
			slices.Sort(c.want)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: %v, want %v", c.person, c.box, got, c.want)
		}
		if n, err := l.Count(ctx, c.person); c.box == parapheur.ToDo && (err != nil || n != len(c.want)) {
			t.Errorf("%s: %d wait, %v", c.person, n, err)
		}
	}
}

func TestSendingBack(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.send(t)
	if err := l.SendBack(ctx, "secretaire", id, "à revoir"); rule.Find(err) == nil {
		t.Errorf("nothing comes before the first step: %v", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if err := l.SendBack(ctx, "maire", id, " "); rule.Find(err) == nil {
		t.Errorf("without a reason: %v", err)
	}
	if err := l.SendBack(ctx, "secretaire", id, "à revoir"); rule.Find(err) == nil {
		t.Errorf("it is not her turn: %v", err)
	}
	if err := l.SendBack(ctx, "maire", id, "Le montant manque."); err != nil {
		t.Fatal(err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || f.Step != 0 || f.State != parapheur.Running {
		t.Fatalf("%+v, %v", f, err)
	}
	if err := l.TakeBack(ctx, "secretaire", id); rule.Find(err) == nil {
		t.Errorf("what came back is taken back: %v", err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if f, err = l.Folder(ctx, id); err != nil || f.Step != 1 {
		t.Errorf("%+v, %v", f, err)
	}
	l.same(t)
}

func TestHandingAStepOver(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.send(t)
	for _, c := range []struct{ why, actor, person string }{
		{"neither her turn nor her folder", "maire", "adjoint"},
		{"nobody of the authority", "secretaire", "inconnue"},
	} {
		if err := l.Reassign(ctx, c.actor, id, c.person, ""); rule.Find(err) == nil {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	if err := l.Reassign(ctx, "secretaire", id, "adjoint", "Il connaît le chantier."); err != nil {
		t.Fatal(err)
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); rule.Find(err) == nil {
		t.Errorf("the step is another's now: %v", err)
	}
	if n, err := l.Count(ctx, "adjoint"); n != 1 || err != nil {
		t.Errorf("%d wait for the deputy, %v", n, err)
	}
	if err := l.Approve(ctx, "adjoint", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	// CGCT, art. L2122-18: a signature is delegated by an order, not handed over.
	if err := l.Reassign(ctx, "maire", id, "adjoint", ""); rule.Find(err) == nil || rule.Find(err).Article == "" {
		t.Errorf("the mayor's signature was handed over: %v", err)
	}
	l.same(t)
}

func TestRemarks(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id := l.send(t)
	for _, text := range []string{"", "  \n", strings.Repeat("é", parapheur.MaxRemark+1)} {
		if err := l.Remark(ctx, "maire", id, parapheur.Note{Text: text}); rule.Find(err) == nil {
			t.Errorf("a remark of %d bytes: %v", len(text), err)
		}
	}
	if err := l.Remark(ctx, "maire", "inconnu", parapheur.Note{Text: "rien"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("beside no folder: %v", err)
	}
	if err := errors.Join(l.Remark(ctx, "maire", id, parapheur.Note{Text: "Qui paie la TVA ?"}), l.Remark(ctx, "secretaire", id, parapheur.Note{Text: "La commune."})); err != nil {
		t.Fatal(err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || len(f.Remarks) != 2 || f.Remarks[0].Person != "maire" || f.Remarks[1].Text != "La commune." || f.Step != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	l.same(t)
}

// A signature that is not the last step waits for the end of the folder before its archive timestamp.
func TestArchivedAtTheEnd(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	id, err := l.Import(ctx, "secretaire", parapheur.Import{Title: "Marché", Kind: parapheur.Procurement, Files: []parapheur.File{{Name: "a.pdf", Content: paper(t)}},
		Route: []parapheur.Step{{Kind: parapheur.Signature, Person: "maire", Title: "Signature"}, {Kind: parapheur.Approval, Person: "secretaire", Title: "Notification"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Send(ctx, "secretaire", id); err != nil {
		t.Fatal(err)
	}
	results, err := l.Sign(ctx, "maire", parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: l.seen(t, id)}}, Signer: newSigner(t), Place: "Essai", Device: "pc"}, nil)
	if err != nil || results[0].Err != nil {
		t.Fatal(results, err)
	}
	var finals []bool
	raise := func(_ context.Context, pdf []byte, final bool) ([]byte, signature.Level, error) {
		finals = append(finals, final)
		if final {
			return append(pdf, '\n'), signature.LevelLTA, nil
		}
		return append(pdf, '\n'), signature.LevelLT, nil
	}
	for step, want := range []int{1, 0} { // once raised, nothing is left to do before the end
		if n, err := l.Raise(ctx, "maire", raise); n != want || err != nil {
			t.Fatal(step, n, err)
		}
	}
	if err := l.Approve(ctx, "secretaire", id, "", l.seen(t, id)); err != nil {
		t.Fatal(err)
	}
	if n, err := l.Raise(ctx, "secretaire", raise); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	f, err := l.Folder(ctx, id)
	if err != nil || f.Signatures[0].Level != "B-LTA" || !slices.Equal(finals, []bool{false, true}) {
		t.Errorf("%+v, %v, %v", f.Signatures, finals, err)
	}
	l.same(t)
}

// A folder is made and sent in one act, with the name that another software gives it and the
// remarks that come with it; a second of that name is refused and leaves nothing.
func TestImportedAndSentInOneAct(t *testing.T) {
	ctx := context.Background()
	l := newLaptop(t, "pc")
	l.people(t)
	in := parapheur.Import{Title: "Lettre", Kind: parapheur.Letter, Route: route, Files: []parapheur.File{{Name: "lettre.pdf", Content: paper(t)}}, Send: true, External: "COMPTA-12",
		Notes: []parapheur.Note{{Text: "À signer avant jeudi"}, {Text: "Entre nous", Private: true}}}
	id, err := l.Import(ctx, "secretaire", in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Named(ctx, "COMPTA-12")
	if err != nil || f.ID != id || f.State != parapheur.Running || len(f.Remarks) != 2 || f.External != "COMPTA-12" {
		t.Fatalf("%+v %v", f, err)
	}
	if _, err := l.Import(ctx, "secretaire", in); rule.Find(err) == nil {
		t.Errorf("a name given twice: %v", err)
	}
	in.External, in.Route = "COMPTA-13", nil
	if _, err := l.Import(ctx, "secretaire", in); rule.Find(err) == nil {
		t.Errorf("sent without a route: %v", err)
	}
	if _, err := l.Named(ctx, "COMPTA-13"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what could not leave was made: %v", err)
	}
	if _, err := l.Named(ctx, ""); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if all, err := l.FromElsewhere(ctx, 10); err != nil || len(all) != 1 {
		t.Errorf("%v %v", all, err)
	}
	l.same(t)
}
