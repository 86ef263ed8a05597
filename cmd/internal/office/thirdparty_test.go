package office_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/signature/testpki"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/tdt"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

// settled sets the simulator as the third party of a hall.
func settled(t *testing.T, h *office.Hall, s *tdttest.Simulator) {
	t.Helper()
	p12, err := s.PKCS12("mot de passe")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.SetThirdParty(t.Context(), office.ThirdParty{URL: s.URL(), Certificate: p12, Authority: s.Authority()}, "mot de passe", ""); err != nil {
		t.Fatal(err)
	}
}

func startSimulator(t *testing.T) *tdttest.Simulator {
	t.Helper()
	s, err := tdttest.Start(context.Background(), tdttest.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A flow is signed, handed over to a real third party on loopback, and comes back accepted or
// not; what is set of the third party is kept, and its secret is not among it.
func TestThirdParty(t *testing.T) {
	ctx := t.Context()
	server, address := serve(t)
	code, err := server.NewCode(ctx, ours)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	o := open(t, dir)
	h, err := o.Enrol(ctx, address, code, "secrétariat")
	if err != nil {
		t.Fatal(err)
	}
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Maire", Roles: []authority.Role{authority.RoleSecretary, authority.RoleMayor}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(ctx, me)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := startSimulator(t)
	signer := testpki.New(t).Person("Solène BROUILLON", testpki.RSA(t, 2048))
	flow := func(n string) string {
		t.Helper()
		content := bytes.ReplaceAll(bytes.ReplaceAll(pestest.Example, []byte("00040099900014"), []byte(ours+"00014")), []byte("PESALR2_EXEMPLE_0001"), []byte("PESALR2_EXEMPLE_"+n))
		id, err := h.Folders.Import(ctx, me, parapheur.Import{Title: n, Kind: parapheur.Accounting, Route: parapheur.AccountingRoute(), Files: []parapheur.File{{Name: "flux" + n + ".xml", Content: content}}})
		if err == nil {
			err = h.Folders.Send(ctx, me, id)
		}
		f, reading := h.Folders.Folder(ctx, id)
		if err = errors.Join(err, reading); err != nil {
			t.Fatal(err)
		}
		results, err := h.Folders.Sign(ctx, me, parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: id, Seen: f.Seen()}}, Signer: signer, Place: "Essai", PostalCode: "40999", Policy: pes.Policy(), Device: "pc"}, nil)
		if err != nil || results[0].Err != nil {
			t.Fatal(err, results)
		}
		if f, err = h.Folders.Folder(ctx, id); err == nil {
			err = h.Folders.HandOver(ctx, me, id, f.Seen())
		}
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	state := func(id string) (parapheur.State, parapheur.HandoverState) {
		t.Helper()
		f, err := h.Folders.Folder(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return f.State, f.Handovers[0].State
	}

	first := flow("0001")
	if _, err := h.Carry(ctx, true); !errors.Is(err, handover.ErrNotSet) || !errors.Is(h.CarryTrouble(), handover.ErrNotSet) {
		t.Errorf("no third party: %v", err)
	}
	p12, err := s.PKCS12("mot de passe")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		p    office.ThirdParty
		pass string
		want error
	}{
		"not https":      {office.ThirdParty{URL: "http://tiers.exemple.fr", Certificate: p12}, "mot de passe", tdt.ErrAddress},
		"no certificate": {office.ThirdParty{URL: s.URL()}, "", handover.ErrNotSet},
		"a text":         {office.ThirdParty{URL: s.URL(), Certificate: []byte("bonjour")}, "", office.ErrNoCertificate},
		"wrong password": {office.ThirdParty{URL: s.URL(), Certificate: p12}, "faux", token.ErrWrongPIN},
	} {
		if err := h.SetThirdParty(ctx, test.p, test.pass, ""); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	settled(t, h, s)
	if err := h.TryThirdParty(ctx); err != nil {
		t.Fatal(err)
	}
	p, err := h.ThirdParty(ctx)
	if err != nil || p.Holder != "Commune de démonstration" || p.NotAfter.Before(time.Now()) {
		t.Errorf("%+v %v", p, err)
	}
	if err := h.SetThirdParty(ctx, office.ThirdParty{URL: s.URL()}, "", ""); err != nil { // the certificate stays
		t.Error(err)
	}
	// Working offline, nothing leaves.
	h.Sync.SetOnline(false)
	if _, err := h.Carry(ctx, true); !errors.Is(err, client.ErrPaused) {
		t.Errorf("%v", err)
	}
	h.Sync.SetOnline(true)
	pass := func() {
		t.Helper()
		if _, err := h.Carry(ctx, true); err != nil {
			t.Fatal(err)
		}
	}
	pass()
	pass()
	if folder, sent := state(first); folder != parapheur.Done || sent != parapheur.HandoverAcknowledged {
		t.Errorf("%s %s", folder, sent)
	}
	s.Next(tdttest.Reject, tdttest.Refuse, tdttest.LoseAnswer)
	rejected, refused, lost := flow("0002"), flow("0003"), flow("0004")
	if _, err := h.Carry(ctx, true); !errors.Is(err, handover.ErrUncertain) {
		t.Errorf("%v", err)
	}
	pass()
	for id, want := range map[string]parapheur.HandoverState{rejected: parapheur.HandoverBounced, refused: parapheur.HandoverBounced, lost: parapheur.HandoverPosting} {
		if folder, sent := state(id); folder != parapheur.Running || sent != want {
			t.Errorf("%s %s, not %s", folder, sent, want)
		}
	}
	if taken, posts := s.Taken(); taken != 3 || posts != 4 {
		t.Errorf("%d taken in %d posts", taken, posts)
	}

	// An act leaves the same way, under the préfecture's own classification.
	if c, err := h.FetchClassification(ctx); err != nil || c.Model {
		t.Errorf("%+v %v", c, err)
	}
	pdf, err := h.Store.Blobs().PutBytes(ctx, []byte("%PDF-1.7 essai"))
	if err != nil {
		t.Fatal(err)
	}
	act := actes.Act{Nature: actes.Deliberation, Matter: "7.5", Number: "2026_001", Subject: "Subvention", Date: authority.DayOf(time.Now()).Plus(-3), File: actes.File{Name: "d.pdf", Type: "99_DE", Digest: pdf, Size: 14}}
	if err := h.Legality.Ask(ctx, me, "essai", act, nil); err != nil {
		t.Fatal(err)
	}
	pass()
	s.Write("2026_001", handover.Observation, "Veuillez retirer cet acte.")
	pass()
	pass()
	if f, err := h.Legality.Filing(ctx, "essai"); err != nil || f.State != actes.Received || f.Receipt.Number != "2026_001" || len(f.Letters) != 1 {
		t.Errorf("%+v %v", f, err)
	}

	// Another opening of the same computer finds what was set, and its secret in the keyring.
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o = open(t, dir)
	defer o.Close()
	if h, err = o.Hall(ctx, ours); err != nil {
		t.Fatal(err)
	}
	if err := h.TryThirdParty(ctx); err != nil {
		t.Error(err)
	}
	if err := h.SetThirdParty(ctx, office.ThirdParty{}, "", ""); err != nil {
		t.Error(err)
	}
	if err := h.TryThirdParty(ctx); !errors.Is(err, handover.ErrNotSet) {
		t.Errorf("forgotten: %v", err)
	}
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		secret, err := tx.Setting("thirdparty.secret")
		if secret != "" {
			t.Error("the secret is still kept")
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
