package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
)

// long is as long as names come: no such person is.
const (
	longLast  = "Fictive-Labastide d’Armagnac de Saint-Exemple"
	longFirst = "Marie-Antoinette Philomène Élisabeth Geneviève"
	longTitle = "Convention pluriannuelle d’objectifs et de moyens avec l’association intercommunale pour la sauvegarde de la chapelle, de son presbytère et des communs"
)

// TestFullPages looks at the pages of a town hall that has much (10,000 rows; AIRIAL_PAGES_ROWS), whose people and papers have long
// names: nothing is written past its edge, on any screen. AIRIAL_PAGES=DIR leaves the pictures there.
func TestFullPages(t *testing.T) {
	aside(t)
	rows := pairs.Size("AIRIAL_PAGES_ROWS", 10_000)
	p := atDemonstration(t)
	p.fill(rows)
	dir := os.Getenv("AIRIAL_PAGES")
	for _, page := range []shell.PageName{"home", "parapheur", "council", "civilstatus", "people", "vault", "exchanges"} {
		for _, s := range allScreens {
			p.on(s)
			p.show(shell.Route{Page: page})
			name := fmt.Sprintf("%s %s %s", page, s, theme.Light)
			if s.units().Width >= narrowest {
				for _, fault := range p.overflow() {
					t.Errorf("%s: %s", name, fault)
				}
			}
			if dir != "" {
				writePNG(t, filepath.Join(dir, "full-"+strings.ReplaceAll(name, " ", "-")+".png"), p.d.w.Canvas().Capture())
			}
		}
	}
}

// fill gives the town hall of the first seat, the mayor's, its many rows.
func (p *sight) fill(rows int) {
	p.t.Helper()
	h := p.d.seats[0].Hall
	began := time.Now()
	for name, what := range map[string]func(*office.Hall, int) error{
		"people": p.fillPeople, "folders": p.fillFolders, "acts": p.fillActs, "vault": p.fillVault,
	} {
		if err := what(h, rows); err != nil {
			p.t.Fatal(name, err)
		}
	}
	p.t.Logf("%d of each in %v", rows, time.Since(began).Round(time.Second))
}

func (p *sight) fillPeople(h *office.Hall, rows int) error {
	for i := range min(rows, 300) {
		one := authority.NewMayor("Mme", longFirst, fmt.Sprintf("%s %03d", longLast, i))
		one.Title, one.Roles = "Adjointe administrative chargée de l’état civil, des élections et du cimetière", nil
		if _, err := h.People.Put(p.t.Context(), demo.Secretary, one); err != nil {
			return err
		}
	}
	return nil
}

func (p *sight) fillFolders(h *office.Hall, rows int) error {
	ctx := p.t.Context()
	for i := range rows {
		id, err := h.Folders.Import(ctx, demo.Secretary, parapheur.Import{Title: fmt.Sprintf("%s — n° %d", longTitle, i), Kind: parapheur.Letter, Route: parapheur.UsualRoute()[1:],
			Files: []parapheur.File{{Name: strings.ReplaceAll(longTitle, " ", "_") + ".pdf", Content: demo.Letter, Pages: 2}}})
		if err == nil {
			err = h.Folders.Send(ctx, demo.Secretary, id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *sight) fillActs(h *office.Hall, rows int) error {
	page, err := demo.Scan(demo.BirthAct())
	if err != nil {
		return err
	}
	for i := range rows {
		a := demo.BirthAct()
		a.Number, a.LastName, a.FirstName = fmt.Sprint(1000+i), longLast, longFirst
		one := fmt.Appendf(page[:len(page):len(page)], "%d", i) // no two acts are written on one image
		if _, err := h.Acts.Import(p.t.Context(), demo.Secretary, a, []civilstatus.Page{{Name: fmt.Sprintf("naissance-%05d.png", i), Content: one}}); err != nil {
			return err
		}
	}
	return nil
}

func (p *sight) fillVault(h *office.Hall, rows int) error {
	ctx := p.t.Context()
	own, err := h.Vault.PersonalSpace(ctx, demo.Mayor)
	for i := 0; i < rows && err == nil; i++ {
		_, err = h.Vault.Put(ctx, demo.Mayor, vault.NewFile{Space: own, Name: fmt.Sprintf("%s — %05d.txt", longTitle, i), Modified: p.d.now()}, strings.NewReader("Un texte.\n"))
	}
	return err
}
