package comedec_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"image"
	"image/png"
	"reflect"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/comedec/comedectest"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/rule"
)

type hall struct {
	*testing.T
	j      *journal.Journal
	acts   *civilstatus.Registry
	copies *copies.Window
	desk   *comedec.Desk
	keys   comedec.Keys
	card   comedec.Card
}

func open(t *testing.T) hall {
	t.Helper()
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), civilstatus.Projections(), copies.Projections(), comedec.Projections())
	people := authority.New(j)
	must(t, people.Describe(t.Context(), "i", authority.Authority{ID: journaltest.Authority, Name: "Commune de Saint-Airial-des-Pins", Place: "Saint-Airial-des-Pins"}))
	for _, p := range []authority.Person{
		{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2020-03-20"},
		{ID: "secretaire", Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Roles: []authority.Role{authority.RoleSecretary}},
	} {
		_, err := people.Put(t.Context(), "i", p)
		must(t, err)
	}
	c, err := civilstatus.Standard()
	must(t, err)
	e, err := copies.ReadEffects()
	must(t, err)
	h := hall{T: t, j: j, acts: civilstatus.New(j, c)}
	h.copies = copies.New(j, h.acts, e)
	h.desk = comedec.New(j, h.acts, h.copies)
	town, err := comedectest.New(rand.Reader)
	must(t, err)
	h.keys = town.Keys
	h.card = h.keys.Card("Mairie de Saint-Airial-des-Pins", comedec.TownHall, "40999")
	return h
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (h hall) act(a civilstatus.Act) string {
	var scan bytes.Buffer
	must(h.T, png.Encode(&scan, image.NewGray(image.Rect(0, 0, 20, 30))))
	id, err := h.acts.Import(h.Context(), "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: append(scan.Bytes(), a.Number...)}})
	must(h.T, err)
	return id
}

var birth = civilstatus.Act{Kind: civilstatus.Birth, Year: 1994, Number: "7", Date: "1994-05-03", LastName: "d’Exemple", FirstName: "Camille Élise", Gender: civilstatus.Feminine, Commune: "Saint-Airial-des-Pins"}

func asks(id string) comedec.Request {
	return comedec.Request{ID: id, Act: civilstatus.Birth, LastName: "D'EXEMPLE", FirstNames: "CAMILLE", Day: "1994-05-03", Purpose: "succession"}
}

// A notary asks, the town hall answers from its index by the officer's word, and the notary reads.
func TestAVerification(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	notary, err := comedectest.New(rand.Reader)
	must(t, err)
	id := h.act(birth)
	must(t, h.copies.Describe(ctx, "secretaire", id, copies.Details{"lieu": "Saint-Airial-des-Pins", "parent1": "Luc d’EXEMPLE", "parent2": "Ève MODÈLE"}))
	raw, err := notary.Ask(asks("V1"), h.card, time.Now())
	must(t, err)
	if bytes.Contains(raw, []byte("EXEMPLE")) {
		t.Fatal("the request is in the clear")
	}
	if _, _, err := h.desk.Open(ctx, raw, h.keys); !errors.Is(err, comedec.ErrStranger) || rule.Find(err) == nil {
		t.Fatalf("a stranger's request: %v", err)
	}
	if err := h.desk.Know(ctx, "secretaire", notary.Card); rule.Find(err) == nil {
		t.Errorf("who may not administer adds a correspondent: %v", err)
	}
	must(t, h.desk.Know(ctx, "maire", notary.Card))
	r, from, err := h.desk.Open(ctx, raw, h.keys)
	if err != nil || from.ID() != notary.Card.ID() || r.ID != "V1" {
		t.Fatalf("%+v %+v %v", r, from, err)
	}
	x, err := h.desk.Examine(ctx, r, from)
	if err != nil || x.Answer.Outcome != comedec.Given || x.Act.ID != id || x.Ask {
		t.Fatalf("%+v %v", x, err)
	}
	if all, _ := h.copies.List(ctx, 10); len(all) != 0 {
		t.Error("examining wrote something")
	}
	if _, err := h.desk.Answer(ctx, "secretaire", "secretaire", "", r, from); rule.Find(err) == nil {
		t.Errorf("answered without an officer: %v", err)
	}
	a, err := h.desk.Answer(ctx, "secretaire", "maire", "", r, from)
	must(t, err)
	sealed, err := comedec.Seal(a, h.keys, from)
	must(t, err)
	got, err := notary.Read(sealed, h.card)
	must(t, err)
	text := ""
	for _, l := range got.Lines {
		text += l.Label + " " + l.Text + "\n"
	}
	if got.Outcome != comedec.Given || !strings.Contains(text, "Luc d’EXEMPLE") || !strings.HasPrefix(got.Draft, "PROJET") || got.Request != "V1" {
		t.Errorf("%+v", got)
	}
	if _, err := h.desk.Answer(ctx, "secretaire", "maire", "", r, from); rule.Find(err) == nil {
		t.Errorf("answered twice: %v", err)
	}
	before, _ := h.desk.Correspondents(ctx)
	must(t, h.j.Rebuild(ctx))
	if after, _ := h.desk.Correspondents(ctx); !reflect.DeepEqual(before, after) {
		t.Errorf("rebuilt: %+v", after)
	}
	must(t, h.desk.Remove(ctx, "maire", from.ID()))
	if _, _, err := h.desk.Open(ctx, raw, h.keys); !errors.Is(err, comedec.ErrStranger) {
		t.Errorf("a correspondent that was taken off: %v", err)
	}
}

// Code civil, art. 49: a mention that is prepared and not affixed withholds the answer, as it does an extract.
func TestWhatIsAnswered(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	notary, err := comedectest.New(rand.Reader)
	must(t, err)
	id := h.act(birth)
	must(t, h.copies.Describe(ctx, "secretaire", id, copies.Details{"lieu": "Ici", "parent1": "filiation non établie"}))
	other := birth
	other.Number, other.FirstName = "8", "Camille Rose"
	h.act(other)
	change := func(f func(*comedec.Request)) comedec.Request { r := asks("V"); f(&r); return r }
	titles := notary.Card
	titles.Office = comedec.Titles
	examine := func(r comedec.Request, from comedec.Card) comedec.Examined {
		t.Helper()
		x, err := h.desk.Examine(ctx, r, from)
		must(t, err)
		return x
	}
	exact := change(func(r *comedec.Request) { r.FirstNames = "Camille, Élise" })
	for name, c := range map[string]struct {
		r    comedec.Request
		from comedec.Card
		want comedec.Outcome
	}{
		"one first name of two acts": {asks("V"), notary.Card, comedec.Several},
		"all first names":            {exact, notary.Card, comedec.Given},
		"by the number":              {change(func(r *comedec.Request) { r.Day, r.Year, r.Number = "", 1994, "7" }), notary.Card, comedec.Given},
		"another day":                {change(func(r *comedec.Request) { r.Day = "1994-05-04" }), notary.Card, comedec.Unknown},
		"a name alike":               {change(func(r *comedec.Request) { r.LastName, r.FirstNames = "Dexample", "Élise" }), notary.Card, comedec.Unknown},
		"another kind":               {change(func(r *comedec.Request) { r.Act = civilstatus.Death }), notary.Card, comedec.Unknown},
	} {
		if x := examine(c.r, c.from); x.Answer.Outcome != c.want || c.want != comedec.Given && (x.Answer.Why == "" || len(x.Answer.Lines) > 0) {
			t.Errorf("%s: %+v", name, x.Answer)
		}
	}
	if x := examine(exact, titles); !x.Ask || len(x.Notes) == 0 {
		t.Errorf("an administration's text is to be read by the officer: %+v", x)
	}
	fields := map[string]string{"lieu": "Dax", "date": "12/09/2026", "conjoint_prenoms": "Jean", "conjoint_nom": "MODÈLE"}
	m, err := h.acts.Record(ctx, "secretaire", id, "MARIAGE", fields, "avis", "2026-09-14")
	must(t, err)
	x := examine(exact, notary.Card)
	if x.Answer.Outcome != comedec.Withheld || len(x.Answer.Lines) > 0 || strings.Contains(x.Answer.Why, "MARIAGE") || !strings.Contains(x.Notes[0], "Mariage") {
		t.Fatalf("a mention is not affixed: %+v", x)
	}
	a, err := h.desk.Answer(ctx, "secretaire", "maire", "", exact, notary.Card)
	if err != nil || a.Outcome != comedec.Withheld {
		t.Errorf("%+v %v", a, err)
	}
	if all, _ := h.copies.List(ctx, 10); len(all) != 1 || all[0].State != copies.Refused {
		t.Errorf("the register of requests: %+v", all)
	}
	must(t, h.acts.Affix(ctx, "secretaire", id, m, "maire", "2026-09-15"))
	if x := examine(exact, notary.Card); x.Answer.Outcome != comedec.Given || len(x.Answer.Mentions) != 1 {
		t.Errorf("affixed: %+v", x)
	}
	_, err = h.acts.Record(ctx, "secretaire", id, "ADOPTION-PLENIERE", nil, "parquet", "2026-09-20")
	must(t, err)
	if a, _ := h.acts.Act(ctx, id); len(a.Mentions) == 2 {
		must(t, h.acts.Affix(ctx, "secretaire", id, a.Mentions[1].ID, "maire", "2026-09-21"))
	}
	// Code civil, art. 354: what is answered does not tell of the adoption.
	if x := examine(exact, notary.Card); x.Answer.Outcome != comedec.Withheld || strings.Contains(strings.ToLower(x.Answer.Why+x.Answer.Article), "adoption") || strings.Contains(x.Answer.Article, "354") {
		t.Errorf("adoption: %+v", x.Answer)
	}
}

func TestMessagesThatAreNotRead(t *testing.T) {
	ctx := context.Background()
	h := open(t)
	notary, err := comedectest.New(rand.Reader)
	must(t, err)
	must(t, h.desk.Know(ctx, "maire", notary.Card))
	elsewhere, err := comedectest.New(rand.Reader)
	must(t, err)
	good, err := notary.Ask(asks("V"), h.card, time.Now())
	must(t, err)
	wrong, err := notary.Ask(asks("V"), elsewhere.Card, time.Now())
	must(t, err)
	// Somebody opens a request that was sealed to her, and seals it again to this town hall.
	var e struct{}
	_, err = comedec.Unseal(wrong, elsewhere.Keys, []comedec.Card{notary.Card}, &e)
	must(t, err)
	nobody := asks("V")
	nobody.Day = ""
	vague, err := notary.Ask(nobody, h.card, time.Now())
	must(t, err)
	changed := bytes.Clone(good)
	changed[len(changed)-1] ^= 1
	for name, c := range map[string]struct {
		raw  []byte
		want error
	}{
		"a page": {[]byte("<html></html>"), comedec.ErrNotMessage}, "nothing": {nil, comedec.ErrNotMessage}, "cut": {good[:len(good)/2], comedec.ErrNotMessage}, "changed": {changed, comedec.ErrNotMessage},
		"to another": {wrong, comedec.ErrNotForUs}, "too much": {make([]byte, comedec.MaxMessage+1), comedec.ErrNotMessage}, "a name alone": {vague, nil},
	} {
		if _, _, err := h.desk.Open(ctx, c.raw, h.keys); rule.Find(err) == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	card, err := notary.Card.Write()
	must(t, err)
	if c, err := comedec.ReadCard(card); err != nil || c.Fingerprint() != notary.Card.Fingerprint() || len(c.Fingerprint()) != 39 {
		t.Errorf("%q %v", c.Fingerprint(), err)
	}
	for _, bad := range []string{"", "{}", strings.Replace(string(card), "age1", "age2", 1), strings.Replace(string(card), comedec.Format, "autre", 1), strings.Replace(string(card), "notary", "pirate", 1)} {
		if _, err := comedec.ReadCard([]byte(bad)); !errors.Is(err, comedec.ErrCard) {
			t.Errorf("%.40q: %v", bad, err)
		}
	}
}

// A signature covers whom the message is sealed to.
func TestAMessageIsNotSealedAgain(t *testing.T) {
	h := open(t)
	notary, err := comedectest.New(rand.Reader)
	must(t, err)
	to, err := comedectest.New(rand.Reader)
	must(t, err)
	raw, err := notary.Ask(asks("V"), to.Card, time.Now())
	must(t, err)
	again, err := comedectest.Reseal(raw, to.Keys, h.card)
	must(t, err)
	must(t, h.desk.Know(t.Context(), "maire", notary.Card))
	if _, _, err := h.desk.Open(t.Context(), again, h.keys); !errors.Is(err, comedec.ErrSignature) {
		t.Errorf("%v", err)
	}
}

func FuzzReadCard(f *testing.F) {
	f.Add([]byte(`{"format":"airial-verification-projet-1","name":"x","office":"notary","key":"AAAA","recipient":"age1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := comedec.ReadCard(raw); err == nil && c.Fingerprint() == "" {
			t.Error("a card without a fingerprint")
		}
	})
}
