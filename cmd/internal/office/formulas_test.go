package office_test

import (
	"bytes"
	"errors"
	"testing"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/rule"
)

// The agency's catalogue comes by the exchanges, and is put in use by the word of who administers: until then, and for what
// was prepared, the former wordings stand.
func TestFormulasAreHandedOut(t *testing.T) {
	ctx := t.Context()
	s, halls := twoLaptops(t)
	h := halls[0]
	if _, err := h.OfferedFormulas(ctx); !errors.Is(err, office.ErrNoParcel) {
		t.Fatal(err)
	}
	for _, p := range []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-03-20"},
		{ID: "secretaire", Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Roles: []authority.Role{authority.RoleSecretary}},
	} {
		if _, err := h.People.Put(ctx, "installateur", p); err != nil {
			t.Fatal(err)
		}
	}
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	for i := range c {
		if c[i].Code == "DECES" {
			c[i].Text, c[i].Status = "Décédé{e} à {lieu}, le {date}.", civilstatus.Official
		}
	}
	var file bytes.Buffer
	if err := c.WriteCatalogue(&file); err != nil {
		t.Fatal(err)
	}
	check := office.ParcelKinds()[0].Check
	for name, bad := range map[string][]byte{"a page": []byte("<html>"), "a gap that is no field": bytes.Replace(file.Bytes(), []byte("{lieu}, le"), []byte("{ailleurs}, le"), 1)} {
		raw, err := s.MakeParcel(civilstatus.FormulasKind, map[string][]byte{"formules.csv": bad}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.PublishParcel(ctx, raw, check); !errors.Is(err, civilstatus.ErrFormulas) {
			t.Errorf("%s is published: %v", name, err)
		}
	}
	raw, err := s.MakeParcel(civilstatus.FormulasKind, map[string][]byte{"formules.csv": file.Bytes()}, 7)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.PublishParcel(ctx, raw, func(p *parcel.Parcel) error { return check(p) }); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Exchange(ctx); err != nil {
		t.Fatal(err)
	}
	o, err := h.OfferedFormulas(ctx)
	if err != nil || o.Number != 7 || len(o.Changed) != 1 || o.Changed[0].Code != "DECES" || !o.Waits() {
		t.Fatalf("%+v, %v", o, err)
	}
	wording := func() string {
		all, err := h.Acts.Formulas(ctx)
		if err != nil {
			t.Fatal(err)
		}
		f, err := all.Find("DECES", civilstatus.Birth)
		if err != nil {
			t.Fatal(err)
		}
		return f.Text
	}
	if wording() == c[0].Text || wording() == "Décédé{e} à {lieu}, le {date}." {
		t.Error("it is in use before anybody said so")
	}
	if _, err := h.TakeFormulas(ctx, "secretaire"); rule.Find(err) == nil {
		t.Errorf("who may not puts it in use: %v", err)
	}
	if n, err := h.TakeFormulas(ctx, "maire"); err != nil || n != 1 || wording() != "Décédé{e} à {lieu}, le {date}." {
		t.Fatalf("%d %q %v", n, wording(), err)
	}
	if o, err := h.OfferedFormulas(ctx); err != nil || o.Waits() {
		t.Error("it still waits", err)
	}
	if _, err := h.TakeFormulas(ctx, "maire"); rule.Find(err) == nil {
		t.Errorf("twice: %v", err)
	}
	history, err := h.Acts.Revisions(ctx)
	if err != nil || len(history) != 1 || history[0].Version != o.Version() {
		t.Errorf("%+v %v", history, err)
	}
}
