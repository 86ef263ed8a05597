package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/copies"
)

// A week at the counter, without the network: twenty notices come in a court's list and are worked off; a mention is affixed
// and rectified; of five requests, a third party's is refused in the law's words. Each printed sheet lies in the job's folder.
// By hand: all with AIRIAL_JOBS=all, else five notices and two requests, what is left following the same commands.
func TestWeekAtTheCounterInTheWindow(t *testing.T) { inTheWindow(t, "counter") }

const notices = 20

// whole tells whether all of a week is played by hand.
func whole() bool { return os.Getenv("AIRIAL_JOBS") == "all" }

// aside leaves a job out of the runs that must be short: what it plays is tested without a window, or by another job in part.
func aside(t *testing.T) {
	t.Helper()
	if !whole() {
		t.Skip("AIRIAL_JOBS=all plays it")
	}
}

// week is what the counter has before it.
type week struct {
	*hands
	person string
	acts   []string // ids, one a notice
}

func (w *week) hall() *civilstatus.Registry { return w.seats[0].Hall.Acts }

func weekName(i int) (last, first string) {
	return fmt.Sprintf("Ligature%c", 'A'+i), []string{"Marc", "Luc", "Paul", "Hugo"}[i%4]
}

// ready imports the acts of those whom the notices are about, and writes the court's list.
func (w *week) ready() (err error) {
	if w.person, err = w.seats[0].Hall.Person(w.ctx); err != nil {
		return err
	}
	var list strings.Builder
	list.WriteString("mention;type;nom;prenoms;naissance;reference;libelle;tribunal;date\n")
	for i := range notices {
		last, first := weekName(i)
		day := authority.Day(fmt.Sprintf("19%02d-03-%02d", 60+i, i+1))
		act := civilstatus.Act{Kind: civilstatus.Birth, Year: 1960 + i, Number: fmt.Sprint(200 + i), Date: day, LastName: last, FirstName: first, Gender: civilstatus.Masculine, Commune: "Saint-Airial-des-Pins"}
		id, err := w.hall().Import(w.ctx, w.person, act, []civilstatus.Page{{Name: "acte.png", Content: append(sheet(40), byte(i))}})
		if err != nil {
			return err
		}
		w.acts = append(w.acts, id)
		fmt.Fprintf(&list, "PUPILLE-NATION;NAI;%s;%s;%s;26/%d;Adopté par la Nation. Jugement du tribunal judiciaire de Dax du 3 mars 1980.;tribunal judiciaire de Dax;03/03/1980\n", last, first, day.Time().Format("02/01/2006"), 300+i)
	}
	path := filepath.Join(w.shots, "decisions.csv")
	return errors.Join(os.WriteFile(path, []byte(list.String()), 0o600), os.WriteFile(filepath.Join(w.shots, "picked"), []byte(path+"\n"), 0o600))
}

func (w *week) waiting(view civilstatus.View) (n int) {
	lines, err := w.hall().Queue(w.ctx)
	if err != nil {
		return -1
	}
	for _, l := range lines {
		if l.View == view && (l.Incoming != nil && strings.HasPrefix(l.Incoming.LastName, "Ligature") || l.Act != nil && strings.HasPrefix(l.Act.LastName, "Ligature")) {
			n++
		}
	}
	return n
}

// others works off what is left of the list as a person does by hand.
func (w *week) others() error {
	lines, err := w.hall().Queue(w.ctx)
	for _, l := range lines {
		if err != nil || l.View != civilstatus.ViewIncoming || l.Incoming == nil || l.Incoming.Code != "PUPILLE-NATION" {
			continue
		}
		var found []civilstatus.Proposal
		n := l.Incoming
		if found, err = w.hall().Propose(w.ctx, n.ID, 1); err == nil && len(found) != 1 {
			err = fmt.Errorf("no act for %s", n.LastName)
		}
		if err == nil {
			err = w.hall().Match(w.ctx, w.person, n.ID, found[0].Act.ID)
		}
		if err == nil {
			_, err = w.hall().Prepare(w.ctx, w.person, found[0].Act.ID, civilstatus.Draft{Code: n.Code, Fields: n.Fields, Wording: n.Wording, Source: n.From, Received: n.Received, Incoming: n.ID})
		}
	}
	return err
}

// deceased writes a file of INSEE's form, in which somebody of the list is dead.
func (w *week) deceased() error {
	line := fmt.Sprintf("%-80s1%s%-5s%-30s%-30s%s%-5s%-10s\n", "LIGATUREC*PAUL/", "19620303", "40999", "SAINT-AIRIAL-DES-PINS", "", "20250105", "40088", "12")
	other := fmt.Sprintf("%-80s2%s%-5s%-30s%-30s%s%-5s%-10s\n", "AUTRE*ANNE/", "19500101", "40999", "SAINT-AIRIAL-DES-PINS", "", "20250105", "40088", "13")
	path := filepath.Join(w.shots, "deces-2025.txt")
	return errors.Join(os.WriteFile(path, []byte(line+other), 0o600), os.WriteFile(filepath.Join(w.shots, "picked"), []byte(path+"\n"), 0o600))
}

// poor imports an act by its image alone.
func (w *week) poor() error {
	page := civilstatus.Source{Name: "acte.png", Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(append(sheet(60), 'z'))), nil }}
	o, err := w.hall().ImportRegister(w.ctx, w.person, []civilstatus.Scan{{Act: civilstatus.Act{Kind: civilstatus.Birth, Year: 1951, Number: "9", Commune: "Saint-Airial-des-Pins"}, Pages: []civilstatus.Source{page}}})
	if err == nil {
		err = o[0].Err
	}
	return err
}

// print keeps a sheet in the job's folder, to be looked at.
func (w *week) print(name string, make func() ([]byte, error)) error {
	pdf, err := make()
	if err == nil && len(pdf) < 1000 {
		err = errors.New("the sheet is empty")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(w.shots, name), pdf, 0o600)
}

func (w *week) sheets() error {
	a, err := w.hall().Act(w.ctx, w.acts[0])
	if err != nil || len(a.Mentions) < 2 {
		return errors.Join(fmt.Errorf("%d mentions", len(a.Mentions)), err)
	}
	return errors.Join(
		w.print("mention-a-apposer.pdf", func() ([]byte, error) { d, err := w.hall().Sheet(w.ctx, a.ID, a.Mentions[0].ID); return d.PDF, err }),
		w.print("rectification.pdf", func() ([]byte, error) { d, err := w.hall().Sheet(w.ctx, a.ID, a.Mentions[1].ID); return d.PDF, err }),
		w.print("avis-de-mention.pdf", func() ([]byte, error) {
			d, err := w.hall().Notice(w.ctx, a.ID, a.Mentions[0].ID, []string{"Greffe du tribunal judiciaire de Dax"})
			return d.PDF, err
		}),
		w.print("table-annuelle.pdf", func() ([]byte, error) {
			d, err := w.hall().Table(w.ctx, civilstatus.Birth, 1960, 1969)
			return d.PDF, err
		}),
	)
}

// requests are the three of the five that come by mail: two are granted, and one more is kept for the officer.
func (w *week) requests() error {
	box := w.seats[0].Hall.Copies
	for i, quality := range []copies.Quality{copies.Self, copies.Descendant, copies.Lawyer} {
		id, err := box.Receive(w.ctx, w.person, copies.Asked{Act: w.acts[5+i], Kind: copies.Full, Number: 1, Channel: copies.Mail, Name: "Demandeur fictif", Address: "1 rue de l’Essai", Quality: quality,
			Paper: "carte d’identité", Basis: "succession", Parents: true, On: authority.DayOf(w.seats[0].Hall.Journal.Now())})
		if err == nil {
			err = box.Grant(w.ctx, w.person, id, copies.Full, w.person, "")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (h *hands) counter() error {
	w := &week{hands: h}
	write := func(words string) error { return h.x("type", "--delay", "20", words) }
	request := func(name, quality, paper string) error {
		return errors.Join(h.click("Nouvelle demande"), h.see("Acte de"), write("exemple camille"), h.see("EXEMPLE Camille Élise — Acte de naissance n° 7 de 1994"), h.x("key", "Return", "sleep", "0.5"),
			write(name), h.click("Choisir la qualité"), h.click(quality), h.click("Carte d’identité, passeport…"), write(paper), h.see("Ce qui peut être délivré"))
	}
	letter := func(ctx context.Context, refused bool) ([]byte, error) {
		all, err := w.seats[0].Hall.Copies.List(ctx, 20)
		for _, r := range all {
			if refused && r.State == copies.Refused {
				d, err := w.seats[0].Hall.Copies.Letter(ctx, r.ID)
				return d.PDF, err
			}
		}
		return nil, errors.Join(errors.New("no such request"), err)
	}
	return h.play([]step{
		{"takes the court's list, offline", func() error {
			return errors.Join(h.see("À jour"), h.see("Mariage — Exemple Camille Élise"), h.leave(), w.ready(), h.click("État civil"), h.see("Décès signalés"), h.click("Avis reçu…"), h.see("Avis de mention reçu"), write("Tribunal judiciaire de Dax"),
				h.click("Liste de décisions (CSV)…"), h.see("20 avis enregistrés"), h.until("twenty came", func() bool { return w.waiting(civilstatus.ViewIncoming) == notices }))
		}},
		{"works them off", func() error {
			err, by := h.click("Avis reçus (20)"), 5
			if whole() {
				by = notices
			}
			for i := range by {
				last, first := weekName(i)
				who := strings.ToUpper(last) + " " + first
				err = errors.Join(err, h.see(who+" — Acte de naissance n° "+fmt.Sprint(200+i)), h.click("C’est cet acte"), h.see("Adopté par la Nation."), h.click("Enregistrer, à apposer"),
					h.until("one more is prepared", func() bool { return w.waiting(civilstatus.ViewIncoming) == notices-1-i }))
			}
			return err
		}},
		{"and the others", func() error {
			return errors.Join(w.others(), h.until("all are to be affixed", func() bool { return w.waiting(civilstatus.ViewAffix) == notices }), h.see("À apposer (21)"),
				h.click("À apposer (21)"), h.see("Imprimer toutes les feuilles"), w.print("mentions-a-apposer.pdf", func() ([]byte, error) { d, err := w.hall().Sheets(w.ctx); return d.PDF, err }))
		}},
		{"affixes the first", func() error {
			return errors.Join(h.click("LIGATUREA Marc"), h.see("Libellé repris de l’avis"), h.click("Apposée…"), h.click("Mme Maïté FICTIVE, Maire"), h.click("Noter comme apposée"), h.see("La mention est apposée."),
				h.until("it is affixed", func() bool { return w.waiting(civilstatus.ViewAffix) == notices-1 }))
		}},
		{"rectifies it", func() error {
			return errors.Join(h.click("Avis à envoyer ("), h.click("LIGATUREA Marc"), h.see("Apposée le"), h.click("Rectifier…"), h.see("Rectifier une mention apposée"), h.below("nature"), write("erreur materielle"), h.below("autorité"), write("procureur de la Republique"),
				h.below("date"), write("20/11/2026"), h.click("À la lettre, tel que l’avis ou la décision le donne"), write("La mention ci-dessus est rectifiee en ce sens que le jugement est du 4 mars 1980."),
				h.click("Instruction du procureur de la République"), write("instruction du procureur de Dax, du 20 novembre 2026"), h.click("Enregistrer, à apposer"), h.see("La mention est enregistrée"), w.sheets())
		}},
		{"a third party is refused, in the law's words", func() error {
			return errors.Join(h.click("Copies"), h.see("Aucune demande"), request("Jean Modele", "Tiers", "passeport"), h.see("Copie intégrale : non"), h.shoot("law"), h.click("Enregistrer la demande"), h.see("La demande est enregistrée."), h.see("Jean Modele"),
				h.click("Refuser"), h.see("La demande est refusée."), h.see("La lettre indique le recours."), w.print("refus.pdf", func() ([]byte, error) { return letter(h.ctx, true) }))
		}},
		{"the person obtains hers", func() error {
			return errors.Join(request("Camille Exemple", "Intéressé", "carte d'identite"), h.see("Copie intégrale : peut être délivré"), h.click("Enregistrer la demande"), h.see("Votre décision"), h.click("Accorder"), h.see("La demande est accordée."),
				h.see("Copie intégrale accordée"), h.see("Page 1 sur 1"))
		}},
		{"and three more, by mail", func() error {
			if !whole() {
				return w.requests()
			}
			var err error
			for i, quality := range []string{"Intéressé", "Descendant", "Avocat ou notaire, dans sa mission"} {
				last, first := weekName(5 + i)
				who := strings.ToUpper(last) + " " + first
				err = errors.Join(err, h.click("Nouvelle demande"), h.see("Acte de"), write(strings.ToLower(last)), h.see(fmt.Sprintf("%s — Acte de naissance n° %d de %d", who, 205+i, 1965+i)), h.x("key", "Return", "sleep", "0.5"),
					write("Demandeur fictif"), h.click("Choisir la qualité"), h.click(quality), h.click("Carte d’identité, passeport…"), write("passeport"), h.click("Pour un mandataire, un avocat"), write("succession"), h.click("Au guichet"), h.click("Par courrier"),
					h.click("La demande nomme les parents de la personne"), h.click("Enregistrer la demande"), h.see("Votre décision"), h.click("Accorder"), h.see("Copie intégrale accordée"), h.see("Page 1 sur 1"))
			}
			return err
		}},
		{"five are answered", func() error {
			return errors.Join(h.until("five requests", func() bool {
				counts, err := w.seats[0].Hall.Copies.Counts(h.ctx)
				return err == nil && len(counts) == 1 && counts[0].Received == 5 && counts[0].Granted == 4 && counts[0].Refused == 1
			}))
		}},
		{"looks at the settings", func() error {
			return errors.Join(h.click("État civil"), h.click("Réglages, formules"), h.see("Catalogue des formules"), h.shoot("settings"))
		}},
		{"reads INSEE's file, and confirms a death", func() error {
			return errors.Join(w.deceased(), h.click("Tables, échanges"), h.see("Partir avec ses données"), h.shoot("tools"), h.click("Lire un fichier…"), h.see("1 décès proposé."), h.see("LIGATUREC PAUL, naissance"), h.see("Ce fichier ne prouve rien"),
				h.shoot("death"), h.click("C’est cette personne"), h.see("l’avis est à demander"))
		}},
		{"indexes an act by the keyboard alone", func() error {
			key := func() error { return h.x("key", "Return", "sleep", "0.3") }
			return errors.Join(w.poor(), h.click("Table d’indexation"), h.see("1 acte à indexer"), h.x("sleep", "0.5"), write("Ligature"), key(), write("Zoe"), key(), key(), write("12/05"), key(), h.shoot("index"), write("f"), key(),
				h.see("Tous les actes ont leur index."), h.until("it is found", func() bool {
					found, err := w.hall().Search(h.ctx, "ligature zoe 1951", 5)
					return err == nil && len(found.Acts) == 1 && found.Acts[0].Date == "1951-05-12"
				}))
		}},
		{"comes back", h.comeBack},
	})
}
