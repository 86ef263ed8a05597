package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/ui/widgets"
)

// The test's own program is the one whose window is worked, and the token's helper.
func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	if pdf := os.Getenv("AIRIAL_TEST_WINDOW"); pdf != "" {
		job := os.Getenv("AIRIAL_TEST_JOB")
		play := func(ctx context.Context, d *desk) error {
			h := &hands{ctx: ctx, w: d.w, shots: filepath.Dir(pdf)}
			switch job {
			case "bench":
				return benchPlay(ctx, d)
			case "door":
				return errors.Join(h.door(), h.shoot("end"))
			case "door-again":
				return errors.Join(h.doorAgain(), h.shoot("again"))
			}
			if err := d.seated(ctx); err != nil {
				return err
			}
			h.seats = d.seats
			do := map[string]func() error{"main": h.mainJob, "sitting": h.sitting, "mention": h.mention, "people": h.people, "acts": h.acts}[job]
			return errors.Join(do(), h.shoot("end"))
		}
		e, atDoor := &entrance{out: os.Stdout}, strings.HasPrefix(job, "door")
		if e.alone = !atDoor; job == "bench" {
			e.keyring, e.onSat = folderRing(os.Getenv("HOME")), tellDrawn
		}
		if err := open(context.Background(), e, !atDoor && job != "bench", play); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A secretary imports a PDF offline and approves it, the mayor receives it, signs
// it offline, comes back: by the mouse and the keyboard, in the real window, on a
// virtual screen (steps 2 to 4 of the main job).
func TestMainJobInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "main")
	out, err := exec.Command("pdfsig", "-nocert", filepath.Join(dir, "signed.pdf")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Signature is Valid")) || !bytes.Contains(out, []byte("ETSI.CAdES.detached")) {
		t.Errorf("pdfsig: %v\n%s", err, out)
	}
}

// A sitting is convened and recorded in the window: presence, a proxy, and a
// vote that the law refuses, then takes under another president.
func TestSittingInTheWindow(t *testing.T) { inTheWindow(t, "sitting") }

// An act is added with its scanned page, a mention is prepared on it as it will
// read, and noted as affixed by an officer.
func TestMentionInTheWindow(t *testing.T) { inTheWindow(t, "mention") }

// A member joins the council and the mayor delegates her signature to a deputy.
func TestDelegationInTheWindow(t *testing.T) { inTheWindow(t, "people") }

// The mayor remarks, sends back, and signs a lot with one PIN; the secretary hands a step over.
func TestActsInTheWindow(t *testing.T) { inTheWindow(t, "acts") }

// A computer without a keyring is protected, joined and described at the first
// opening; the second asks for the passphrase.
func TestFirstComputerInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "door")
	playInTheWindow(t, "door-again", dir)
}

// inTheWindow plays a job on the demonstration commune, and gives the folder of its pictures.
func inTheWindow(t *testing.T, job string) (dir string) {
	t.Helper()
	for _, tool := range []string{"xvfb-run", "xdotool", "import", "gs", "pdfsig", "softhsm2-util"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	dir = t.TempDir()
	if keep := os.Getenv("AIRIAL_TEST_SHOTS"); keep != "" {
		dir = filepath.Join(keep, job)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	playInTheWindow(t, job, dir)
	return dir
}

func playInTheWindow(t *testing.T, job, dir string) {
	t.Helper()
	pdf := filepath.Join(dir, "Convention de prêt.pdf")
	page := "/Helvetica findfont 24 scalefont setfont 72 700 moveto (Convention de pret) show showpage"
	if out, err := exec.Command("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", pdf, "-c", page).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The desktop's file dialog, answered.
	bin := filepath.Join(dir, "bin")
	if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "zenity"), []byte("#!/bin/sh\necho \"$AIRIAL_TEST_WINDOW\"\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "xvfb-run", "-a", "-s", "-screen 0 1366x768x24", os.Args[0])
	command.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir,
		"AIRIAL_TEST_WINDOW="+pdf, "AIRIAL_TEST_JOB="+job, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(dir, "none"), "PATH="+bin+":"+os.Getenv("PATH"))
	command.WaitDelay = 10 * time.Second
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// hands work the window as a person does: they find words on it, click and type.
type hands struct {
	ctx   context.Context
	w     fyne.Window
	seats []*window.Seat
	shots string
}

func (h *hands) mainJob() error {
	mayor, secretary := h.seats[0], h.seats[1]
	const title = "Convention de prêt"
	var id string
	return h.play([]step{
		{"the secretary sits down", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"))
		}},
		{"works offline", h.leave},
		{"imports the PDF", func() error {
			return errors.Join(h.click("Parapheur"), h.click("Nouveau dossier…"), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit."), h.see(title))
		}},
		{"approves it", func() (err error) {
			if err := errors.Join(h.click(title), h.see("À viser"), h.click("Viser"), h.see("Le dossier est visé.")); err != nil {
				return err
			}
			id, err = h.find(secretary, title, parapheur.Waiting)
			return err
		}},
		{"nothing has left", func() error {
			if _, err := mayor.Hall.Folders.Folder(h.ctx, id); err == nil {
				return errors.New("the mayor has it already")
			}
			return h.see("Échanges suspendus")
		}},
		{"comes back", h.comeBack},
		{"the mayor receives it", func() error {
			if err := errors.Join(h.click(secretary.Name), h.click(mayor.Name), h.see("Portable du maire")); err != nil {
				return err
			}
			if err := h.until("the folder is here", func() bool { _, err := mayor.Hall.Folders.Folder(h.ctx, id); return err == nil }); err != nil {
				return err
			}
			return errors.Join(h.click("Parapheur"), h.click(title), h.see("Page 1 sur 1"))
		}},
		{"goes offline", h.leave},
		{"signs", func() error {
			if err := errors.Join(h.click("Signer"), h.see("Signer 1 dossier")); err != nil {
				return err
			}
			if err := h.x("type", "--delay", "60", demo.PIN); err != nil {
				return err
			}
			return errors.Join(h.x("key", "Return"), h.see("1 dossier signé."), h.click("Terminés"), h.click(title), h.see("signée hors ligne, à horodater"))
		}},
		{"comes back and timestamps", func() error {
			return errors.Join(h.comeBack(), h.see("signature horodatée (B-LTA)"))
		}},
		{"the secretary has it, signed", func() error {
			if err := errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.click("Parapheur"), h.click("Terminés"), h.click(title), h.see("signature horodatée (B-LTA)")); err != nil {
				return err
			}
			if err := errors.Join(h.click("Vérifier"), h.see("Vérification des signatures"), h.see("Signature valide."), h.click("Revenir au dossier"), h.see("Bordereau")); err != nil {
				return err
			}
			f, err := secretary.Hall.Folders.Folder(h.ctx, id)
			if err != nil {
				return err
			}
			pdf, err := secretary.Hall.Store.Blobs().Read(f.Documents[0].Digest, 1<<24)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(h.shots, "signed.pdf"), pdf, 0o600)
		}},
	})
}

// sitting convenes the drafts for a day that leaves three clear days, and records it up to
// a vote that the law refuses.
func (h *hands) sitting() error {
	mayor := h.seats[0]
	var sitting *council.Sitting
	read := func() error {
		all, err := mayor.Hall.Council.Sittings(h.ctx)
		if err != nil || len(all) != 1 {
			return fmt.Errorf("%d sittings: %w", len(all), err)
		}
		sitting = &all[0]
		return nil
	}
	steps := []step{
		{"convenes", func() error {
			return errors.Join(h.click("Conseil"), h.click("Convoquer une séance…"), h.see("Convoquer"), h.x("type", "--delay", "40", "11/01/2027 20h"),
				h.click("Convoquer"), h.see("La séance est convoquée."), h.click("Séance du lundi 11 janvier 2027"), h.see("Membres présents"))
		}},
	}
	for _, name := range []string{"FICTIVE", "EXEMPLE", "MODÈLE", "SPÉCIMEN", "MAQUETTE", "ESSAI", "CANEVAS", "ÉBAUCHE", "GABARIT"} {
		steps = append(steps, step{"notes the presence of " + name, func() error {
			before := 0
			if sitting != nil {
				before = len(sitting.PresentAt(""))
			}
			if err := h.click(name + ", "); err != nil {
				return err
			}
			return errors.Join(h.until("one more is present", func() bool { return read() == nil && len(sitting.PresentAt("")) == before+1 }),
				h.see(fmt.Sprintf("%d présent", before+1)))
		}})
	}
	steps = append(steps,
		step{"chooses who is away", func() error { return errors.Join(h.click("Membre absent"), h.click("Mme Lise ESQUISSE")) }},
		step{"opens the list of holders", func() error { return h.click("Porteur présent") }},
		step{"notes a proxy", func() error {
			return errors.Join(h.click("Mme Maïté FICTIVE"),
				h.click("Écrit le (jj/mm/aaaa)"), h.x("type", "--delay", "40", "05/01/2027"), h.click("Noter le pouvoir"), h.see("donne pouvoir à Mme Maïté FICTIVE (écrit le 5 janvier 2027)"))
		}},
		step{"is told the rule of the account's vote", func() error {
			return errors.Join(h.click("Enregistrer le vote"), h.see("Le maire se retire au moment du vote du compte, et le conseil élit un autre président pour ce point. (CGCT, art. L2121-14)"), h.click("Fermer"))
		}},
		step{"notes that the mayor goes out", func() error {
			return errors.Join(h.click("Votes nominatifs"), h.click("Se retire"))
		}},
		step{"chooses the president of the point", func() error { return h.click("Préside ce point : Mme Maïté FICTIVE") }},
		step{"elects her", func() error { return h.click("Mme Ève EXEMPLE") }},
		step{"records the vote", func() error {
			return errors.Join(h.click("Enregistrer le vote"), h.see("Numéroter la délibération"))
		}},
		step{"the vote is what was shown", func() error {
			if err := read(); err != nil {
				return err
			}
			v, ok := sitting.Vote(sitting.Agenda[0].Deliberation)
			// The mayor is out: the power she holds is not used (L2121-20).
			if !ok || !v.Adopted || v.Figures.For != 8 || len(v.Represented) != 0 || v.Chair != demo.Deputy {
				return fmt.Errorf("vote %+v", v)
			}
			return nil
		}})
	return h.play(steps)
}

func (h *hands) mention() error {
	fill := func(words ...string) error {
		for _, w := range words {
			if err := errors.Join(h.x("type", "--delay", "25", w), h.x("key", "Tab")); err != nil {
				return err
			}
		}
		return nil
	}
	return h.play([]step{
		{"adds an act", func() error {
			return errors.Join(h.click("État civil"), h.click("Ajouter un acte…"), h.see("Convention de prêt.pdf"), fill("Prototype", "Marc", "12/02/1988", "14"),
				h.click("Masculin"), h.click("Ajouter l’acte"), h.see("L’acte est ajouté."), h.see("PROTOTYPE Marc"), h.see("Acte de naissance n° 14 de 1988"), h.see("Page 1 sur 1"))
		}},
		{"prepares a mention", func() error {
			return errors.Join(h.click("Nouvelle mention"), h.see("La mention se lira ainsi"), fill("Dax", "12 septembre 2026", "Jeanne", "MAQUETTE", "mairie de Dax"),
				h.see("Marié à Dax le 12 septembre 2026 avec Jeanne MAQUETTE."), h.click("Enregistrer, à apposer"), h.see("La mention est enregistrée, à apposer."), h.see("À apposer"))
		}},
		{"notes it as affixed", func() error {
			return errors.Join(h.click("Apposée…"), h.see("Qui a signé le registre aujourd’hui ?"), h.click("Mme Maïté FICTIVE, Maire"), h.click("Noter comme apposée"),
				h.see("La mention est apposée."), h.see("Image pas à jour : une mention a été apposée depuis"), h.see("Avis de mention"))
		}},
	})
}

func (h *hands) people() error {
	mayor := h.seats[0]
	fill := func(words ...string) error {
		for _, w := range words {
			if err := errors.Join(h.x("key", "ctrl+a"), h.x("type", "--delay", "25", w), h.x("key", "Tab")); err != nil {
				return err
			}
		}
		return nil
	}
	return h.play([]step{
		{"sees the council", func() error {
			return errors.Join(h.click("Personnes"), h.click("M. Jean MODÈLE"), h.see("Adjoint ou adjointe"), h.see("Aucune délégation ni suppléance."))
		}},
		{"is told that an order is needed", func() error {
			return errors.Join(h.click("Donner une délégation…"), h.see("M. Jean MODÈLE agira pour un autre"), h.click("Enregistrer la délégation"),
				h.see("Une délégation se donne par un arrêté, dont la référence manque. (CGCT, art. L2122-18)"), h.click("Fermer"))
		}},
		{"delegates", func() error {
			return errors.Join(h.click("n° 2026-012 du 3 mars 2026"), fill("no 2026-031 du 2 avril 2026"), h.click("marché"), h.click("Enregistrer la délégation"),
				h.see("La délégation est enregistrée."), h.see("Par délégation de Mme Maïté FICTIVE, arrêté no 2026-031 du 2 avril 2026, pour : marché"))
		}},
		{"the deputy may sign contracts, not letters", func() error {
			people, delegations, err := mayor.Hall.People.Everyone(h.ctx)
			if err != nil {
				return err
			}
			today := authority.DayOf(time.Now())
			if _, err := authority.MayorsCapacity(people, delegations, "adjoint-2", "marché", today); err != nil {
				return err
			}
			if _, err := authority.MayorsCapacity(people, delegations, "adjoint-2", "courrier", today); err == nil {
				return errors.New("a delegation for contracts signs letters")
			}
			return nil
		}},
		{"withdraws it", func() error {
			return errors.Join(h.click("Retirer"), h.see("La délégation est retirée."), h.see("(terminée)"))
		}},
	})
}

func (h *hands) acts() error {
	mayor, secretary := h.seats[0], h.seats[1]
	const title = "Réponse à une demande de subvention — Amicale imaginaire des Pins"
	return h.play([]step{
		{"remarks", func() error {
			return errors.Join(h.click("Parapheur"), h.click(title), h.click("Remarque…"), h.see("Écrire une remarque"),
				h.x("type", "--delay", "25", "Quel est le montant ?"), h.click("Enregistrer"), h.see("La remarque est enregistrée."), h.see(" : Quel est le montant ?"))
		}},
		{"verifies a file that nobody signed", func() error {
			return errors.Join(h.click("Vérifier un PDF…"), h.see("Convention de prêt.pdf"), h.see("Ce document ne porte aucune signature électronique."), h.click("Revenir au dossier"), h.see(" : Quel est le montant ?"))
		}},
		{"sends back", func() error {
			return errors.Join(h.click("Renvoyer…"), h.see("Renvoyer à l’étape précédente"), h.x("type", "--delay", "25", "Le montant manque."), h.click("Renvoyer"),
				h.see("Le dossier est renvoyé à l’étape précédente."))
		}},
		{"ticks two folders", func() error {
			return errors.Join(h.click("Lettre de commande — toiture de la salle"), h.x("key", "space"), h.x("key", "Down"), h.x("key", "space"), h.see("Signer les 2 dossiers cochés"))
		}},
		{"signs them with one PIN", func() error {
			return errors.Join(h.click("Signer les 2 dossiers cochés"), h.see("Signer 2 dossiers"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("2 dossiers signés."))
		}},
		{"the secretary has it back", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Parapheur"), h.click(title), h.see("À viser"),
				h.see("renvoyé à l’étape précédente par Mme Maïté FICTIVE : « Le montant manque. »"))
		}},
		{"and hands it over", func() error {
			return errors.Join(h.click("Confier à…"), h.see("À qui confier cette étape ?"), h.click("Choisir une personne"), h.click("M. Paul SPÉCIMEN, 3e adjoint"), h.click("Confier"), h.see("L’étape est confiée à cette personne."))
		}},
	})
}

const phrase = "quatre mots pour la mairie"

// door is the first opening, with a server of its own.
func (h *hands) door() (err error) {
	server, address, code, err := serveCommune(h.ctx, filepath.Join(h.shots, "server"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server()) }()
	typed := func(words ...string) error {
		for i, w := range words {
			if i > 0 {
				if err := h.x("key", "Tab"); err != nil {
					return err
				}
			}
			if err := errors.Join(h.x("key", "ctrl+a"), h.x("type", "--delay", "25", w)); err != nil {
				return err
			}
		}
		return nil
	}
	return h.play([]step{
		{"a passphrase too short", func() error {
			return errors.Join(h.see("Protéger cet ordinateur"), typed("court", "court"), h.x("key", "Return"), h.see("Cette phrase est trop courte : il faut au moins 12 caractères."))
		}},
		{"a passphrase", func() error {
			return errors.Join(h.click("Phrase de passe"), h.x("key", "Tab"), typed(phrase, phrase), h.x("key", "Return"), h.see("Rattacher cet ordinateur"), h.see("Nom de cet ordinateur"))
		}},
		{"a wrong code", func() error {
			return errors.Join(typed(address, "AAAAAAAA"), h.x("key", "Return"), h.see("Ce code"))
		}},
		{"the right code", func() error {
			return errors.Join(typed(address, code, "Poste d'accueil"), h.x("key", "Return"), h.see("Votre collectivité"))
		}},
		{"a population in words", func() error {
			return errors.Join(typed("Commune d'Essai-les-Pins", "Essai-les-Pins", "40998", "mille", "Ana", "Essai"), h.click("Commencer"), h.see("La population est un nombre"))
		}},
		{"the commune", func() error {
			return errors.Join(typed("Commune d'Essai-les-Pins", "Essai-les-Pins", "40998", "850"), h.click("Commencer"), h.see("À faire"), h.see("Poste d'accueil"))
		}},
	})
}

// doorAgain is the next opening of the same computer, its server out of reach.
func (h *hands) doorAgain() error {
	return h.play([]step{
		{"a wrong passphrase", func() error {
			return errors.Join(h.see("Ouvrir vos données"), h.x("type", "--delay", "25", "une autre phrase"), h.x("key", "Return"), h.see("Cette phrase de passe n’est pas la bonne."))
		}},
		{"the right one", func() error {
			return errors.Join(h.x("type", "--delay", "25", phrase), h.x("key", "Return"), h.see("À faire"), h.see("Essai-les-Pins"))
		}},
	})
}

// serveCommune starts a server whose certificate this process trusts, with one commune.
func serveCommune(ctx context.Context, dir string) (stop func() error, address, code string, err error) {
	o := embedded.Options{Dir: dir, Now: time.Now, Rand: rand.Reader}
	if err := errors.Join(embedded.Init(o, "alpi-essai", []string{"127.0.0.1"}), os.Setenv("SSL_CERT_FILE", filepath.Join(dir, "tls.crt"))); err != nil {
		return nil, "", "", err
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		return nil, "", "", err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", "", err
	}
	serving, end := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, listener) }()
	stop = func() error { end(); return errors.Join(<-done, s.Close()) }
	if err = s.AddAuthority(ctx, server.Authority{ID: "210000001", Name: "Commune d’essai"}); err == nil {
		code, err = s.NewCode(ctx, "210000001")
	}
	return stop, "https://" + listener.Addr().String(), code, err
}

type step struct {
	name string
	do   func() error
}

func (h *hands) play(steps []step) error {
	for i, s := range steps {
		if err := s.do(); err != nil {
			return fmt.Errorf("step %d, %s: %w", i+1, s.name, err)
		}
		if err := h.shoot(strconv.Itoa(i + 1)); err != nil {
			return err
		}
	}
	return nil
}

// leave and comeBack use the exchanges' sentence at the foot of the window.
func (h *hands) leave() error {
	return errors.Join(h.click("synchronisation"), h.click("Travailler hors ligne"), h.see("Échanges suspendus"))
}

func (h *hands) comeBack() error {
	return errors.Join(h.click("Échanges suspendus"), h.click("Reprendre les échanges"), h.see("À jour"))
}

func (h *hands) find(seat *window.Seat, title string, box parapheur.Box) (string, error) {
	person, err := seat.Hall.Person(h.ctx)
	if err != nil {
		return "", err
	}
	rows, err := seat.Hall.Folders.List(h.ctx, person, box, 100)
	for _, r := range rows {
		if r.Title == title {
			return r.ID, nil
		}
	}
	return "", errors.Join(fmt.Errorf("no folder %q", title), err)
}

func (h *hands) shoot(name string) error { return shoot(h.ctx, filepath.Join(h.shots, name+".png")) }

func (h *hands) x(args ...string) error {
	out, err := exec.CommandContext(h.ctx, "xdotool", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("xdotool %s: %w: %s", args[0], err, out)
	}
	return nil
}

// until waits for something to hold.
func (h *hands) until(what string, holds func() bool) error {
	end := time.Now().Add(20 * time.Second)
	for !holds() {
		if time.Now().After(end) || h.ctx.Err() != nil {
			return fmt.Errorf("waited in vain for: %s", what)
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// see waits for words to stand in the window.
func (h *hands) see(words string) error {
	return h.until("«"+words+"»", func() bool { _, ok := h.where(words); return ok })
}

// click waits for words, then presses the mouse on them.
func (h *hands) click(words string) error {
	if err := h.see(words); err != nil {
		return err
	}
	time.Sleep(500 * time.Millisecond) // what moves comes to rest
	at, ok := h.where(words)
	// What is below the fold is brought up with the wheel.
	for i := 0; i < 40 && ok && at.Y >= 680; i++ {
		if err := h.x("mousemove", strconv.Itoa(int(at.X)), "400", "click", "5", "sleep", "0.2"); err != nil {
			return err
		}
		at, ok = h.where(words)
	}
	if !ok {
		return fmt.Errorf("«%s» has gone", words)
	}
	return h.x("mousemove", strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y)), "sleep", "0.3", "click", "1", "sleep", "0.3")
}

// where finds words in what is drawn, the topmost first, those that are the whole
// text before those that are part of one; in pixels of the screen.
func (h *hands) where(words string) (fyne.Position, bool) {
	var whole, part []fyne.Position
	fyne.DoAndWait(func() {
		c := h.w.Canvas()
		roots := []fyne.CanvasObject{c.Content()}
		roots = append(roots, c.Overlays().List()...)
		for i := len(roots) - 1; i >= 0 && len(whole)+len(part) == 0; i-- {
			walk(roots[i], fyne.NewPos(0, 0), func(text string, centre fyne.Position) {
				text = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text)
				centre = fyne.NewPos(centre.X*c.Scale(), centre.Y*c.Scale())
				switch {
				case text == words:
					whole = append(whole, centre)
				case strings.Contains(text, words):
					part = append(part, centre)
				}
			})
		}
	})
	if all := append(whole, part...); len(all) > 0 {
		return all[0], true
	}
	return fyne.Position{}, false
}

// walk tells the texts under o that are shown, and the middle of each.
func walk(o fyne.CanvasObject, at fyne.Position, tell func(string, fyne.Position)) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	middle := at.AddXY(o.Size().Width/2, o.Size().Height/2)
	var under []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		under = o.Objects
	case *canvas.Text:
		if o.Alignment == fyne.TextAlignLeading { // its letters do not fill its place
			middle.X = at.X + min(o.Size().Width, o.MinSize().Width)/2
		}
		tell(o.Text, middle)
	case *widgets.Button:
		tell(o.Text, middle)
	case *widgets.CaptionText:
		tell(o.Text, middle)
	case *widget.Label:
		tell(o.Text, middle)
	case fyne.Widget:
		under = test.WidgetRenderer(o).Objects()
	}
	for _, child := range under {
		walk(child, at, tell)
	}
}
