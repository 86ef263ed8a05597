package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

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

// civilPanes are the forms and panes of civil status, which no route leads to.
var civilPanes = []pane{
	{"civilstatus", "outils", []string{"Tables, échanges"}},
	{"civilstatus", "reglages", []string{"Réglages, formules"}},
	{"civilstatus", "avis", []string{"Avis reçu…"}},
	{"civilstatus", "mention", []string{"Tous les actes", "Nouvelle mention"}},
	{"civilstatus", "en-marge", []string{"Tous les actes", "Mention déjà en marge…"}},
	{"civilstatus", "index", []string{"Tous les actes", "Compléter l’index"}},
	{"civilstatus", "a-apposer", []string{"À apposer (1)"}},
	{"civilstatus", "apposer", []string{"À apposer (1)", "Apposée…"}},
	{"copies", "demande", []string{"Nouvelle demande"}},
	{"practice", "correction", []string{"Suivant", "Suivant", "Suivant", "Suivant", "Corriger"}},
}

// TestPanes holds the panes of civil status to what TestPages holds pages to: nothing that is said may go past the edge of what
// shows it. AIRIAL_PAGES=DIR draws each, on every screen, in every palette.
func TestPanes(t *testing.T) {
	dir := os.Getenv("AIRIAL_PAGES")
	p := atDemonstration(t)
	shown, palettes := fewScreens, modes[:1]
	if dir != "" {
		shown, palettes = allScreens, modes
	}
	for _, pane := range civilPanes {
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

// press presses a button of the page and waits for what it shows.
func (p *sight) press(label string) {
	p.t.Helper()
	var found *widgets.Button
	shelltest.Each(p.d.w.Canvas().Content(), func(o fyne.CanvasObject) {
		if b, ok := o.(*widgets.Button); ok && found == nil && strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(b.Text) == label {
			found = b
		}
	})
	if found == nil {
		p.t.Fatalf("no button «%s» in:\n%s", label, shelltest.Words(p.d.w.Canvas().Content()))
	}
	found.OnTapped()
	p.settle()
}
