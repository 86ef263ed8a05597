package civilstatus

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/civilstatus"
)

// indexed imports acts by their images alone.
func indexed(t *testing.T, h *hall, n int) (ids []string) {
	t.Helper()
	for i := range n {
		s := civilstatus.Scan{Act: civilstatus.Act{Kind: civilstatus.Birth, Year: 1952, Number: fmt.Sprint(i + 1), Commune: "Essai"}}
		s.Pages = []civilstatus.Source{pageSource(t, i)}
		o, err := h.acts.ImportRegister(t.Context(), "maire", []civilstatus.Scan{s})
		if err != nil || o[0].Err != nil {
			t.Fatal(err, o)
		}
		ids = append(ids, o[0].ID)
	}
	return ids
}

// Two acts are indexed by the keyboard alone, a third is passed over and comes back.
func TestIndexingDesk(t *testing.T) {
	p, h := shown(t)
	ids := indexed(t, h, 3)
	press(t, p, "Table d’indexation")
	see(t, p, "3 actes à indexer")
	field := func(name string) *entryOf {
		t.Helper()
		placeholder := h.Text("civilstatus.desk." + name)
		_, e, words := find(p.root, placeholder)
		if e == nil {
			t.Fatalf("no field «%s» in:\n%s", placeholder, words)
		}
		return &entryOf{e.SetText, func() { e.OnSubmitted(e.Text) }, func() { e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown}) }}
	}
	fill := func(last, first, day, gender string) {
		t.Helper()
		for _, f := range [][2]string{{"last", last}, {"first", first}, {"usual", ""}, {"date", day}, {"gender", gender}} {
			e := field(f[0])
			e.set(f[1])
			e.enter()
		}
	}
	fill("Exemple", "Camille", "03/05", "f")
	see(t, p, "Acte de naissance n° 2 de 1952")
	a, _ := h.acts.Act(t.Context(), ids[0])
	if a.LastName != "Exemple" || a.Date != "1952-05-03" || a.Gender != civilstatus.Feminine {
		t.Fatalf("%+v", a)
	}
	field("gender").passOver()
	see(t, p, "Acte de naissance n° 3 de 1952")
	fill("Modèle", "Jean", "12 mai 1952", "x") // no gender: said, and nothing is kept
	see(t, p, "Acte de naissance n° 3 de 1952")
	field("gender").set("m")
	field("gender").enter()
	see(t, p, "Acte de naissance n° 2 de 1952") // it came back
	see(t, p, "2 indexés à l’instant")
	fill("Maquette", "Ève", "", "F")
	if _, left, err := h.acts.ToIndex(t.Context(), "", 1); err != nil || left != 0 {
		t.Errorf("%d are left, %v", left, err)
	}
}

type entryOf struct {
	set             func(string)
	enter, passOver func()
}

func press(t *testing.T, p *page, label string) {
	t.Helper()
	b, _, words := find(p.root, label)
	if b == nil {
		t.Fatalf("no button «%s» in:\n%s", label, words)
	}
	b.OnTapped()
}

func see(t *testing.T, p *page, text string) {
	t.Helper()
	if _, _, words := find(p.root, ""); !strings.Contains(words, text) {
		t.Fatalf("«%s» is not in:\n%s", text, words)
	}
}

// A death that INSEE's file suggests is confirmed and its notice asked for; the death act that is here is linked.
func TestDeathsAndLinks(t *testing.T) {
	p, h := shown(t)
	line := fmt.Sprintf("%-80s1%s%-5s%-30s%-30s%s%-5s%-10s\n", "PROTOTYPE*MARC/", "19880212", "40999", "ESSAI", "", "20200105", "40088", "12")
	if _, err := h.acts.ReadDeceased(t.Context(), "maire", "deces-2020.txt", strings.NewReader(line), nil); err != nil {
		t.Fatal(err)
	}
	died := civilstatus.Scan{Act: civilstatus.Act{Kind: civilstatus.Death, Year: 2020, Number: "3", Date: "2020-01-05", LastName: "Prototype", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: "Essai"}, Pages: []civilstatus.Source{pageSource(t, 9)}}
	if o, err := h.acts.ImportRegister(t.Context(), "maire", []civilstatus.Scan{died}); err != nil || o[0].Err != nil {
		t.Fatal(err, o)
	}
	p.load()
	press(t, p, "Décès signalés (1)")
	see(t, p, "PROTOTYPE MARC, naissance : 12 février 1988")
	see(t, p, "Ce fichier ne prouve rien")
	press(t, p, "C’est cette personne")
	press(t, p, "Demander l’avis…")
	see(t, p, "Demander l’avis de décès")
	press(t, p, "Noter comme demandé")
	if lines, _ := h.acts.Queue(t.Context()); len(lines) != 3 {
		t.Errorf("%d lines", len(lines))
	}
	press(t, p, "Tous les actes")
	see(t, p, "Autres actes de la personne")
	press(t, p, "Même personne")
	h.answer = "deux personnes"
	press(t, p, "Délier…")
	if _, proposed, err := h.acts.Links(t.Context(), p.arg); err != nil || len(proposed) != 0 {
		t.Errorf("%+v, %v", proposed, err)
	}
}

// pageSource is a picture like no other.
func pageSource(t *testing.T, n int) civilstatus.Source {
	t.Helper()
	var scan bytes.Buffer
	if err := png.Encode(&scan, image.NewGray(image.Rect(0, 0, 20, 30+n))); err != nil {
		t.Fatal(err)
	}
	return civilstatus.Source{Name: "acte.png", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(scan.Bytes())), nil }}
}
