package office_test

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/manifest"
	"alpi40.fr/airial/local/store"
)

// A register comes in with its faults told; what was corrected comes back with its list; two files
// that changed places are recognised.
func TestRegister(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	_, h := laptop(t, s, address, "secrétariat")
	me := seat(t, h)
	dir := t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("1.png", shade(t, 2)) // as if two files had changed places
	write("2.png", shade(t, 1))
	write("3.png", shade(t, 3))
	sums := []string{}
	for i := range 3 {
		sums = append(sums, store.DigestOf(shade(t, uint8(i+1))).String())
	}
	list := "type;annee;numero;fichier;sha256;nom\nNAI;1952;1;1.png;" + sums[0] + ";EXEMPLE\nNAI;1952;2;2.png;" + sums[1] + ";EXEMPLE\nNAI;1952;;3.png;" + sums[2] + ";MODÈLE\n"
	write("liste.csv", []byte(list))
	read := func() (*manifest.Register, *manifest.Plan) {
		r, err := h.OpenRegister(ctx, filepath.Join(dir, "liste.csv"))
		if err != nil {
			t.Fatal(err)
		}
		p, err := manifest.Make(r.Lines, r.Files, r.Commune)
		if err != nil {
			t.Fatal(err)
		}
		return r, p
	}
	r, p := read()
	if len(p.Scans) != 2 || p.Held != 1 {
		t.Fatalf("%+v", p.Problems)
	}
	r.Lines[2] = r.Lines[2].With(manifest.Number, "3")
	if err := h.KeepRegister(ctx, r, r.Lines); err != nil {
		t.Fatal(err)
	}
	r, p = read()
	if len(p.Scans) != 3 || r.Lines[2].N != 4 {
		t.Fatalf("the correction was forgotten: %+v", p.Problems)
	}
	done := 0
	outcomes, err := h.ImportRegister(ctx, me, p.Scans, func(n, _ int) { done = n })
	if err != nil || done != 3 || outcomes[2].Err != nil || outcomes[0].Err == nil || outcomes[1].Err == nil {
		t.Fatalf("%+v, %v", outcomes, err)
	}
	f := manifest.Fault(r.Lines, p.Lines[0][0], outcomes[0].Err)
	if want := "C’est celui que la ligne 3 annonce («2.png») : les deux fichiers semblent intervertis."; f.Cure != want || f.Column != manifest.File {
		t.Errorf("%+v", f)
	}
	if acts, _ := h.Acts.List(ctx, "", false, 10); len(acts) != 1 || acts[0].Commune != "Essai" || acts[0].Kind != civilstatus.Birth {
		t.Errorf("%+v", acts)
	}
	if r, err := h.OpenRegister(ctx, dir); err != nil || len(r.Lines) != 3 {
		t.Errorf("its folder: %v, %v", r, err)
	}
	if _, err := h.OpenRegister(ctx, filepath.Join(dir, "absent.csv")); err == nil {
		t.Error("a list that is not there")
	}
}

// seat describes the town hall and gives who works there.
func seat(t *testing.T, h *office.Hall) string {
	t.Helper()
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(t.Context(), a, authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Secrétaire", Roles: []authority.Role{authority.RoleSecretary}, Since: "2026-01-01"})
	if err == nil {
		err = h.SetPerson(t.Context(), me)
	}
	if err != nil {
		t.Fatal(err)
	}
	return me
}

func shade(t *testing.T, of uint8) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, 20, 30))
	m.Pix[0] = of
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
