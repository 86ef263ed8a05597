package copies_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/typeset"
)

func effects(t testing.TB) copies.Effects {
	t.Helper()
	e, err := copies.ReadEffects()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Whatever a formula of the catalogue is, what it does to an extract is listed or left to the officer; nothing listed is unknown to the catalogue.
func TestEffectsSpeakOfTheCatalogue(t *testing.T) {
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, f := range c {
		known[f.Code] = true
	}
	for code := range effects(t) {
		if !known[code] {
			t.Errorf("%s is in no catalogue", code)
		}
	}
}

func act(kind civilstatus.ActKind, year int, mentions ...civilstatus.Mention) *civilstatus.Act {
	return &civilstatus.Act{ID: "a", Kind: kind, Year: year, Number: "12", Date: authority.Day("1987-03-02"), LastName: "EXEMPLE", FirstName: "Camille Marie", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins", Mentions: mentions}
}

func mention(code, date string, on authority.Day) civilstatus.Mention {
	return civilstatus.Mention{ID: "m", Code: code, Label: code, Text: "Mention.", Fields: map[string]string{"date": date}, On: on}
}

func corrected(code string) civilstatus.Mention {
	m := mention(code, "", "2020-01-02")
	m.CorrectedBy = "other"
	return m
}

func withdrawn(code string) civilstatus.Mention {
	m := mention(code, "", "")
	m.State = civilstatus.Withdrawn
	return m
}

func stood(code, date string) civilstatus.Mention {
	m := mention(code, date, "")
	m.State, m.Stood = civilstatus.Affixed, true
	return m
}

// What the margin bore before the act was digitised stands on its extracts, even where its day is not read.
func TestAnExtractSaysWhatStoodInTheMargin(t *testing.T) {
	c := copies.Case{Act: act(civilstatus.Birth, 1987, stood("MARIAGE", ""), withdrawn("DECES")), Asked: copies.Asked{Kind: copies.Plain}, Effects: effects(t)}
	if _, mentions := c.Says(); !slices.Equal(mentions, []string{"Mention."}) {
		t.Errorf("%q", mentions)
	}
}

func TestWhoMayObtainWhat(t *testing.T) {
	const today = authority.Day("2026-11-25")
	birth, old := act(civilstatus.Birth, 1987), act(civilstatus.Birth, 1950)
	minor := act(civilstatus.Birth, 2015)
	minor.Date = "2015-05-04"
	outdated := act(civilstatus.Birth, 1987, mention("MARIAGE", "2 mai 2026", "2026-05-04"))
	outdated.Outdated = true
	for name, c := range map[string]struct {
		article string
		act     *civilstatus.Act
		quality copies.Quality
		kind    copies.Kind
		change  func(*copies.Case)
		want    copies.Verdict
	}{
		"extract without filiation, anyone":                   {"art. 33", birth, copies.Third, copies.Plain, nil, copies.Give},
		"full copy of a death, anyone, without paper":         {"art. 33", act(civilstatus.Death, 2020), copies.Third, copies.Full, func(c *copies.Case) { c.Asked.Paper = "" }, copies.Give},
		"full copy of a birth, a third party":                 {"art. 27", birth, copies.Third, copies.Full, nil, copies.Deny},
		"with filiation, a third party":                       {"art. 27", birth, copies.Third, copies.Filiation, nil, copies.Deny},
		"full copy, the person":                               {"art. 27", birth, copies.Self, copies.Full, nil, copies.Give},
		"full copy, the person without paper":                 {"art. 27", birth, copies.Self, copies.Full, func(c *copies.Case) { c.Asked.Paper = " " }, copies.Deny},
		"full copy, the person, a minor":                      {"art. 27", minor, copies.Self, copies.Full, nil, copies.Deny},
		"full copy, the person, emancipated":                  {"art. 27", minor, copies.Self, copies.Full, func(c *copies.Case) { c.Asked.Emancipated = true }, copies.Give},
		"full copy, an ascendant":                             {"art. 27", birth, copies.Ascendant, copies.Full, nil, copies.Give},
		"full copy, a descendant":                             {"art. 27", birth, copies.Descendant, copies.Filiation, nil, copies.Give},
		"full copy of a marriage, a spouse":                   {"art. 27", act(civilstatus.Marriage, 2000), copies.Spouse, copies.Full, nil, copies.Give},
		"full copy, the partner of a PACS":                    {"art. 27", birth, copies.Partner, copies.Full, nil, copies.Ask},
		"full copy, a lawyer without mission":                 {"art. 27", birth, copies.Lawyer, copies.Full, func(c *copies.Case) { c.Asked.Basis = "" }, copies.Deny},
		"full copy, a notary for a succession, no paper":      {"art. 27", birth, copies.Lawyer, copies.Full, func(c *copies.Case) { c.Asked.Paper = "" }, copies.Give},
		"full copy, an administration":                        {"art. 27", birth, copies.Administration, copies.Full, nil, copies.Ask},
		"a register closed 75 years ago, a third party":       {"L213-2", old, copies.Third, copies.Full, nil, copies.Inform},
		"75 years to the day of the closing is not past it":   {"art. 27", act(civilstatus.Birth, 1951), copies.Third, copies.Full, nil, copies.Deny},
		"an old register, a descendant":                       {"art. 27", old, copies.Descendant, copies.Full, nil, copies.Give},
		"dead for more than 25 years":                         {"L213-2", act(civilstatus.Birth, 1987, mention("DECES", "24 novembre 2001", "2001-11-26")), copies.Third, copies.Full, nil, copies.Inform},
		"dead for more than 25 years, as the margin told":     {"L213-2", act(civilstatus.Birth, 1987, stood("DECES", "24 novembre 2001")), copies.Third, copies.Full, nil, copies.Inform},
		"dead for 25 years less a day":                        {"art. 27", act(civilstatus.Birth, 1987, mention("DECES", "26 novembre 2001", "2001-11-28")), copies.Third, copies.Full, nil, copies.Deny},
		"dead, on a day that cannot be read":                  {"L213-2", act(civilstatus.Birth, 1987, mention("DECES", "vers la Toussaint", "2001-11-28")), copies.Third, copies.Full, nil, copies.Ask},
		"adoption plénière":                                   {"art. 354", act(civilstatus.Birth, 1987, mention("ADOPTION-PLENIERE", "", "1990-01-02")), copies.Self, copies.Full, nil, copies.Deny},
		"adoption plénière, prepared, even without filiation": {"art. 354", act(civilstatus.Birth, 1987, mention("ADOPTION-PLENIERE", "", "")), copies.Third, copies.Plain, nil, copies.Deny},
		"annulled": {"art. 99", act(civilstatus.Birth, 1987, mention("ANNULATION", "", "1990-01-02")), copies.Self, copies.Full, nil, copies.Deny},
		"an extract where a mention was rectified": {"art. 33", act(civilstatus.Birth, 1987, corrected("MARIAGE")), copies.Third, copies.Plain, nil, copies.Ask},
		"an extract where a mention was withdrawn": {"art. 33", act(civilstatus.Birth, 1987, withdrawn("MARIAGE")), copies.Third, copies.Plain, nil, copies.Give},
		"an extract while a mention waits":         {"art. 49", act(civilstatus.Birth, 1987, mention("MARIAGE", "", "")), copies.Third, copies.Plain, nil, copies.Deny},
		"a full copy while a mention waits":        {"art. 27", act(civilstatus.Birth, 1987, mention("MARIAGE", "", "")), copies.Self, copies.Full, nil, copies.Give},
		"a full copy by an outdated image":         {"art. 27", outdated, copies.Self, copies.Full, nil, copies.Ask},
		"an extract by an outdated image":          {"art. 33", outdated, copies.Third, copies.Plain, nil, copies.Give},
		"a name changed, not brought up to date":   {"art. 27", act(civilstatus.Birth, 1987, mention("NOM-DECRET", "", "2020-01-02")), copies.Third, copies.Plain, nil, copies.Deny},
		"a name changed, brought up to date": {"art. 33", act(civilstatus.Birth, 1987, mention("NOM-DECRET", "", "2020-01-02")), copies.Third, copies.Plain, func(c *copies.Case) {
			c.Details = copies.Details{"lieu": "Dax", "nom": "Modèle", "prenoms": "Camille"}
		}, copies.Give},
		"a mention of which nothing is known": {"art. 33", act(civilstatus.Birth, 1987, mention("INCONNUE", "", "2020-01-02")), copies.Third, copies.Plain, nil, copies.Ask},
		"an extract without its place":        {"art. 27", birth, copies.Third, copies.Plain, func(c *copies.Case) { c.Details = nil }, copies.Deny},
		"with filiation, parents not read":    {"art. 27", birth, copies.Self, copies.Filiation, func(c *copies.Case) { c.Details = copies.Details{"lieu": "Dax"} }, copies.Deny},
		"an extract of a recognition":         {"art. 27", act(civilstatus.Recognition, 1987), copies.Self, copies.Plain, nil, copies.Deny},
		"a recognition, an ascendant":         {"art. 27", act(civilstatus.Recognition, 1987), copies.Ascendant, copies.Full, nil, copies.Ask},
		"multilingual, a third party":         {"art. 27", birth, copies.Third, copies.Multilingual, nil, copies.Deny},
		"multilingual, the person":            {"CIEC", birth, copies.Self, copies.Multilingual, nil, copies.Give},
	} {
		k := copies.Case{Act: c.act, Today: today, Effects: effects(t), Details: copies.Details{"lieu": "Dax", "parent1": "Anne", "parents1": "p", "parents2": "q", "epoux1": "x", "epoux2": "y", "ne1": "z", "ne2": "t"},
			Asked: copies.Asked{Kind: c.kind, Quality: c.quality, Paper: "carte d’identité", Basis: "succession", Parents: true}}
		if c.change != nil {
			c.change(&k)
		}
		got := copies.Assess(k)
		if got.Verdict != c.want || !strings.Contains(got.Article, c.article) || got.Why == "" || (got.Verdict == copies.Deny) != (got.Refusal != nil) {
			t.Errorf("%s: %q, %q (%s), wanted %q by %s", name, got.Verdict, got.Article, got.Why, c.want, c.article)
		}
	}
}

type hall struct {
	j    *journal.Journal
	acts *civilstatus.Registry
	w    *copies.Window
	now  time.Time
	who  string // the mayor
}

func open(t *testing.T) *hall {
	t.Helper()
	h := &hall{now: time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)}
	h.j = journaltest.Open(t, "mairie", func() time.Time { return h.now }, rand.Reader, authority.Projections(), civilstatus.Projections(), copies.Projections())
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	h.acts = civilstatus.New(h.j, c)
	h.w = copies.New(h.j, h.acts, effects(t))
	mayor := authority.NewMayor("Mme", "Maïté", "Fictive")
	mayor.Since = "2020-01-01"
	a := authority.NewCommune(journaltest.Authority, "Commune de Saint-Airial-des-Pins", "Saint-Airial-des-Pins", "40999", 900)
	if h.who, err = authority.New(h.j).Found(t.Context(), a, mayor); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *hall) birth(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 42, 59))); err != nil {
		t.Fatal(err)
	}
	id, err := h.acts.Import(t.Context(), h.who, *act(civilstatus.Birth, 1987), []civilstatus.Page{{Name: "1.png", Content: b.Bytes()}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func scans(context.Context, *civilstatus.Act) ([][]byte, error) {
	m := image.NewGray(image.Rect(0, 0, 420, 594))
	for i := range m.Pix {
		m.Pix[i] = 0xee
	}
	for y := 60; y < 560; y += 24 {
		for x := 40; x < 380; x++ {
			m.Pix[y*420+x] = 0x30
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, nil)
	return [][]byte{b.Bytes()}, err
}

func (h *hall) asked(id string, k copies.Kind, q copies.Quality) copies.Asked {
	return copies.Asked{Act: id, Kind: k, Number: 1, Channel: copies.Counter, Name: "Jean Modèle", Address: "2, rue Imaginaire\n40999 Saint-Airial-des-Pins", Quality: q, Paper: "carte d’identité", Parents: true, On: authority.DayOf(h.now)}
}

func wantRefusal(t *testing.T, err error, words string) {
	t.Helper()
	if r := rule.Find(err); r == nil || !strings.Contains(r.Error(), words) {
		t.Errorf("%v, wanted a refusal with %q", err, words)
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// A request is received, granted, printed; its personal data goes after a year and the figures stay.
func TestFromTheRequestToItsErasure(t *testing.T) {
	h, ctx := open(t), t.Context()
	birth := h.birth(t)
	reader := pageimage.New(ctx, filepath.Join(os.TempDir(), "airial-pdfium-test"), rand.Reader)
	t.Cleanup(func() {
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	})
	read := func(pdf []byte) string {
		d := must[*pageimage.Document](t)(reader.Open(ctx, "copie", pdf))
		text := ""
		for i := range d.Pages() {
			text += must[string](t)(d.Text(ctx, i))
		}
		return strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(text)
	}
	id := must[string](t)(h.w.Receive(ctx, h.who, h.asked(birth, copies.Filiation, copies.Self)))
	wantRefusal(t, h.w.Grant(ctx, h.who, id, copies.Filiation, h.who, ""), "Lieu de naissance")
	if err := h.w.Describe(ctx, h.who, birth, copies.Details{"lieu": "Dax", "heure": "six heures", "parent1": "Anne Exemple", "nothing": "x"}); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, h.w.Grant(ctx, h.who, id, copies.Filiation, "nobody", ""), "officier")
	if _, err := h.w.Print(ctx, id, scans); rule.Find(err) == nil {
		t.Error("printed before it is granted", err)
	}
	if err := h.w.Grant(ctx, h.who, id, copies.Filiation, h.who, ""); err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, h.w.Refuse(ctx, h.who, id, h.who, "motif"), "déjà reçu une réponse")
	text := read(must2(t, h.w.Print, id))
	for _, words := range []string{"Extrait d’acte de naissance avec indication de la filiation", "Fille de", "Anne Exemple", "2 mars 1987", "Dax", "Aucune mention à reproduire.", "Mme Maïté FICTIVE"} {
		if !strings.Contains(text, words) {
			t.Errorf("the extract lacks %q:\n%s", words, text)
		}
	}
	full := must[string](t)(h.w.Receive(ctx, h.who, h.asked(birth, copies.Full, copies.Third)))
	wantRefusal(t, h.w.Grant(ctx, h.who, full, copies.Full, h.who, "il insiste"), "réservés")
	if err := h.w.Refuse(ctx, h.who, full, h.who, ""); err != nil {
		t.Fatal(err)
	}
	d, err := h.w.Letter(ctx, full)
	if err != nil {
		t.Fatal(err)
	}
	letter := read(d.PDF)
	for _, words := range []string{"Jean Modèle", "réservés", "président du tribunal judiciaire", "sans indication de la filiation"} {
		if !strings.Contains(strings.Join(strings.Fields(letter), " "), words) {
			t.Errorf("the letter lacks %q:\n%s", words, letter)
		}
	}
	if strings.Contains(letter, "Camille") || strings.Contains(letter, "1987") {
		t.Errorf("the letter tells of the act:\n%s", letter)
	}
	partner := must[string](t)(h.w.Receive(ctx, h.who, h.asked(birth, copies.Full, copies.Partner)))
	wantRefusal(t, h.w.Grant(ctx, h.who, partner, copies.Full, h.who, " "), "notez votre motif")
	if err := h.w.Grant(ctx, h.who, partner, copies.Full, h.who, "Article lu le 25 novembre."); err != nil {
		t.Fatal(err)
	}
	if pdf := must2(t, h.w.Print, partner); !bytes.Contains(pdf, []byte("/DCTDecode")) {
		t.Error("the full copy has no image")
	}
	// A mention comes between the decision and the printing.
	if _, err := h.acts.Record(ctx, h.who, birth, "MARIAGE", map[string]string{"lieu": "Dax", "date": "2 mai 2026", "conjoint_prenoms": "Paul", "conjoint_nom": "MODÈLE"}, "avis", "2026-11-25"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.w.Print(ctx, id, scans); rule.Find(err) == nil {
		t.Error("an extract that lies was printed")
	}

	h.now = h.now.AddDate(1, 0, -1)
	if n, err := h.w.Erase(ctx, h.who); n != 0 || err != nil {
		t.Fatalf("a day early: %d, %v", n, err)
	}
	h.now = h.now.AddDate(0, 0, 1)
	if n, err := h.w.Erase(ctx, h.who); n != 3 || err != nil {
		t.Fatalf("after a year: %d, %v", n, err)
	}
	r := must[*copies.Request](t)(h.w.Request(ctx, id))
	if !r.Erased || r.Name != "" || r.Act != "" || r.Reason != "" || r.State != copies.Granted {
		t.Errorf("left of a request: %+v", r)
	}
	if all := must[[]copies.Request](t)(h.w.List(ctx, 10)); len(all) != 0 {
		t.Errorf("still listed: %+v", all)
	}
	want := []copies.Count{{Year: 2026, Received: 3, Granted: 2, Refused: 1, Erased: 3}}
	if got := must[[]copies.Count](t)(h.w.Counts(ctx)); !slices.Equal(got, want) {
		t.Errorf("figures %+v", got)
	}
	wantRefusal(t, h.w.Refuse(ctx, h.who, id, h.who, "x"), "effacée")
}

// A letter never tells what made the act void.
func TestTheLetterOfAVoidAct(t *testing.T) {
	h, ctx := open(t), t.Context()
	birth := h.birth(t)
	m, err := h.acts.Record(ctx, h.who, birth, "ADOPTION-PLENIERE", nil, "procureur", "2026-11-25")
	if err != nil {
		t.Fatal(m, err)
	}
	id := must[string](t)(h.w.Receive(ctx, h.who, h.asked(birth, copies.Full, copies.Ascendant)))
	if err := h.w.Refuse(ctx, h.who, id, h.who, ""); err != nil {
		t.Fatal(err)
	}
	r := must[*copies.Request](t)(h.w.Request(ctx, id))
	if strings.Contains(r.Reason+r.Article, "doption") || strings.Contains(r.Article, "354") || !strings.Contains(r.Reason, "procureur") {
		t.Errorf("%q, %q", r.Reason, r.Article)
	}
}

func must2(t *testing.T, print func(context.Context, string, copies.Scanner) (typeset.Document, error), id string) []byte {
	t.Helper()
	d, err := print(t.Context(), id, scans)
	if err != nil {
		t.Fatal(err)
	}
	return d.PDF
}

func TestRequestsThatAreNone(t *testing.T) {
	h := open(t)
	birth := h.birth(t)
	for words, change := range map[string]func(*copies.Asked){
		"nom de la personne": func(a *copies.Asked) { a.Name = " " },
		"Aucun acte":         func(a *copies.Asked) { a.Act = "" },
		"exemplaires":        func(a *copies.Asked) { a.Number = 0 },
		"qualité":            func(a *copies.Asked) { a.Quality = "friend" },
		"trop long":          func(a *copies.Asked) { a.Name = strings.Repeat("x", 301) },
		"forme d’extrait":    func(a *copies.Asked) { a.Kind = "photo" },
	} {
		a := h.asked(birth, copies.Full, copies.Self)
		change(&a)
		_, err := h.w.Receive(t.Context(), h.who, a)
		wantRefusal(t, err, words)
	}
	if _, err := h.w.Request(t.Context(), "none"); err == nil || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
