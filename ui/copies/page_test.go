package copies

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/png"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// hall is a commune on a real journal, and a host that does at once what is asked of it, but what waits for deliver.
type hall struct {
	*shelltest.Host
	Office
	t    *testing.T
	acts *civilstatus.Registry
	box  *copies.Window
	late bool
	wait []func()
}

func (h *hall) Person(context.Context) (string, error)               { return "maire", nil }
func (h *hall) Acts() *civilstatus.Registry                          { return h.acts }
func (h *hall) Copies() *copies.Window                               { return h.box }
func (h *hall) Officers(context.Context) ([]authority.Person, error) { return officers, nil }
func (h *hall) PrintCopy(context.Context, string) ([]byte, error)    { return nil, nil }
func (h *hall) Pictures(context.Context, *civilstatus.Act) (widgets.Pages, error) {
	return blank{}, nil
}
func (h *hall) Open(context.Context, []byte) (widgets.Pages, error) { return blank{}, nil }

func (h *hall) Load(_ string, query func(context.Context) (any, error), apply func(any)) {
	v, err := query(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	h.come(func() { apply(v) })
}

func (h *hall) Run(a shell.Action) {
	if err := a.Run(h.t.Context(), func(int, int, string) {}); err != nil {
		h.t.Fatal(err)
	}
	h.come(a.Done)
}

func (h *hall) come(f func()) {
	if h.late {
		h.wait = append(h.wait, f)
		return
	}
	f()
}

func (h *hall) deliver() {
	for len(h.wait) > 0 {
		f := h.wait[0]
		h.wait = h.wait[1:]
		f()
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

var officers = []authority.Person{
	{ID: "maire", Civility: "Mme", FirstName: "Maïté", LastName: "Fictive", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}},
	{ID: "adjoint", Civility: "M.", FirstName: "Jean", LastName: "Essai", Title: "Adjoint au maire", Roles: []authority.Role{authority.RoleMayor}},
}

// shown is the page of a commune where somebody asks for the copy of an act.
func shown(t *testing.T) (p *page, h *hall, act string) {
	ctx := t.Context()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	c, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	effects, err := copies.ReadEffects()
	if err != nil {
		t.Fatal(err)
	}
	j := journaltest.Open(t, "mairie", time.Now, rand.Reader, authority.Projections(), civilstatus.Projections(), copies.Projections())
	h = &hall{Host: shelltest.New(t, time.Now), t: t, acts: civilstatus.New(j, c)}
	h.box = copies.New(j, h.acts, effects)
	people := authority.New(j)
	if err := people.Describe(ctx, "i", authority.Authority{ID: journaltest.Authority, Name: "Commune d’Essai", Place: "Essai"}); err != nil {
		t.Fatal(err)
	}
	for _, o := range officers {
		if _, err := people.Put(ctx, "i", o); err != nil {
			t.Fatal(err)
		}
	}
	var scan bytes.Buffer
	if err := png.Encode(&scan, image.NewGray(image.Rect(0, 0, 20, 30))); err != nil {
		t.Fatal(err)
	}
	if act, err = h.acts.Import(ctx, "maire", civilstatus.Act{Kind: civilstatus.Birth, Year: 1988, Number: "14", Date: "1988-02-12", LastName: "Prototype", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: "Essai"},
		[]civilstatus.Page{{Name: "acte.png", Content: scan.Bytes()}}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.box.Receive(ctx, "maire", copies.Asked{Act: act, Kind: copies.Full, Number: 1, Channel: copies.Mail, Name: "Demandeur fictif", Address: "1 rue de l’Essai", Quality: copies.Self,
		Paper: "carte d’identité", Parents: true, On: authority.DayOf(time.Now())}); err != nil {
		t.Fatal(err)
	}
	p = newPage(h, h)
	w := test.NewWindow(p.Content())
	t.Cleanup(w.Close)
	w.Resize(fyne.NewSize(1166, 700))
	p.Show(shell.Route{Page: Name})
	return p, h, act
}

// What an officer begins to write stays while nothing changes; when the act does, it stands beside what the law says now.
func TestTheReasonOfADecisionStays(t *testing.T) {
	p, h, act := shown(t)
	reason := p.reason
	if reason == nil {
		t.Fatal("nothing to decide")
	}
	widgets.Focus(p.middle, reason)
	reason.SetText("urgence médicale")
	p.load()
	if p.reason != reason {
		t.Fatal("the same request was shown anew")
	}
	if _, err := h.acts.Prepare(t.Context(), "maire", act, civilstatus.Draft{Code: "DECES", Fields: map[string]string{"lieu": "Dax", "date": "01/02/2026"}, Source: "Mairie de Dax", Received: authority.DayOf(time.Now())}); err != nil {
		t.Fatal(err)
	}
	p.load()
	if p.reason == reason || p.reason.Text != "urgence médicale" {
		t.Fatalf("the reason is %q", p.reason.Text)
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(p.middle); c.Focused() != p.reason {
		t.Error("the keyboard writes nowhere")
	}
}

// A request that is being written is not closed by the end of a former deed, nor by a request that comes late.
func TestARequestBeingWrittenStays(t *testing.T) {
	p, h, _ := shown(t)
	h.late = true
	p.writeDetails(*p.matter)
	p.claim(false)
	done := p.unless(p.leave)
	p.load()
	p.ask()
	form := p.middle.Objects
	h.deliver()
	done()
	h.deliver()
	if len(p.middle.Objects) != len(form) || p.middle.Objects[0] != form[0] || !p.claimed.Writing() {
		t.Error("the form is gone")
	}
}
