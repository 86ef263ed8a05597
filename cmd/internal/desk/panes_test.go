package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/shelltest"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// pane is what a page shows once buttons of it are pressed.
type pane struct {
	page    shell.PageName
	name    string
	presses []string
}

// somePanes are forms and panes, of civil status above all, which no route leads to.
var somePanes = []pane{
	{"civilstatus", "outils", []string{"Tables, échanges"}},
	{"civilstatus", "reglages", []string{"Réglages, formules"}},
	{"civilstatus", "avis", []string{"Avis reçu…"}},
	{"civilstatus", "mention", []string{"Tous les actes", "Nouvelle mention"}},
	{"civilstatus", "en-marge", []string{"Tous les actes", "Mention déjà en marge…"}},
	{"civilstatus", "index", []string{"Tous les actes", "Compléter l’index"}},
	{"civilstatus", "a-apposer", []string{"À apposer (1)"}},
	{"civilstatus", "apposer", []string{"À apposer (1)", "Apposée…"}},
	{"copies", "demande", []string{"Nouvelle demande"}},
	{"exchanges", "documents", []string{"Où sont les documents"}},
	{"practice", "correction", []string{"Suivant", "Suivant", "Suivant", "Suivant", "Corriger"}},
}

// TestPanes holds these panes to what TestPages holds pages to: nothing that is said may go past the edge of what
// shows it. AIRIAL_PAGES=DIR draws each, on every screen, in every palette.
func TestPanes(t *testing.T) {
	dir := os.Getenv("AIRIAL_PAGES")
	p := atDemonstration(t)
	shown, palettes := fewScreens, modes[:1]
	if dir != "" {
		shown, palettes = allScreens, modes
	}
	for _, pane := range somePanes {
		for _, s := range shown {
			p.on(s)
			for _, mode := range palettes {
				p.d.look.Apply(string(mode), string(theme.Normal))
				p.show(shell.Route{Page: "home"})
				p.show(shell.Route{Page: pane.page})
				for _, label := range pane.presses {
					p.press(label)
				}
				name := fmt.Sprintf("%s-%s %s %s", pane.page, pane.name, s, mode)
				if s.units().Width >= narrowest {
					for _, fault := range p.overflow() {
						t.Errorf("%s: %s", name, fault)
					}
				}
				if dir != "" {
					writePNG(t, filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".png"), p.d.w.Canvas().Capture())
				}
			}
		}
	}
}

// press presses a button of the page, or takes what one of its choices offers, and waits for what it shows.
func (p *sight) press(label string) {
	p.t.Helper()
	var found func()
	shelltest.Each(p.d.w.Canvas().Content(), func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *widgets.Button:
			if found == nil && strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(o.Text) == label {
				found = o.OnTapped
			}
		case *widget.Select:
			if found == nil && slices.Contains(o.Options, label) {
				found = func() { o.SetSelected(label) }
			}
		}
	})
	if found == nil {
		p.t.Fatalf("no button «%s» in:\n%s", label, shelltest.Words(p.d.w.Canvas().Content()))
	}
	found()
	p.settle()
}
