package civilstatus

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// hall is a commune on a real journal, and a host that does at once what is asked of it.
type hall struct {
	*shelltest.Host
	Office
	t      *testing.T
	acts   *civilstatus.Registry
	desk   *comedec.Desk
	answer string // to what is asked
	picked []string
	told   string
	late   bool // what is loaded and done waits for [hall.deliver]
	slots  map[string]*waiting
	queue  []*waiting
}

// waiting is a load, or a deed, whose outcome has not come.
type waiting struct{ come func() }

func (h *hall) MailNotice(ctx context.Context, person, act, mention string, o civilstatus.Outgoing) error {
	o.MessageID = "1@mairie.example"
	_, err := h.acts.Send(ctx, person, act, mention, o)
	return err
}
func (h *hall) LetterFate(context.Context, string) (mailbox.Fate, error) {
	return mailbox.Fate{State: mailbox.Gone, Reports: []mailbox.Report{{Kind: mailbox.Failed, Words: "550 boite inconnue"}}}, nil
}
func (h *hall) Person(context.Context) (string, error)               { return "maire", nil }
func (h *hall) Acts() *civilstatus.Registry                          { return h.acts }
func (h *hall) Toast(_ shell.Meaning, text string, _ func())         { h.told = text }
func (h *hall) Ask(_ shell.Question, answer func(string))            { answer(h.answer) }
func (h *hall) Officers(context.Context) ([]authority.Person, error) { return officers, nil }
func (h *hall) Pictures(context.Context, *civilstatus.Act) (widgets.Pages, error) {
	return blank{}, nil
}

func (h *hall) Verifications() *comedec.Desk                           { return h.desk }
func (h *hall) Scans(context.Context, []string) (widgets.Pages, error) { return blank{}, nil }

func (h *hall) OfferedFormulas(context.Context) (*civilstatus.Offer, error) { return nil, nil }

func (h *hall) Load(slot string, query func(context.Context) (any, error), apply func(any)) {
	if former := h.slots[slot]; former != nil {
		former.come = func() {} // as the shell does
	}
	v, err := query(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	if h.slots == nil {
		h.slots = map[string]*waiting{}
	}
	h.slots[slot] = h.wait(func() { apply(v) })
}

func (h *hall) Run(a shell.Action) {
	if err := a.Run(h.t.Context(), func(int, int, string) {}); err != nil {
		h.t.Fatal(err)
	}
	h.wait(a.Done)
}

func (h *hall) PickFiles(_ shell.Files, picked func([]string)) { picked(h.picked) }

func (h *hall) wait(come func()) *waiting {
	w := &waiting{come}
	if h.late {
		h.queue = append(h.queue, w)
	} else {
		come()
	}
	return w
}

// deliver brings the first n that wait, and those that they ask for when n is negative.
func (h *hall) deliver(n int) {
	for ; n != 0 && len(h.queue) > 0; n-- {
		w := h.queue[0]
		h.queue = h.queue[1:]
		w.come()
	}
}

// Schedule is for the drawing of pages alone, which comes from other goroutines: none is drawn here.
func (h *hall) Schedule(func()) {}

// blank is a white page.
type blank struct{}

func (blank) Pages() int { return 1 }
func (blank) Render(context.Context, int, int) (image.Image, error) {
	return image.NewGray(image.Rect(0, 0, 210, 297)), nil
}

var officers = []authority.Person{{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}}}

func shown(t *testing.T) (*page, *hall) {
	ctx := t.Context()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), civilstatus.Projections(), comedec.Projections())
	h := &hall{Host: shelltest.New(t, time.Now), t: t, acts: civilstatus.New(j, c)}
	h.desk = comedec.New(j, h.acts, nil)
	people := authority.New(j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune d’Essai", Place: "Essai"}); err != nil {
		t.Fatal(err)
	}
	if _, err := people.Put(ctx, "i", officers[0]); err != nil {
		t.Fatal(err)
	}
	var scan bytes.Buffer
	if err := png.Encode(&scan, image.NewGray(image.Rect(0, 0, 20, 30))); err != nil {
		t.Fatal(err)
	}
	act := civilstatus.Act{Kind: civilstatus.Birth, Year: 1988, Number: "14", Date: "1988-02-12", LastName: "Prototype", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: "Essai"}
	if _, err := h.acts.Import(ctx, "maire", act, []civilstatus.Page{{Name: "acte.png", Content: scan.Bytes()}}); err != nil {
		t.Fatal(err)
	}
	today := authority.DayOf(time.Now())
	fields := map[string]string{"tribunal": "tribunal judiciaire de Dax", "date_jugement": "03/03/2026", "conjoint_prenoms": "Jeanne", "conjoint_nom": "MAQUETTE"}
	notices := []civilstatus.Incoming{
		{From: "Tribunal judiciaire de Dax", Reference: "26/101", Received: today.Plus(-9), Code: "DIVORCE-JUGEMENT", Fields: fields, LastName: "Prototype", FirstName: "Marc", Born: "1988-02-12", ActKind: civilstatus.Birth},
		{From: "Mairie de Dax", Reference: "26/102", Received: today.Plus(-1), Code: "DECES", LastName: "Lointain", FirstName: "Anne", ActKind: civilstatus.Birth},
		{From: "Mairie d’Amou", Reference: "26/103", Received: today, Code: "DECES", LastName: "Introuvable", FirstName: "Paul", ActKind: civilstatus.Birth},
	}
	if _, _, err := h.acts.RegisterAll(ctx, "maire", notices); err != nil {
		t.Fatal(err)
	}
	p := newPage(h, h)
	w := test.NewWindow(p.Content())
	t.Cleanup(w.Close)
	w.Resize(fyne.NewSize(1166, 700))
	p.Show(shell.Route{Page: Name})
	return p, h
}

// find gives the button of a text, and all words that stand in an object.
func find(o fyne.CanvasObject, label string) (b *widgets.Button, entry *widgets.Entry, words string) {
	var all []string
	button := func(o *widgets.Button) {
		if all = append(all, o.Text); strings.HasPrefix(o.Text, label) && b == nil {
			b = o
		}
	}
	shelltest.Each(o, func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widgets.Button:
			button(o)
		case *widgets.Offer:
			button(&o.Button)
		case *widgets.Entry:
			if o.PlaceHolder == label && label != "" {
				entry = o
			}
		case *widgets.CaptionText:
			all = append(all, o.Text)
		case *widgets.Label:
			all = append(all, o.Text)
		}
	})
	return b, entry, strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(strings.Join(all, "\n"))
}

// What is opened in the side is read from its top, wherever the former stood.
func TestAFormIsReadFromItsTop(t *testing.T) {
	p, _ := shown(t)
	press(t, p, "Réglages, formules")
	p.scroll.Resize(fyne.NewSize(400, 200))
	p.scroll.ScrollTo(50)
	if p.scroll.Offset() == 0 {
		t.Fatal("nothing to scroll")
	}
	press(t, p, "Tables, échanges")
	if at := p.scroll.Offset(); at != 0 {
		t.Errorf("read from %v", at)
	}
}

// On a low window the buttons give the list room; on a high one all of them are seen.
func TestTheListKeepsRoom(t *testing.T) {
	p, _ := shown(t)
	for _, c := range []struct {
		height, list float32
	}{{700, 300}, {420, 160}, {360, 90}} {
		p.left.Resize(fyne.NewSize(320, c.height))
		list, foot := p.left.Objects[1], p.left.Objects[2]
		if bottom := foot.Position().Y + foot.Size().Height; list.Size().Height < c.list || bottom > c.height+1 || foot.Size().Height < leastFoot {
			t.Errorf("%v: a list of %v, buttons of %v to %v", c.height, list.Size().Height, foot.Size().Height, bottom)
		}
	}
	if foot := p.left.Objects[2]; foot.Size().Height != leastFoot {
		t.Errorf("buttons of %v", foot.Size().Height)
	}
}

// A mention that the margin bears already is copied from the image, and the divorce of it is held no more.
func TestAMentionAlreadyInTheMargin(t *testing.T) {
	p, h := shown(t)
	press(t, p, "Mention déjà en marge…")
	see(t, p, "Elle se lit sur l’image")
	_, e, _ := find(p.root, "À la lettre, dates en lettres comprises")
	e.SetText("Marié à Dax le six juin deux mil quinze avec Jeanne MAQUETTE.")
	_, on, _ := find(p.root, "jj/mm/aaaa") // the last: when it was affixed
	on.SetText("31/02/2015")
	press(t, p, "Garder la mention")
	see(t, p, "Texte lu en marge") // that day is none
	on.SetText("10/06/2015")
	press(t, p, "Garder la mention")
	see(t, p, "Apposée le 10 juin 2015.")
	see(t, p, "Mariage — lue sur l’image de l’acte.")
	if b, _, _ := find(p.root, "Apposée…"); b != nil {
		t.Error("what stands is to be affixed")
	}
	press(t, p, "Avis reçus (3)")
	press(t, p, "C’est cet acte")
	if _, _, words := find(p.root, ""); strings.Contains(words, "un divorce suppose un mariage") || !strings.Contains(words, "Divorcé de Jeanne MAQUETTE.") {
		t.Errorf("%s", words)
	}
	press(t, p, "Tous les actes")
	h.answer = "lue sur l’acte voisin"
	press(t, p, "Retirer…")
	see(t, p, "Motif du retrait : lue sur l’acte voisin")
}

// Three notices are worked off: one to the receipt of its own notice, in spite of a rule; one sent on; one held.
func TestNoticesAreWorkedOff(t *testing.T) {
	p, h := shown(t)
	press := func(label string) {
		t.Helper()
		b, _, words := find(p.root, label)
		if b == nil {
			t.Fatalf("no button «%s» in:\n%s", label, words)
		}
		b.OnTapped()
	}
	see := func(text string) {
		t.Helper()
		if _, _, words := find(p.root, ""); !strings.Contains(words, text) {
			t.Fatalf("«%s» is not in:\n%s", text, words)
		}
	}
	write := func(placeholder, text string) {
		t.Helper()
		_, e, words := find(p.root, placeholder)
		if e == nil {
			t.Fatalf("no field «%s» in:\n%s", placeholder, words)
		}
		e.SetText(text)
	}
	press("Avis reçus (3)")
	see("mêmes prénoms")
	see("PROTOTYPE Marc — Acte de naissance n° 14 de 1988")
	press("C’est cet acte")
	see("Divorcé de Jeanne MAQUETTE.")
	see("un divorce suppose un mariage")
	write("Conservé avec la mention", "mariage antérieur vérifié au registre")
	press("Enregistrer, à apposer")
	see("LOINTAIN Anne")
	press("Transmettre…")
	write("Une ligne par ligne d’adresse", "Mairie d’Amou")
	press("Noter comme transmis")
	h.answer = "acte introuvable"
	press("Retenir…")
	see("Retenu : acte introuvable")
	press("À apposer (1)")
	see("mariage antérieur vérifié au registre")
	press("Apposée…")
	for _, o := range p.side.Objects {
		if radio, ok := o.(*widget.RadioGroup); ok {
			radio.SetSelected(radio.Options[0])
		}
	}
	press("Noter comme apposée")
	press("Avis à envoyer (1)")
	press("Avis de mention")
	see("Envoyer un avis de mention")
	for _, o := range p.side.Objects {
		if radio, ok := o.(*widget.RadioGroup); ok {
			radio.SetSelected(radio.Options[1])
		}
	}
	write("Une ligne par ligne d’adresse", "Mairie de Dax")
	write("etat-civil@exemple.fr", "etat-civil@dax.example")
	press("Envoyer par courriel")
	press("Récépissés (1)")
	see("Le courriel à etat-civil@dax.example n’est pas arrivé : « 550 boite inconnue ».")
	press("Récépissé reçu")
	lines, err := h.acts.Queue(t.Context())
	if err != nil || len(lines) != 1 || lines[0].Incoming == nil || lines[0].Incoming.State != civilstatus.HeldBack {
		t.Errorf("%+v, %v", lines, err)
	}
	press("Réglages, formules")
	see("Catalogue des formules")
	press("Avis reçu…")
}

// What was asked for last is shown, in whatever order it comes, and what is typed into it stays: an act that comes late, a
// change elsewhere, the end of a former deed close no form.
func TestWhatIsTypedStays(t *testing.T) {
	for _, form := range []struct{ button, placeholder string }{
		{"Avis reçu…", "Mairie de…, tribunal judiciaire de…"}, {"Réglages, formules", "30"}, {"Tables, échanges", "Année"}, {"Table d’indexation", "SANS NOM si l’acte n’en porte pas"}, {"Ajouter un acte", "jj/mm/aaaa"},
	} {
		t.Run(form.button, func(t *testing.T) {
			p, h := shown(t)
			h.picked = []string{"acte.png"}
			indexed(t, h, 1)
			h.late = true
			p.load() // the acts, then the one that the list stands on
			h.deliver(2)
			p.run("index", func(context.Context, string) error { return nil })
			before := len(h.queue) // the act and the end of a deed are on their way
			if before < 2 {
				t.Fatal("nothing is late")
			}
			press(t, p, form.button)
			h.queue = append(h.queue[before:], h.queue[:before]...) // and come after the form
			h.deliver(-1)
			_, e, words := find(p.root, form.placeholder)
			if e == nil {
				t.Fatalf("no field «%s» in:\n%s", form.placeholder, words)
			}
			e.SetText("tapé")
			p.load()
			h.deliver(-1)
			if _, now, words := find(p.root, form.placeholder); now != e || now.Text != "tapé" {
				t.Errorf("what was typed is gone:\n%s", words)
			}
		})
	}
}

// A notary of a former notice is proposed, with the town and the number of the office; other words stay possible.
func TestTheFormProposesWhatWasWrittenBefore(t *testing.T) {
	p, h := shown(t)
	notice := civilstatus.Incoming{From: "Étude fictive", Received: authority.DayOf(time.Now()), Code: "DIVORCE-CONVENTION", LastName: "Modele", Fields: map[string]string{"notaire": "Jeanne MAQUETTE", "residence": "Saint-Sever", "crpcen": "40999"}}
	if _, err := h.acts.Register(t.Context(), "maire", notice, nil); err != nil {
		t.Fatal(err)
	}
	a, err := h.acts.Act(t.Context(), p.arg)
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.acts.Formulas(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w := &draftForm{page: p, act: a, formulas: all.On(a.Kind), d: civilstatus.Draft{Code: "DIVORCE-CONVENTION", Fields: map[string]string{"conjoint_prenoms": "Anne", "conjoint_nom": "MODÈLE", "date_depot": "03/03/2026"}}}
	for i, f := range w.formulas {
		if f.Code == w.d.Code {
			w.at = i
		}
	}
	w.show()
	w.entries["notaire"].SetText("maq")
	press(t, p, "Jeanne MAQUETTE")
	if d := w.d.Fields; d["notaire"] != "Jeanne MAQUETTE" || d["residence"] != "Saint-Sever" || d["crpcen"] != "40999" {
		t.Errorf("%+v", d)
	}
	w.entries["residence"].SetText("Ailleurs")
	see(t, p, "notaire à Ailleurs, office notarial n° 40999")
}

// A form that had not come when the page was left does not hold the page.
func TestAFormThatDidNotComeHoldsNothing(t *testing.T) {
	p, h := shown(t)
	h.late = true
	press(t, p, "Avis reçu…")
	h.queue, h.late = nil, false // the page is left
	p.Show(shell.Route{Page: Name})
	see(t, p, "PROTOTYPE Marc")
	if p.claimed.Writing() {
		t.Error("the page believes that something is written")
	}
}

// A day that is not one is told, and nothing is kept without it.
func TestAWrongDayIsNotDropped(t *testing.T) {
	p, h := shown(t)
	before, _ := h.acts.Queue(t.Context())
	press(t, p, "Avis reçu…")
	_, from, _ := find(p.root, h.Text("civilstatus.incoming.from.hint"))
	from.SetText("Mairie de Dax")
	_, born, _ := find(p.root, h.Text("civilstatus.index.date.hint"))
	born.SetText("31/02/1970")
	press(t, p, "Enregistrer l’avis")
	if now, _ := h.acts.Queue(t.Context()); len(now) != len(before) || !strings.Contains(h.told, "n’est pas un jour du calendrier") {
		t.Errorf("%d notices, %d before; %q", len(now), len(before), h.told)
	}
}
