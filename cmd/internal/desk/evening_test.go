package desk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/sync/mail/mailtest"
	"alpi40.fr/airial/sync/tdt/tdttest"
	"alpi40.fr/airial/ui/lang"
)

// A whole council evening: a draft that came from a word processor with its annex, approved by the mayor; the sitting
// without network, a vote undone and taken again; numbers, the signatures of the mayor and of the secretary of the sitting in
// one lot each; the legality review and its receipt; publication, register and open data, without network again; the next
// sitting is summoned by mail, with read receipts, and its proof saved.
func TestEveningInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "evening")
	year := fmt.Sprint(time.Now().Year())
	scdl, err := filepath.Glob(filepath.Join(dir, "site", "*.csv"))
	if err != nil || len(scdl) == 0 {
		scdl, _ = filepath.Glob(filepath.Join(dir, "site", "*", "*.csv"))
	}
	if len(scdl) != 1 {
		t.Fatalf("open data: %v", scdl)
	}
	raw, err := os.ReadFile(scdl[0])
	if err != nil {
		t.Fatal(err)
	}
	report, err := publication.CheckSCDL(raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range report.Faults {
		if !fault.Advice {
			t.Errorf("SCDL: %s", fault)
		}
	}
	if n := bytes.Count(raw, []byte("\n")); n < 3 || !bytes.Contains(raw, []byte(year+"-002")) {
		t.Errorf("open data of %d lines:\n%s", n, raw)
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		return
	}
	for name, words := range map[string][]string{
		"register.pdf": {"Convention de pret", "Annexe 1 à l’affaire n° 1", "Clôture de la séance", year + "-002", "Table par objet"},
		"list.pdf":     {"toiture de l’école", "Amicale", "Adoptée"},
		"minutes.pdf":  {"Ève EXEMPLE", "toiture de l’école"},
	} {
		out, err := exec.Command("pdftotext", "-layout", filepath.Join(dir, name), "-").CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		text := strings.NewReplacer("\u00a0", " ", "\u202f", " ", "'", "’").Replace(string(out))
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks «%s»", name, w)
			}
		}
	}
	for _, n := range []string{"1", "2"} {
		out, err := exec.Command("pdfsig", "-nocert", filepath.Join(dir, "signed-"+n+".pdf")).CombinedOutput()
		if err != nil || bytes.Count(out, []byte("Signature is Valid")) != 2 {
			t.Errorf("pdfsig, %s: %v\n%s", n, err, out)
		}
	}
}

// evening is what the steps of a council evening know.
type evening struct {
	*hands
	mayor, secretary *window.Seat
	agenda           []string // the roof, then the grant
	sitting          string
}

const roof = "Réfection de la toiture de l"

func (h *hands) newEvening() *evening {
	return &evening{hands: h, mayor: h.seats[0], secretary: h.seats[1]}
}

func (e *evening) council() *council.Council { return e.secretary.Hall.Council }
func (e *evening) today() authority.Day      { return authority.DayOf(e.now()) }

// beside starts the trusted third party of a job, and says how the acts are published.
func (e *evening) beside() (stop func() error, err error) {
	third, err := tdttest.Start(e.ctx, tdttest.Options{Now: e.now, Rand: rand.Reader})
	if err != nil {
		return nil, err
	}
	p12, err := third.PKCS12("demonstration")
	if err == nil {
		err = e.secretary.Hall.SetThirdParty(e.ctx, office.ThirdParty{URL: third.URL(), Certificate: p12, Authority: third.Authority()}, "demonstration", "")
	}
	if err == nil {
		err = e.secretary.Hall.Public.Settle(e.ctx, demo.Secretary, publication.Settings{URL: "https://saint-airial.example/actes", NIC: "00015"})
	}
	if err != nil {
		return nil, errors.Join(err, third.Close())
	}
	return third.Close, nil
}

func (e *evening) holds(what string, ok func(s *council.Sitting) bool) error {
	return e.until(what, func() bool {
		s, err := e.council().Sitting(e.ctx, e.sitting)
		return err == nil && ok(s)
	})
}

func (e *evening) numbered(n int) error {
	return e.until("it has its number", func() bool {
		d, err := e.council().Deliberation(e.ctx, e.agenda[n])
		return err == nil && d.Number != ""
	})
}

func (e *evening) received(id string) func() bool {
	return func() bool {
		f, err := e.secretary.Hall.Legality.Filing(e.ctx, id)
		return err == nil && f.State == actes.Received
	}
}

func (h *hands) evening() (err error) {
	e := h.newEvening()
	stop, err := e.beside()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	next, letters, err := h.nextSummons()
	if err != nil {
		return err
	}
	defer letters.stop()
	return h.play(slices.Concat(e.drafted(), e.summoned(), e.held(), e.signed(), e.transmitted(), e.published(), next))
}

// drafted: a draft comes from a word processor, with its annex, and the mayor approves it.
func (e *evening) drafted() []step {
	return []step{
		{"a text of a word processor becomes a draft, without network", func() error {
			path := filepath.Join(e.shots, "projet.docx")
			return errors.Join(writeDocument(path), e.pick(path), e.sit(e.mayor.Name, e.secretary.Name, "Ordinateur du secrétariat"), e.leave(),
				e.click("Conseil"), e.click("Nouvelle délibération"), e.click("Importer un texte…"), e.see("Texte importé"), e.click("Créer le projet"), e.see("Tableau 1"))
		}},
		{"its annex is joined, it goes to the mayor's approval", func() error {
			return errors.Join(e.pick(filepath.Join(e.shots, "Convention de prêt.pdf")), e.click("Annexes"), e.click("Joindre un fichier…"), e.see("Convention de prêt.pdf"), e.see("Le projet est enregistré."),
				e.click("Remarques"), e.click("Envoyer au visa"), e.see("Le projet est parti au visa, dans le parapheur."), e.comeBack())
		}},
		{"the mayor approves", func() error {
			return errors.Join(e.sit(e.secretary.Name, e.mayor.Name, "Portable du maire"), e.until("it is here", func() bool {
				person, err := e.mayor.Hall.Person(e.ctx)
				if err != nil {
					return false
				}
				rows, err := e.mayor.Hall.Folders.List(e.ctx, person, parapheur.ToDo, 100)
				for _, r := range rows {
					if strings.Contains(r.Title, "toiture de l’école") || strings.Contains(r.Title, "toiture de l'école") {
						return err == nil
					}
				}
				return false
			}), e.click("Parapheur"), e.click("Projet de délibération — "), e.click("Viser"), e.see("Le dossier est visé."))
		}},
	}
}

// summoned: the council was summoned six days ago to hear it, and a grant.
func (e *evening) summoned() []step {
	return []step{
		{"the council is summoned, and the network unplugged", func() error {
			all, err := e.council().Deliberations(e.ctx)
			if err != nil {
				return err
			}
			for _, d := range all {
				if strings.HasPrefix(d.Text.Subject(), roof) {
					e.agenda = append(e.agenda, d.ID)
				}
			}
			grant, err := demo.Draft(e.ctx, e.council(), e.now())
			if err != nil || len(e.agenda) != 1 {
				return errors.Join(err, fmt.Errorf("%d drafts of the roof", len(e.agenda)))
			}
			e.agenda = append(e.agenda, grant)
			// It left six days ago: the form of a summons is another job's.
			e.sitting, err = e.council().Convene(e.ctx, demo.Secretary, council.Convene{At: e.now(), Place: "à la mairie", Convened: e.today().Plus(-6), Posted: e.today().Plus(-6), Agenda: e.agenda})
			return errors.Join(err, e.sit(e.mayor.Name, e.secretary.Name, "Ordinateur du secrétariat"), e.leave(), e.click("Conseil"), e.click("Séances"), e.see("Tenir la séance"))
		}},
	}
}

// held: the sitting is held without network, and its deliberations go to be signed.
func (e *evening) held() []step {
	return []step{
		{"the call", func() error {
			if err := errors.Join(e.click("Tenir la séance"), e.see("Ouverture de la séance"), e.click("Mme Maïté FICTIVE")); err != nil {
				return err
			}
			for range 12 {
				if err := e.x("key", "--delay", "60", "p"); err != nil {
					return err
				}
			}
			return errors.Join(e.holds("twelve are present", func(s *council.Sitting) bool { return len(s.PresentAt("")) == 12 }), e.see("le quorum est atteint."),
				e.click("À désigner parmi les présents"), e.click("Mme Ève EXEMPLE"), e.holds("she is the secretary", func(s *council.Sitting) bool { return s.Secretary == demo.Deputy }))
		}},
		{"the roof is voted, undone, and voted again", func() error {
			return errors.Join(e.click("Mettre en discussion le point 1"), e.click("Enregistrer le vote"), e.holds("it is voted", func(s *council.Sitting) bool { return len(s.Votes) == 1 }), e.shoot("voted"),
				e.click("Annuler l’acte"), e.holds("it is undone", func(s *council.Sitting) bool { return len(s.Votes) == 0 }),
				e.click("Enregistrer le vote"), e.holds("it is voted again", func(s *council.Sitting) bool { return len(s.Votes) == 1 }), e.click("Numéroter la délibération"), e.numbered(0))
		}},
		{"the grant is voted, the sitting ends", func() error {
			return errors.Join(e.click("Mettre en discussion le point 2"), e.click("Enregistrer le vote"), e.holds("both are voted", func(s *council.Sitting) bool { return len(s.Votes) == 2 }),
				e.click("Numéroter la délibération"), e.numbered(1), e.click("Lever la séance…"), e.click("Lever la séance"), e.holds("it has ended", func(s *council.Sitting) bool { return s.Closed }))
		}},
		{"both go to be signed", func() error {
			return errors.Join(e.click("Registres"), e.click("Séance du "+lang.Day(e.now())), e.click("Envoyer toute la séance à la signature"), e.see("2 délibérations sont parties à la signature."), e.comeBack())
		}},
	}
}

// signed: the mayor and the secretary of the sitting sign, in one lot each.
func (e *evening) signed() []step {
	return []step{
		{"the mayor signs her lot", func() error {
			var lot []parapheur.Row
			if err := errors.Join(e.sit(e.secretary.Name, e.mayor.Name, "Portable du maire"), e.until("both are here", func() bool {
				person, err := e.mayor.Hall.Person(e.ctx)
				if err == nil {
					lot, err = e.mayor.Hall.Folders.List(e.ctx, person, parapheur.ToDo, 100)
				}
				n := 0
				for _, r := range lot {
					if r.Kind == parapheur.Deliberation {
						n++
					}
				}
				return err == nil && n == 2
			})); err != nil {
				return err
			}
			return errors.Join(e.click("Parapheur"), e.click(fmt.Sprint(e.today().Time().Year())+"-001"), e.see("Page 1 sur"), e.x("key", "ctrl+a"), e.click(fmt.Sprintf("Signer les %d dossiers cochés", len(lot))), e.see(fmt.Sprintf("Signer %d dossiers", len(lot))),
				e.x("type", "--delay", "60", demo.PIN), e.x("key", "Return"), e.see(fmt.Sprintf("%d dossiers signés.", len(lot))))
		}},
		{"the secretary of the sitting signs hers", func() error {
			if err := e.secretary.Hall.SetPerson(e.ctx, demo.Deputy); err != nil {
				return err
			}
			return errors.Join(e.sit(e.mayor.Name, e.secretary.Name, "Ordinateur du secrétariat"), e.until("both are here", func() bool {
				rows, err := e.secretary.Hall.Folders.List(e.ctx, demo.Deputy, parapheur.ToDo, 10)
				return err == nil && len(rows) == 2
			}), e.click("Parapheur"), e.click(fmt.Sprint(e.today().Time().Year())+"-001"), e.see("Page 1 sur"), e.x("key", "ctrl+a"), e.click("Signer les 2 dossiers cochés"), e.see("Signer 2 dossiers"),
				e.x("type", "--delay", "60", demo.PIN), e.x("key", "Return"), e.see("2 dossiers signés."), e.secretary.Hall.SetPerson(e.ctx, demo.Secretary))
		}},
	}
}

// transmitted: both acts go to the legality review.
func (e *evening) transmitted() []step {
	return []step{
		{"the roof is transmitted, and its receipt comes", func() error {
			number := fmt.Sprint(e.today().Time().Year()) + "-001"
			return errors.Join(e.click("Conseil"), e.click("Légalité"), e.click("Demander la classification"), e.see("La classification de la préfecture est enregistrée."), e.click(number),
				e.click("Cherchez : subvention, voirie, 7.5…"), e.x("type", "--delay", "25", "7.5"), e.see("7.5 Finances locales › Subventions"), e.see("Convention de prêt.pdf"), e.click("Type de cette annexe"), e.click("21_RP Rapport de présentation"), e.click("Transmettre au contrôle de légalité"),
				e.until("it is received", e.received(e.agenda[0])), e.see("Reçu en préfecture"), e.until("its annex too", func() bool {
					f, err := e.secretary.Hall.Legality.Filing(e.ctx, e.agenda[0])
					return err == nil && len(f.Annexes) == 1 && f.Annexes[0].Type == "21_RP"
				}))
		}},
		{"the grant too", func() error {
			return errors.Join(e.click(fmt.Sprint(e.today().Time().Year())+"-002"), e.click("Transmettre au contrôle de légalité"), e.until("it is received", e.received(e.agenda[1])), e.see("Reçu en préfecture"))
		}},
	}
}

// published: both are published without network, exported, and bound.
func (e *evening) published() []step {
	return []step{
		{"without network again, both are published", func() error {
			year := fmt.Sprint(e.today().Time().Year())
			return errors.Join(e.leave(), e.click("Publication"), e.click(year+"-001"), e.click("Publier"), e.see("L’acte est publié."), e.see("exécutoire depuis le"), e.click(year+"-002"), e.click("Publier"),
				e.until("both are public", func() bool {
					b, err := e.secretary.Hall.Public.Board(e.ctx)
					n := 0
					for _, a := range b.Acts {
						if a.Online() {
							n++
						}
					}
					return err == nil && n == 2
				}))
		}},
		{"the site and its open data are exported", func() error {
			return errors.Join(e.click("Exporter…"), e.see("Exporter le dossier du site"), e.x("type", "--delay", "20", filepath.Join(e.shots, "site")), e.click("Exporter"), e.see("2 actes sont en ligne dans ce dossier."))
		}},
		{"the register is laid out, with the annex in it", func() error {
			return errors.Join(e.click("Registres"), e.click("Registre des délibérations 20"), e.click("Préparer le registre"), e.see("Page 1 sur "), e.keepPapers(e.sitting, e.agenda))
		}},
	}
}

// letters are the mail servers of the job.
type letters struct {
	in  *mailtest.Dovecot
	out *mailtest.Submission
	dir string
}

// letters starts servers of mail. Error: mailtest.ErrNone.
func (h *hands) letters() (l letters, err error) {
	if l.dir, err = os.MkdirTemp("/tmp", "dov"); err != nil { // short: names of sockets are
		return l, err
	}
	if l.in, err = mailtest.Start(h.ctx, l.dir, rand.Reader, h.now()); err == nil {
		l.out, err = mailtest.Submit(rand.Reader, h.now())
	}
	if err != nil {
		l.stop()
		return letters{}, err
	}
	return l, nil
}

func (l letters) stop() {
	if l.in != nil {
		l.in.Stop()
	}
	if l.out != nil {
		_ = l.out.Close()
	}
	if l.dir != "" {
		_ = os.RemoveAll(l.dir)
	}
}

// nextSummons are the steps by which the next sitting is summoned by mail, when a mail server is installed: each letter asks for
// a read receipt, one member gives it, and the proof is saved.
func (h *hands) nextSummons() (steps []step, l letters, err error) {
	l, err = h.letters()
	if errors.Is(err, mailtest.ErrNone) {
		return nil, l, nil
	}
	if err != nil {
		return nil, l, err
	}
	hall, c := h.seats[1].Hall, h.seats[1].Hall.Council
	const reached = 3
	var sitting string
	sent := func() []council.Delivery {
		all, err := c.Deliveries(h.ctx, sitting)
		if err != nil {
			return nil
		}
		return all
	}
	proof := filepath.Join(h.shots, "preuve.csv")
	return []step{
		{"the next sitting is summoned by mail, with read receipts", func() error {
			draft, err := demo.Draft(h.ctx, c, h.now())
			if err != nil {
				return err
			}
			today := authority.DayOf(h.now())
			at := h.now().AddDate(0, 0, 10)
			if sitting, err = c.Convene(h.ctx, demo.Secretary, council.Convene{At: at, Place: "à la mairie", Convened: today, Posted: today, Agenda: []string{draft}}); err != nil {
				return err
			}
			s, err := c.Sitting(h.ctx, sitting)
			if err != nil {
				return err
			}
			people, _, err := hall.People.Everyone(h.ctx)
			if err != nil {
				return err
			}
			called := council.Proof(*s, nil) // the mayor, who summons, is not
			for _, p := range people {
				i := slices.IndexFunc(called, func(c council.Called) bool { return c.Member.ID == p.ID })
				p.Email = ""
				if i >= 0 && i < reached {
					p.Email = fmt.Sprintf("membre%d@exemple.example", i+1)
				}
				if _, err := hall.People.Put(h.ctx, demo.Secretary, p); err != nil {
					return err
				}
			}
			return errors.Join(h.comeBack(), hall.SetMailAccount(h.ctx, office.MailAccount{Name: "Mairie de Saint-Airial-des-Pins", Address: mailtest.Login, Login: mailtest.Login, Imap: l.in.Server, Smtp: l.out.Server}, mailtest.Password),
				h.click("Conseil"), h.click("Séances"), h.click("Séance du "+lang.LongDay(at)), h.click("Convocations envoyées : 0 sur"), h.click("Demander un accusé de lecture"), h.shoot("calls"),
				h.click("Envoyer par courriel"), h.see("3 convocations partent dès que la ligne est là."),
				h.until("they have left", func() bool {
					gone := 0
					for _, d := range sent() {
						if d.State == council.Gone && d.Asked {
							gone++
						}
					}
					return gone == reached
				}), h.see("lecture non confirmée"), h.see("Membres convoqués : 3 sur"), h.keepLetter(l.out.Taken()))
		}},
		{"a member reads hers, and the proof is saved", func() error {
			all := sent()
			if len(all) == 0 {
				return errors.New("no summons was noted")
			}
			id := all[0].MessageID
			return errors.Join(l.in.Put("1790000001.m", "From: membre1@exemple.example\nDate: "+h.now().Format(time.RFC1123Z)+"\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=o\n\n--o\nContent-Type: text/plain\n\nLu.\n--o\nContent-Type: message/disposition-notification\n\n"+
				"Final-Recipient: rfc822;membre1@exemple.example\nOriginal-Message-ID: <"+id+">\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--o--\n"),
				h.until("it is known to be read", func() bool {
					hall.WakeMail()
					return slices.ContainsFunc(sent(), func(d council.Delivery) bool { return d.MessageID == id && !d.Read.IsZero() })
				}), h.see("lue le"),
				os.WriteFile(filepath.Join(h.shots, "picked"), []byte(proof+"\n"), 0o600), h.click("Enregistrer la preuve…"), h.see("preuve.csv"), h.until("the proof is on the disk", func() bool {
					raw, err := os.ReadFile(proof)
					return err == nil && bytes.Contains(raw, []byte(id)) && bytes.Contains(raw, []byte("membre1@exemple.example"))
				}))
		}},
	}, l, nil
}

// keepLetter looks at what left, and keeps one letter with its summons.
func (h *hands) keepLetter(taken []string) error {
	if len(taken) != 3 {
		return fmt.Errorf("%d letters left", len(taken))
	}
	for _, l := range taken {
		p := mailbox.Read([]byte(l))
		if len(p.To) != 1 || len(p.Files) != 2 || p.Files[0].Name != "convocation.pdf" || p.Files[1].Name != "seance.ics" || !strings.Contains(l, "Disposition-Notification-To:") {
			return fmt.Errorf("a letter to %v with %v:\n%.2000s", p.To, p.Files, l)
		}
	}
	p := mailbox.Read([]byte(taken[0]))
	pdf, _, err := mailbox.Part([]byte(taken[0]), p.Files[0].Place)
	return errors.Join(err, os.WriteFile(filepath.Join(h.shots, "letter.eml"), []byte(taken[0]), 0o600), os.WriteFile(filepath.Join(h.shots, "letter.pdf"), pdf, 0o600))
}

// keepPapers writes the documents of a sitting into the job's folder, to be looked at and read again.
func (h *hands) keepPapers(sitting string, deliberations []string) error {
	hall := h.seats[1].Hall
	made := map[string][]byte{}
	for name, paper := range map[string]registers.Paper{"summons": registers.PaperSummons, "poster": registers.PaperPoster, "list": registers.PaperList, "minutes": registers.PaperMinutes, "sheets": registers.PaperSheets} {
		d, err := hall.Registers.Print(h.ctx, sitting, paper)
		if err != nil {
			return fmt.Errorf("printing %s: %w", name, err)
		}
		made[name] = d.PDF
	}
	book, err := hall.Registers.PrintYear(h.ctx, registers.Year{Year: h.now().Year()}, nil)
	if err != nil {
		return err
	}
	made["register"] = book.PDF
	for i, id := range deliberations {
		d, err := hall.Council.Deliberation(h.ctx, id)
		if err != nil || d.Signed == nil {
			return errors.Join(fmt.Errorf("%s is not signed", id), err)
		}
		if made[fmt.Sprintf("signed-%d", i+1)], err = hall.Store.Blobs().Read(*d.Signed, 1<<24); err != nil {
			return err
		}
	}
	for name, pdf := range made {
		if err := os.WriteFile(filepath.Join(h.shots, name+".pdf"), pdf, 0o600); err != nil {
			return err
		}
	}
	return nil
}
