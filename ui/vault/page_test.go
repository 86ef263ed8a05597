package vault

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/journal/journaltest"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// hall is a vault on a real journal, and a host that does at once what is asked of it.
type hall struct {
	*shelltest.Host
	Office
	t      *testing.T
	now    time.Time
	v      *vault.Vault
	people *authority.Registry
	answer string   // to what is asked
	picked []string // files that are chosen
	asked  []string // titles of the questions
	toasts []string
	fault  error
	away   []string
	found  []vault.Payslip
	gave   []string // agents
}

func (h *hall) Person(context.Context) (string, error)       { return "eve", nil }
func (h *hall) Vault() *vault.Vault                          { return h.v }
func (h *hall) People() *authority.Registry                  { return h.people }
func (h *hall) Now() time.Time                               { return h.now }
func (h *hall) Toast(_ shell.Meaning, text string, _ func()) { h.toasts = append(h.toasts, text) }
func (h *hall) Working(string) (Working, bool)               { return Working{}, false }
func (h *hall) EditsOnline(string) bool                      { return false }
func (h *hall) VaultAway(context.Context) ([]string, error)  { return h.away, nil }
func (h *hall) PickFiles(_ shell.Files, take func([]string)) { take(h.picked) }
func (h *hall) VaultDocument(vault.Item, int) shell.Document { return shell.Document{} }
func (h *hall) SetVaultAway(_ context.Context, id string, away bool) error {
	h.away = slices.DeleteFunc(h.away, func(x string) bool { return x == id })
	if away {
		h.away = append(h.away, id)
	}
	return nil
}
func (h *hall) Ask(q shell.Question, answer func(string)) {
	h.asked = append(h.asked, q.Title)
	answer(h.answer)
}
func (h *hall) Run(a shell.Action) {
	if h.fault = a.Run(h.t.Context(), func(int, int, string) {}); h.fault == nil && a.Done != nil {
		a.Done()
	}
}
func (h *hall) OpenVault(ctx context.Context) error {
	if err := h.v.Hold(ctx, "eve"); err != nil {
		return err
	}
	_, err := h.v.PersonalSpace(ctx, "eve")
	return err
}
func (h *hall) AddToVault(ctx context.Context, space, folder string, paths []string, _ shell.Progress) error {
	for _, p := range paths {
		if _, err := h.v.Put(ctx, "eve", vault.NewFile{Space: space, Parent: folder, Name: p, Modified: h.now}, strings.NewReader("contenu de "+p)); err != nil {
			return err
		}
	}
	return nil
}
func (h *hall) VaultPreview(ctx context.Context, i vault.Item, _ int) (Preview, error) {
	c, err := h.v.Open(ctx, "eve", i.ID, 0)
	if err != nil {
		return Preview{}, err
	}
	defer c.Close()
	text, err := io.ReadAll(c)
	return Preview{Text: string(text)}, err
}
func (h *hall) FindPayslips(_ context.Context, paths []string) ([]string, []vault.Payslip, error) {
	return paths, h.found, nil
}
func (h *hall) DepositPayslips(_ context.Context, _ []string, slips []vault.Payslip, _ shell.Progress) (int, int, error) {
	h.gave = nil
	for _, s := range slips {
		h.gave = append(h.gave, s.Person)
	}
	return len(slips), 0, nil
}

func opened(t *testing.T) (*page, *hall) {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(theme.New(theme.Light, theme.Normal, theme.Fonts{}))
	h := &hall{Host: shelltest.New(t, time.Now), t: t, now: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}
	j := journaltest.Open(t, "mairie", func() time.Time { h.now = h.now.Add(time.Second); return h.now }, rand.Reader, authority.Projections(), vault.Projections())
	if _, err := j.Commit(t.Context(), "installer", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "person/eve", Kind: authority.KindPerson, Data: authority.Person{ID: "eve", FirstName: "Ève", LastName: "Exemple"}},
			{Stream: "person/leo", Kind: authority.KindPerson, Data: authority.Person{ID: "leo", FirstName: "Léo", LastName: "Fictif"}}}, nil
	}); err != nil {
		t.Fatal(err)
	}
	exchange, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h.people = authority.New(j)
	if h.v, err = vault.New(j, vault.Options{Exchange: exchange, Rand: rand.Reader, Devices: func(*store.Tx) ([]vault.Device, error) {
		return []vault.Device{{ID: j.Device(), Name: "secrétariat", Exchange: exchange.PublicKey().Bytes()}}, nil
	}}); err != nil {
		t.Fatal(err)
	}
	p := newPage(h, h)
	w := test.NewTempWindow(t, container.NewPadded(p.Content()))
	w.Resize(fyne.NewSize(1176, 690))
	p.Show(shell.Route{Page: Name})
	return p, h
}

func press(t *testing.T, o fyne.CanvasObject, label string) {
	t.Helper()
	var found *widgets.Button
	shelltest.Each(o, func(o fyne.CanvasObject) {
		if b, ok := o.(*widgets.Button); ok && b.Text == label {
			found = b
		}
	})
	if found == nil || found.Disabled() {
		t.Fatalf("no button %q to press in:\n%s", label, shelltest.Words(o))
	}
	found.OnTapped()
}

// pickName chooses a row by its name.
func (h *hall) pickName(p *page, name string) {
	h.t.Helper()
	i := slices.IndexFunc(p.rows, func(i vault.Item) bool { return i.Name == name })
	if i < 0 {
		h.t.Fatalf("no %q among %d rows", name, len(p.rows))
	}
	p.list.SetCursor(i)
	p.pick(i)
}

// Files are added, read, moved into a folder, renamed, thrown away, taken back, and erased for good once their month is over.
func TestALifeInTheVault(t *testing.T) {
	p, h := opened(t)
	say := func(key string, args ...any) string { return h.Text(key, args...) }
	if !strings.Contains(shelltest.Words(p.Content()), say("vault.none")) {
		t.Fatalf("an empty space says nothing:\n%s", shelltest.Words(p.Content()))
	}
	h.picked = []string{"devis.txt", "plan.txt"}
	press(t, p.tools, say("vault.add.do"))
	h.answer = "Toiture"
	press(t, p.tools, say("vault.folder"))
	if len(p.rows) != 3 || p.rows[0].Name != "Toiture" {
		t.Fatalf("%+v", p.rows)
	}
	h.pickName(p, "devis.txt")
	if !strings.Contains(shelltest.Words(p.side), "contenu de devis.txt") {
		t.Errorf("the text is not shown:\n%s", shelltest.Words(p.side))
	}
	h.answer = "devis signé.txt"
	press(t, p.side, say("vault.rename"))
	h.pickName(p, "devis signé.txt")
	press(t, p.side, say("vault.versions"))
	if !strings.Contains(shelltest.Words(p.side), "Version 1") {
		t.Errorf("no version:\n%s", shelltest.Words(p.side))
	}
	p.tab = "preview"
	// Left on the server by this laptop, and kept again.
	h.pickName(p, "Toiture")
	press(t, p.side, say("vault.leave.away"))
	if len(h.away) != 1 || !strings.Contains(shelltest.Words(p.side), say("vault.keep")) {
		t.Errorf("%v\n%s", h.away, shelltest.Words(p.side))
	}
	press(t, p.side, say("vault.keep"))
	if len(h.away) != 0 {
		t.Error(h.away)
	}
	// Thrown away, taken back.
	h.pickName(p, "plan.txt")
	press(t, p.side, say("vault.remove"))
	p.choose(len(p.spaces))
	h.pickName(p, "plan.txt")
	if got := shelltest.Words(p.side); strings.Contains(got, say("vault.erase")) || !strings.Contains(got, "27") {
		t.Errorf("before its month is over:\n%s", got)
	}
	press(t, p.tools, say("vault.empty"))
	if len(p.rows) != 1 || h.fault != nil && !strings.Contains(h.fault.Error(), "trente jours") {
		t.Errorf("%d rows, %v", len(p.rows), h.fault)
	}
	press(t, p.side, say("vault.restore"))
	if len(p.rows) != 0 || !strings.Contains(shelltest.Words(p.Content()), say("vault.trash.none")) {
		t.Errorf("it is still in the trash: %+v", p.rows)
	}
	// A month later.
	p.choose(0)
	h.pickName(p, "plan.txt")
	press(t, p.side, say("vault.remove"))
	h.now = h.now.Add(vault.TrashDelay + time.Hour)
	p.choose(len(p.spaces))
	h.pickName(p, "plan.txt")
	press(t, p.side, say("vault.erase"))
	if h.fault != nil || len(p.rows) != 0 || h.asked[len(h.asked)-1] != say("vault.erase.title", "name", "plan.txt") {
		t.Errorf("%v %+v %q", h.fault, p.rows, h.asked)
	}
	// What is left is found by its name.
	p.choose(0)
	p.search.SetText("signe")
	if len(p.rows) != 1 || p.rows[0].Name != "devis signé.txt" {
		t.Errorf("%+v", p.rows)
	}
}

// A lot of payslips is deposited once a person has confirmed for whom each is.
func TestPayslipsAreConfirmed(t *testing.T) {
	p, h := opened(t)
	h.picked, h.found = []string{"a.pdf", "b.pdf"}, []vault.Payslip{{Name: "a.pdf", Person: "leo", Why: vault.ByText}, {Name: "b.pdf"}}
	press(t, p.tools, h.Text("vault.pay.do"))
	got := shelltest.Words(p.side)
	if !strings.Contains(got, h.Text("vault.pay.by.text")) || !strings.Contains(got, h.Text("vault.pay.by.unsure")) || h.gave != nil {
		t.Fatalf("%v\n%s", h.gave, got)
	}
	press(t, p.side, h.Text("vault.pay.deposit", "n", 1))
	if !slices.Equal(h.gave, []string{"leo"}) || h.asked[len(h.asked)-1] != h.Text("vault.pay.sure", "n", 1) {
		t.Errorf("%v %v", h.gave, h.asked)
	}
}

// F6 before the spaces are known opens none: the trash stood first then, and was what one found.
func TestFocusBeforeTheSpacesAreKnown(t *testing.T) {
	_, h := opened(t)
	p := newPage(h, h)
	w := test.NewTempWindow(t, p.Content())
	w.Canvas().Focus(p.places)
	if p.view != files {
		t.Errorf("view %v is shown", p.view)
	}
	p.Show(shell.Route{Page: Name})
	if p.view != files || p.space == "" || p.places.Cursor() != 0 {
		t.Errorf("view %v of the space %q, the cursor at %d", p.view, p.space, p.places.Cursor())
	}
}
