package desk

import (
	"bytes"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/sync/tdt/tdttest"
	"alpi40.fr/airial/ui/lang"
)

// A whole council evening: drafted, convened, held without network, numbered, signed, listed, transmitted to the
// legality review, published, bound into the register of the year.
func TestEveningInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "evening")
	signed, err := filepath.Glob(filepath.Join(dir, "signed-*.pdf"))
	if err != nil || len(signed) != 3 {
		t.Fatalf("%d signed: %v", len(signed), err)
	}
	for _, path := range signed {
		out, err := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
		if err != nil || bytes.Count(out, []byte("Signature is Valid")) != 2 {
			t.Errorf("pdfsig, %s: %v\n%s", filepath.Base(path), err, out)
		}
	}
}

// convenedBefore is how many days before today the evening's job begins.
const convenedBefore = 6

// calendar is the computer's clock, some days behind until the job moves it forward.
type calendar struct {
	mu     sync.Mutex
	behind time.Duration
}

func (c *calendar) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(-c.behind)
}

// to moves the clock forward to a moment, today at most.
func (c *calendar) to(moment time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.behind = max(0, min(c.behind, time.Since(moment)))
}

// types types words into what has the focus.
func (h *hands) types(words string) error { return h.x("type", "--delay", "20", words) }

// below presses the mouse on the field under its name.
func (h *hands) below(name string) error {
	if err := h.see(name); err != nil || h.failed != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	at, _ := h.where(name)
	return h.x("mousemove", strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y)+34), "sleep", "0.2", "click", "1", "sleep", "0.2")
}

func (h *hands) key(keys ...string) error {
	for _, k := range keys {
		if err := h.x("key", "--delay", "60", k, "sleep", "0.25"); err != nil {
			return err
		}
	}
	return nil
}

// print keeps a paper of a sitting, to be looked at.
func (h *hands) print(hall *office.Hall, sitting string, papers ...registers.Paper) error {
	for _, p := range papers {
		d, err := hall.Registers.Print(h.ctx, sitting, p)
		if err != nil {
			return fmt.Errorf("printing %s: %w", p, err)
		}
		if err := h.keep(string(p)+".pdf", d.PDF); err != nil {
			return err
		}
	}
	return nil
}

func (h *hands) keep(name string, content []byte) error {
	return os.WriteFile(filepath.Join(h.shots, name), content, 0o600)
}

// secretarySigns signs with the key of the secretary of the sitting what waits for her.
func (h *hands) secretarySigns() (n int, err error) {
	seat := h.seats[1]
	keys, err := seat.Token.Keys(h.ctx)
	if err != nil {
		return 0, err
	}
	signer, err := seat.Token.Open(h.ctx, keys[0].ID, []byte(demo.PIN))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, signer.Close()) }()
	rows, err := seat.Hall.Folders.List(h.ctx, demo.Deputy, parapheur.ToDo, 50)
	if err != nil {
		return 0, err
	}
	var lot []parapheur.SeenFolder
	for _, r := range rows {
		f, err := seat.Hall.Folders.Folder(h.ctx, r.ID)
		if err != nil {
			return 0, err
		}
		if f.Kind == parapheur.Deliberation {
			lot = append(lot, parapheur.SeenFolder{ID: r.ID, Seen: f.Seen()})
		}
	}
	results, err := seat.Hall.Folders.Sign(h.ctx, demo.Deputy, parapheur.Lot{Folders: lot, Signer: signer, Place: demo.Commune().Place, Policy: seat.Office.Policy(), Device: seat.Hall.Device()}, nil)
	if err != nil {
		return 0, err
	}
	for _, r := range results {
		if r.Err != nil {
			return 0, r.Err
		}
		if err := seat.Hall.TakeSigned(h.ctx, demo.Deputy, r.ID); err != nil {
			return 0, err
		}
	}
	return len(results), nil
}

func (h *hands) evening() (err error) {
	mayor, secretary := h.seats[0], h.seats[1]
	hall := secretary.Hall
	today := time.Now()
	held := time.Date(today.Year(), today.Month(), today.Day()-1, 20, 30, 0, 0, today.Location())
	year := strconv.Itoa(held.Year())
	tdt, err := tdttest.Start(h.ctx, tdttest.Options{Now: h.days.now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tdt.Close()) }()
	p12, err := tdt.PKCS12("demonstration")
	if err == nil {
		err = hall.SetThirdParty(h.ctx, office.ThirdParty{URL: tdt.URL(), Certificate: p12, Authority: tdt.Authority()}, "demonstration", "")
	}
	if err != nil {
		return err
	}
	sitting := &council.Sitting{}
	read := func() bool {
		all, err := hall.Council.Sittings(h.ctx)
		if err == nil && len(all) == 1 {
			sitting = &all[0]
		}
		return sitting.ID != ""
	}
	holds := func(what string, ok func(s *council.Sitting) bool) error {
		return h.until(what, func() bool { return read() && ok(sitting) })
	}
	point := func(subject string) council.Item {
		for _, item := range sitting.Agenda {
			if strings.Contains(item.Subject, subject) {
				return item
			}
		}
		return council.Item{}
	}
	numbered := func(n int) error {
		return h.until(fmt.Sprintf("%d are numbered", n), func() bool {
			list, err := hall.Council.Deliberations(h.ctx)
			count := 0
			for _, d := range list {
				if d.Number != "" {
					count++
				}
			}
			return err == nil && count == n
		})
	}
	signed := func() (ids []string) {
		list, _ := hall.Council.Deliberations(h.ctx)
		for _, d := range list {
			if d.Status == council.StatusSigned {
				ids = append(ids, d.ID)
			}
		}
		return ids
	}
	return h.play([]step{
		{"drafts from the library", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"), h.click("Nouvelle délibération"), h.click("Chercher un sujet"), h.types("cantine"),
				h.click("Tarifs de la cantine"), h.click("Commencer ce projet"), h.see("Coût de revient du repas"))
		}},
		{"fills the values", func() error {
			return errors.Join(h.click("Un jour : 15/12/2026"), h.types("1/9/2027"), h.key("Tab"), h.types("9,85"), h.key("Tab"), h.types("3,10"), h.key("Tab"), h.types("7,20"), h.click("Enregistrer"), h.see("Le projet est enregistré."))
		}},
		{"reads it again, and has the mayor approve", func() error {
			return errors.Join(h.click("Relire"), h.see("Toutes les valeurs sont données."), h.see("Aucun mot inconnu du dictionnaire."), h.x("sleep", "1"), h.click("Remarques"), h.click("Envoyer au visa du maire"), h.see("Le projet est parti au visa du maire, dans le parapheur."))
		}},
		{"drafts a nomination", func() error {
			return errors.Join(h.click("Nouvelle délibération"), h.click("Chercher un sujet"), h.types("repres"), h.click("Représentant dans un organisme"), h.click("Commencer ce projet"), h.see("organisme"), h.x("sleep", "1"))
		}},
		{"writes whom it is for", func() error {
			all, err := hall.Council.Deliberations(h.ctx)
			if err != nil {
				return err
			}
			for _, d := range all {
				if d.Text.Template == "representant" {
					for i := range d.Text.Variables {
						if d.Text.Variables[i].Name == "organisme" {
							d.Text.Variables[i].Value = "l’Association imaginaire des Pins"
						}
					}
					return hall.Council.Save(h.ctx, demo.Secretary, d.ID, d.Version, d.Text)
				}
			}
			return errors.New("no nomination")
		}},
		{"convenes", func() error {
			return errors.Join(h.click("Convoquer une séance…"), h.see("Indiquez le jour et l’heure : le délai de convocation se calcule ici."), h.click("jj/mm/aaaa"), h.types(held.Format("02/01/2006")), h.click("20h00"), h.types("20h30"),
				h.see("4 jours francs"), h.click("Adoption du budget primitif"), h.click("Décision modificative n°"), h.click("Approbation du compte administratif"), h.shoot("summon"), h.click("Convoquer"), h.see("La séance est convoquée."),
				holds("three points are announced", func(s *council.Sitting) bool { return len(s.Agenda) == 3 }), h.print(hall, sitting.ID, registers.PaperSummons, registers.PaperPoster))
		}},
		{"gives a point its reporter and its commission's opinion", func() error {
			return errors.Join(h.click(point("restauration scolaire").Subject), h.below("Rapporteur"), h.click("Mme Ève EXEMPLE"), h.click("finances"), h.types("finances"), h.key("Tab"), h.types("favorable"), h.click("Enregistrer le point"),
				holds("it is noted", func(*council.Sitting) bool {
					i := point("restauration scolaire")
					return i.Reporter == demo.Deputy && len(i.Opinions) == 1
				}))
		}},
		{"the evening comes, without network: who is there", func() error {
			h.days.to(held.Add(3 * time.Minute))
			return errors.Join(h.leave(), h.click("Tenir la séance"), h.see("Ouverture de la séance"), h.click("Mme Maïté FICTIVE"), h.key("p", "p", "p", "p", "p", "p", "p", "p", "p", "e"),
				holds("nine are present", func(s *council.Sitting) bool { return len(s.PresentAt("")) == 9 }), h.see("le quorum est atteint."))
		}},
		{"a secretary and a power", func() error {
			return errors.Join(h.click("À désigner parmi les présents"), h.click("Mme Ève EXEMPLE"), holds("she is named", func(s *council.Sitting) bool { return s.Secretary == demo.Deputy }),
				h.click("M. Guy GABARIT"), h.key("v"), h.click("Choisir un membre"), h.click("Mme Maïté FICTIVE"), h.click("jj/mm/aaaa"), h.types(held.AddDate(0, 0, -1).Format("02/01/2006")), h.click("Noter le pouvoir"), h.see("M. Guy GABARIT donne pouvoir à Mme Maïté FICTIVE"))
		}},
		{"the first point is voted and numbered", func() error {
			return errors.Join(h.click("Mettre en discussion le point 1"), h.click("Enregistrer le vote"), holds("it is voted", func(s *council.Sitting) bool { return len(s.Votes) == 1 }), h.click("Numéroter la délibération"), numbered(1))
		}},
		{"an amendment to the second is adopted", func() error {
			return errors.Join(h.click("Mettre en discussion le point 2"), h.see("Enregistrer le vote"), h.click("Amendement…"), h.click("Auteur de l’amendement"), h.click("Mme Rose MAQUETTE"), h.click("Ce que l’amendement change"),
				h.types("le repas d'un adulte, 7 euros"), h.click("Déposer l’amendement"), h.see("Vote sur l’amendement, avant le texte."), h.click("Enregistrer le vote de l’amendement"),
				holds("it is voted", func(s *council.Sitting) bool { return len(s.Amendments) == 1 && s.Amendments[0].Vote != nil }))
		}},
		{"the text is voted", func() error {
			return errors.Join(h.click("Débat…"), h.click("Ce qui est dit, en quelques phrases"), h.types("Le conseil discute du prix de revient."), h.click("Noter"), h.x("sleep", "0.7"), h.click("Contre"), h.x("sleep", "0.5"), h.click("Enregistrer le vote"), holds("it is voted", func(s *council.Sitting) bool { return len(s.Votes) == 2 }))
		}},
		{"it is not numbered before the amendment is in it", func() error {
			return errors.Join(h.click("Numéroter la délibération"), h.see("Un amendement adopté n’est pas reporté dans le texte"), h.shoot("uncarried"), h.click("Fermer"))
		}},
		{"the amendment is carried into the text, which is numbered", func() error {
			return errors.Join(h.click("Reporter dans le texte…"), h.see("Paragraphe à modifier"), h.click("Choisir un paragraphe"), h.click("Article 1"), h.x("sleep", "0.6"), h.key("Next"), h.types(" Par amendement, ce dernier tarif est de 7 euros."), h.shoot("carry"),
				h.click("Enregistrer le report"), h.see("Il est reporté dans le texte."), h.click("Numéroter la délibération"), numbered(2))
		}},
		{"a nomination in secret", func() error {
			return errors.Join(h.click("Mettre en discussion le point 3"), h.see("Enregistrer le tour"), h.click("Candidat ou liste"), h.types("Anne CANEVAS"), h.key("Tab"), h.types("6"), h.key("Tab"), h.types("Luc ESSAI"), h.key("Tab"), h.types("3"),
				h.below("Blancs, nuls"), h.types("1"), h.shoot("round"), h.click("Enregistrer le tour"), holds("she is elected", func(s *council.Sitting) bool { return len(s.Nominations) == 1 && s.Nominations[0].Elected != "" }))
		}},
		{"the name elected goes into the text, and it is numbered", func() error {
			return errors.Join(h.elect(hall, point("représentant").Deliberation, "Mme Anne CANEVAS"), h.x("sleep", "1"), h.click("Numéroter la délibération"), numbered(3))
		}},
		{"the sitting ends", func() error {
			return errors.Join(h.click("Lever la séance…"), h.click("Lever la séance"), h.see("Séance levée à"), holds("it has ended", func(s *council.Sitting) bool { return s.Closed }))
		}},
		{"goes to what follows", func() error {
			h.days.to(time.Now())
			return errors.Join(h.comeBack(), h.click("Documents et suites"), h.see("Envoyer toute la séance à la signature"), h.click("Envoyer toute la séance à la signature"), h.see("3 délibérations sont parties à la signature."))
		}},
		{"the mayor signs all with one PIN", func() error {
			if err := h.until("they have travelled", func() bool {
				_, e1 := hall.Exchange(h.ctx)
				_, e2 := mayor.Hall.Exchange(h.ctx)
				rows, e3 := mayor.Hall.Folders.List(h.ctx, demo.Mayor, parapheur.ToDo, 100)
				n := 0
				for _, r := range rows {
					if strings.HasPrefix(r.Title, "Délibération "+year) {
						n++
					}
				}
				return errors.Join(e1, e2, e3) == nil && n == 3
			}); err != nil {
				return err
			}
			return errors.Join(h.click(secretary.Name), h.click(mayor.Name), h.see("Portable du maire"), h.click("Parapheur"), h.click("Délibération "+year+"-001"), h.key("space"), h.click("Délibération "+year+"-002"), h.key("space"), h.click("Délibération "+year+"-003"), h.key("space"),
				h.click("Signer les 3 dossiers cochés"), h.see("Signer 3 dossiers"), h.types(demo.PIN), h.key("Return"), h.see("3 dossiers signés."))
		}},
		{"the secretary of the sitting signs", func() error {
			if err := h.until("they are back", func() bool {
				_, e1 := mayor.Hall.Exchange(h.ctx)
				_, e2 := hall.Exchange(h.ctx)
				rows, e3 := hall.Folders.List(h.ctx, demo.Deputy, parapheur.ToDo, 50)
				return errors.Join(e1, e2, e3) == nil && len(rows) >= 3
			}); err != nil {
				return err
			}
			n, err := h.secretarySigns()
			if err != nil || n != 3 {
				return fmt.Errorf("%d signed: %w", n, err)
			}
			for _, id := range signed() {
				d, err := hall.Council.Deliberation(h.ctx, id)
				if err != nil {
					return err
				}
				pdf, err := hall.Store.Blobs().Read(*d.Signed, 1<<24)
				if err := errors.Join(err, h.keep("signed-"+d.Number+".pdf", pdf)); err != nil {
					return err
				}
			}
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"))
		}},
		{"is told at the start what is to be done", func() error {
			return errors.Join(h.click("À faire"), h.see("Transmettre au contrôle de légalité — "), h.see("Afficher et mettre en ligne la liste des délibérations"))
		}},
		{"publishes the list, once for all", func() error {
			return errors.Join(h.click("Conseil"), h.click("Publication"), h.click("Liste des délibérations de la séance"), h.see("Publier"), h.click("Publier"), h.see("L’acte est publié."), h.x("sleep", "1"))
		}},
		{"the registers know of it", func() error {
			return errors.Join(h.click("Registres"), h.click("Séance du "+lang.Day(held)), h.click("Noter l’affichage"), h.see("Affichée en mairie le"), h.see("Mise en ligne le"), h.click("Procès-verbal"), h.x("sleep", "1.5"))
		}},
		{"its papers", func() error {
			return errors.Join(h.print(hall, sitting.ID, registers.PaperList, registers.PaperMinutes, registers.PaperCertificate, registers.PaperSheets), h.click("Certificat"), h.x("sleep", "1"))
		}},
		{"transmits", func() error {
			id := point("subvention").Deliberation
			return errors.Join(h.click("Légalité"), h.click(year+"-001"), h.click("Demander la classification"), h.see("La classification de la préfecture est enregistrée."), h.click("Transmettre au contrôle de légalité"),
				h.until("it is received", func() bool {
					f, err := hall.Legality.Filing(h.ctx, id)
					return err == nil && f.State == actes.Received
				}), h.see("Reçu en préfecture"), h.shoot("received"), h.click("Sa publication"))
		}},
		{"publishes it, executory", func() error {
			return errors.Join(h.see("Publier"), h.click("Publier"), h.see("L’acte est publié."), h.see("exécutoire depuis le"))
		}},
		{"exports the site and the open data", func() error {
			site := filepath.Join(h.shots, "site")
			if err := errors.Join(h.click("Réglages de la publication"), h.click("00015"), h.types("00015"), h.click("Enregistrer les réglages"), h.see("Les réglages sont enregistrés."), h.click("Exporter…"), h.see("Exporter le dossier du site"), h.types(site), h.click("Exporter"), h.see("en ligne dans ce dossier."), h.click("Fermer")); err != nil {
				return err
			}
			return h.openData(site)
		}},
		{"finds it again", func() error {
			return errors.Join(h.key("ctrl+k"), h.types("restauration"), h.see("Séance du "+french.LongDate(held)), h.shoot("search"), h.key("Escape"))
		}},
		{"the register of the year", func() error {
			if err := errors.Join(h.click("Registres"), h.click("Registre des délibérations "+year), h.click("Préparer le registre"), h.see("Page 1 sur ")); err != nil {
				return err
			}
			d, err := hall.Registers.PrintYear(h.ctx, registers.Year{Year: held.Year(), Duplex: true}, nil)
			return errors.Join(err, h.keep("register.pdf", d.PDF))
		}},
	})
}

// elect writes into a text who was elected.
func (h *hands) elect(hall *office.Hall, id, name string) error {
	d, err := hall.Council.Deliberation(h.ctx, id)
	if err != nil {
		return err
	}
	for i := range d.Text.Variables {
		if d.Text.Variables[i].Value == "" {
			d.Text.Variables[i].Value = name
		}
	}
	return hall.Council.Save(h.ctx, demo.Secretary, id, d.Version, d.Text)
}

// openData looks whether the exported site tells the deliberation in its table.
func (h *hands) openData(site string) error {
	var found string
	err := filepath.WalkDir(site, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".csv") {
			found = path
		}
		return err
	})
	if err != nil || found == "" {
		return errors.Join(errors.New("no open data"), err)
	}
	content, err := os.ReadFile(found)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil || len(rows) != 2 {
		return fmt.Errorf("%d rows of open data: %w", len(rows), err)
	}
	return nil
}
