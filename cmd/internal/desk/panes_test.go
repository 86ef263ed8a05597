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

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/store"
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
	arg     string // of the route that leads to it; empty: the page as it opens
	aside   bool   // the campaign alone looks at it
}

// somePanes are forms and panes, of civil status and of the services above all, which a page does not show when it opens.
var somePanes = []pane{
	{"civilstatus", "outils", []string{"Tables, échanges"}, "", false},
	{"civilstatus", "reglages", []string{"Réglages, formules"}, "", false},
	{"civilstatus", "avis", []string{"Avis reçu…"}, "", false},
	{"civilstatus", "mention", []string{"Tous les actes", "Nouvelle mention"}, "", false},
	{"civilstatus", "en-marge", []string{"Tous les actes", "Mention déjà en marge…"}, "", false},
	{"civilstatus", "index", []string{"Tous les actes", "Compléter l’index"}, "", false},
	{"civilstatus", "a-apposer", []string{"À apposer (1)"}, "", false},
	{"civilstatus", "apposer", []string{"À apposer (1)", "Apposée…"}, "", false},
	{"copies", "demande", []string{"Nouvelle demande"}, "", false},
	{"exchanges", "documents", []string{"Où sont les documents"}, "", false},
	{"practice", "correction", []string{"Suivant", "Suivant", "Suivant", "Suivant", "Corriger"}, "", false},
	// In a short run the catalogue is the first: a link leads to the section that it names at the first opening too.
	{"services", "aide", []string{"Demander de l’aide…"}, "assistance", true},
	{"services", "comment", nil, "howto", true},
	{"services", "demandes", nil, "requests", true},
	{"services", "catalogue", []string{"Nouvelle demande…"}, "requests", false},
	{"services", "paie", []string{"Nouvelle demande…", "Paie : éléments variables du mois"}, "requests", false},
	{"services", "commande", []string{"Nouvelle demande…", "Commande de matériel"}, "requests", true},
	{"services", "certificats", nil, "certificates", true},
	{"services", "cle-perdue", []string{"Clé perdue ou volée ?"}, "certificates", true},
	{"services", "formation", nil, "training", true},
	{"services", "classe", nil, "training/class/demo-class", false},
	{"services", "enregistrement", nil, "training/recording/0", true},
	{"services", "conferences", nil, "conferences", true},
	{"services", "reserver", []string{"Réserver une salle…"}, "conferences", true},
	{"services", "donnees", nil, "privacy", true},
	{"services", "lettre", nil, "privacy/letter/demo-letter", true},
	{"services", "traitement", []string{"Nouveau traitement…"}, "privacy", true},
	{"services", "droit", []string{"Demande reçue…"}, "privacy", true},
	{"services", "violation", []string{"Violation…"}, "privacy", true},
	{"services", "acces", nil, "access", true},
	{"services", "site", nil, "access/site", true},
	{"services", "actualites", nil, "news", true},
	{"services", "contacts", nil, "contacts", true},
	{"services", "contrat", nil, "contacts/contract/socle", false},
	{"services", "contact", nil, "contacts/contact/Basile FICTIF", true},
	{"services", "social", nil, "theme-social", false},
	{"services", "dossier", []string{"Action sociale : question sur un dossier"}, "theme-social", true},
}

// TestPanes holds these panes to what TestPages holds pages to: nothing that is said may go past the edge of what
// shows it. AIRIAL_PAGES=DIR draws each, on every screen, in every palette (of AIRIAL_PAGES_OF=PAGE,PAGE-PANE alone, if given).
func TestPanes(t *testing.T) {
	dir := os.Getenv("AIRIAL_PAGES")
	p := atDemonstration(t)
	p.contract()
	shown, palettes := fewScreens, modes[:1]
	if dir != "" {
		shown, palettes = allScreens, modes
	}
	for _, pane := range somePanes {
		if pane.aside && dir == "" {
			continue
		}
		if of := os.Getenv("AIRIAL_PAGES_OF"); of != "" && !slices.ContainsFunc(strings.Split(of, ","), func(name string) bool {
			return name == string(pane.page) || name == string(pane.page)+"-"+pane.name
		}) {
			continue
		}
		for _, s := range shown {
			p.on(s)
			for _, mode := range palettes {
				p.d.look.Apply(string(mode), string(theme.Normal))
				p.show(shell.Route{Page: "home"})
				p.show(shell.Route{Page: pane.page, Arg: pane.arg})
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

// contract is what the agency would tell of one that ends soon.
func (p *sight) contract() {
	p.t.Helper()
	today := authority.DayOf(p.d.now())
	if _, err := p.d.seats[0].Hall.Journal.Commit(p.t.Context(), "alpi", func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: services.ContractPrefix + "socle", Kind: services.KindContract, Data: services.Contract{Title: "Adhésion au socle de services numériques, avec le parapheur et la télétransmission des actes", Number: "A-2023-118", Since: "2023-01-01",
			Until: today.Plus(200), Notice: today.Plus(30), Renewal: "un an, par tacite reconduction", Lines: []services.Detail{{Label: "Cotisation de l’année, selon la population", Value: "1\u202f250,00\u202f€"}}, Contact: "Basile FICTIF"}}}, nil
	}); err != nil {
		p.t.Fatal(err)
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
		case *widgets.Link:
			if found == nil && o.Text == label {
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
