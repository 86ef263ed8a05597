package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/vault"
)

type folder struct {
	title    string
	document string // of the folder documents, without «.pdf»; the accounting flow is its own
	pages    int
	kind     parapheur.Kind
	daysAgo  int
	deadline int // days from now
	went     int
}

// file is the folder's document.
func (f folder) file() (parapheur.File, error) {
	if f.kind == parapheur.Accounting {
		return parapheur.File{Name: "PESALR2_EXEMPLE_0001.xml", Content: pestest.Example}, nil
	}
	content, err := documents.ReadFile("documents/" + f.document + ".pdf")
	return parapheur.File{Name: f.document + ".pdf", Content: content, Pages: f.pages}, err
}

// past are the folders of the last three weeks: title, document, its pages, kind, days ago, deadline, and how
// far each went: 0 waits for the approval, 1 for the signature, 2 is refused.
var past = []folder{
	{"Lettre de commande — toiture de la salle des fêtes", "lettre-de-commande", 2, parapheur.Procurement, 17, 2, 1},
	{"Arrêté de circulation — marché de Noël, place de l’Airial", "arrete-de-circulation", 1, parapheur.Order, 14, 5, 1},
	{"Réponse à une demande de subvention — Amicale imaginaire des Pins", "reponse-subvention", 1, parapheur.Letter, 12, -1, 1},
	{"Bon de commande — sel de déneigement", "bon-de-commande", 1, parapheur.Purchase, 10, 9, 1},
	{"Flux comptable du 2 mars", "", 0, parapheur.Accounting, 8, 1, 1},
	{"Convention de mise à disposition de la salle polyvalente", "convention-salle", 2, parapheur.Letter, 7, 12, 1},
	{"Devis — élagage des platanes de l’école", "devis-elagage", 1, parapheur.Purchase, 6, 0, 2},
	{"Courrier à la préfecture — plan communal de sauvegarde", "courrier-prefecture", 1, parapheur.Letter, 3, 15, 0},
	{"Arrêté d’alignement — chemin des Gemmeurs", "arrete-alignement", 1, parapheur.Order, 2, 20, 0},
}

// Past writes three weeks of work into the commune, as the secretary did it, and
// leaves the clock at the present.
func Past(ctx context.Context, h *office.Hall, clock *Clock) error {
	now := clock.real()
	today := authority.DayOf(now)
	for i, f := range past {
		file, err := f.file()
		if err != nil {
			return fmt.Errorf("reading the document of %q: %w", f.title, err)
		}
		clock.To(clock.office(f.daysAgo, 9+i%3, 7*i))
		in := parapheur.Import{Title: f.title, Kind: f.kind, Route: parapheur.UsualRoute(), Files: []parapheur.File{file}}
		if f.deadline != 0 {
			in.Deadline = today.Plus(f.deadline)
		}
		id, err := h.Folders.Import(ctx, Secretary, in)
		if err != nil {
			return fmt.Errorf("making %q: %w", f.title, err)
		}
		if err := h.Folders.Send(ctx, Secretary, id); err != nil {
			return err
		}
		made, err := h.Folders.Folder(ctx, id)
		if err != nil {
			return err
		}
		clock.To(clock.Now().Add(95 * time.Minute))
		switch f.went {
		case 1:
			err = h.Folders.Approve(ctx, Secretary, id, "", made.Seen())
		case 2:
			err = h.Folders.Refuse(ctx, Secretary, id, "Il manque le second devis demandé.")
		}
		if err != nil {
			return err
		}
	}
	clock.To(clock.office(1, 14, 20))
	_, err := Draft(ctx, h.Council, now)
	if err != nil {
		return err
	}
	for _, template := range []string{"budget", "modificative", "compte"} {
		if _, err := h.Council.Draft(ctx, Secretary, template); err != nil {
			return err
		}
	}
	if err := pastActs(ctx, h, today); err != nil {
		return err
	}
	clock.To(clock.office(3, 10, 5))
	if err := pastFiles(ctx, h, clock); err != nil {
		return err
	}
	clock.Present()
	return nil
}

// pastFiles are what lies in the vault: the secretary's own documents and a space shared with the mayor.
func pastFiles(ctx context.Context, h *office.Hall, clock *Clock) error {
	if err := h.Vault.Hold(ctx, Secretary); err != nil {
		return err
	}
	own, err := h.Vault.PersonalSpace(ctx, Secretary)
	if err != nil {
		return err
	}
	common, err := h.Vault.NewSpace(ctx, Secretary, "Salle des fêtes", vault.Member{Person: Mayor, Role: vault.Writer})
	if err != nil {
		return err
	}
	quotes, err := h.Vault.Folder(ctx, Secretary, common, "", "Devis")
	if err != nil {
		return err
	}
	for _, f := range []struct {
		space, parent, name string
		versions            []string
	}{
		{own, "", "À faire cette semaine.txt", []string{"Relancer le couvreur.\nPréparer la convocation du conseil.\n"}},
		{common, "", "Compte rendu de la visite.txt", []string{"Visite du chantier.\n", "Visite du chantier de la salle des fêtes.\n\nLa charpente est saine. La couverture du côté nord est à reprendre avant l’hiver ; l’entreprise propose de commencer par là.\n"}},
		{common, quotes, "Lettre de commande.pdf", []string{string(Letter)}},
	} {
		clock.To(clock.Now().Add(20 * time.Minute))
		id, err := h.Vault.Put(ctx, Secretary, vault.NewFile{Space: f.space, Parent: f.parent, Name: f.name, Modified: clock.Now()}, strings.NewReader(f.versions[0]))
		for _, more := range f.versions[1:] {
			if err == nil {
				clock.To(clock.Now().Add(time.Hour))
				err = h.Vault.AddVersion(ctx, Secretary, id, clock.Now(), strings.NewReader(more))
			}
		}
		if err != nil {
			return fmt.Errorf("putting %s into the vault: %w", f.name, err)
		}
	}
	return nil
}

func pastActs(ctx context.Context, h *office.Hall, today authority.Day) error {
	scan, err := Scan(BirthAct())
	if err != nil {
		return err
	}
	first, err := h.Acts.Import(ctx, Secretary, BirthAct(), []civilstatus.Page{{Name: "naissance-1994-007.png", Content: scan}})
	if err != nil {
		return err
	}
	var errs []error
	for i, p := range People()[3:12] {
		a := civilstatus.Act{Kind: civilstatus.Birth, Year: 1961 + 3*i, Register: "Naissances", Number: fmt.Sprint(2 + i), Date: authority.Day(fmt.Sprintf("%d-0%d-1%d", 1961+3*i, 1+i%9, i%10)),
			LastName: p.LastName, FirstName: p.FirstName, Gender: civilstatus.Masculine, Commune: Commune().Place}
		if p.Female() {
			a.Gender = civilstatus.Feminine
		}
		page, err := Scan(a)
		if err == nil {
			_, err = h.Acts.Import(ctx, Secretary, a, []civilstatus.Page{{Name: fmt.Sprintf("naissance-%d-%03d.png", a.Year, 2+i), Content: page}})
		}
		errs = append(errs, err)
	}
	_, err = h.Acts.Record(ctx, Secretary, first, "MARIAGE", Wedding(), "avis de mention de la mairie du lieu de mariage", today.Plus(-1))
	return errors.Join(append(errs, err)...)
}
