package desk

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/ui/shell"
)

// TestGuidePicturesInTheWindow takes the pictures of the guide's pages in the real window, and holds those that are kept to them:
// a page that no longer looks so fails it. AIRIAL_JOBS=all takes all, else the first few; AIRIAL_PAGES_KEEP=1 keeps new ones.
func TestGuidePicturesInTheWindow(t *testing.T) { inTheWindow(t, "guide") }

// guideDay is when the demonstration is pictured, and the sitting summoned.
var guideDay = time.Date(2026, 11, 24, 10, 0, 0, 0, time.Local)

// pictured is how large the window is on a picture: as it is read in the guide, half as large again.
const pictured = "900x600"

// guidePicture is what leads to what a page of the guide shows.
type guidePicture struct {
	topic string
	to    func(h *hands) error
}

// fewPictures are those that every run takes.
const fewPictures = 3

var guidePictures = []guidePicture{
	{"a-faire", func(h *hands) error { return h.unseen("dossiers vous attendent") }},
	{"parapheur", at("parapheur", "Page 1 sur 1")},
	{"retrouver-un-acte", at("civilstatus", "CANEVAS Anne")},
	{"s-exercer", at("practice", "Un mariage célébré ailleurs")},
	{"synchronisation", at("exchanges", "Documents de cet ordinateur")},
	{"services", at("services", "Demander de l’aide…")},
	{"travailler-hors-ligne", func(h *hands) error {
		return errors.Join(at("exchanges", "Travailler hors ligne")(h), h.click("Travailler hors ligne"), h.see("Échanges suspendus"))
	}},
	{"raccourcis", func(h *hands) error {
		return errors.Join(at("exchanges", "Reprendre les échanges")(h), h.click("Reprendre les échanges"), h.see("À jour"), at("home", "À faire")(h), h.x("key", "ctrl+F1"), h.see("Raccourcis"))
	}},
	{"importer-un-dossier", func(h *hands) error {
		return errors.Join(h.x("key", "Escape"), at("parapheur", "Nouveau dossier…")(h), h.click("Nouveau dossier…"), h.see("Envoyer dans le circuit"), h.see("Page 1 sur 1"))
	}},
	{"flux-comptable", func(h *hands) error {
		return errors.Join(h.click("Abandonner"), h.click("Flux comptable du 2 mars"), h.see("Mandat 101 — MENUISERIE FICTIVE DES PINS"))
	}},
	{"verifier-une-signature", func(h *hands) error {
		return errors.Join(h.click("Vérifier un fichier…"), h.see("Ce document ne porte aucune signature électronique."), h.see("Page 1 sur 1"))
	}},
	{"signer-un-lot", func(h *hands) error {
		return errors.Join(h.click("Revenir au dossier"), h.click("Lettre de commande"), h.see("Page 1 sur 2"), h.x("key", "ctrl+a"), h.click("Signer les 6 dossiers cochés"), h.see("Signer 6 dossiers"))
	}},
	{"circuits", func(h *hands) error {
		return errors.Join(h.x("key", "Escape"), h.unseen("Signer 6 dossiers"), at("circuits", "Nouveau type de dossier")(h), h.click("Nouveau type de dossier"), h.see("Marchés › Lettres de rejet"))
	}},
	{"rediger-une-deliberation", at("council", "Page 1 sur 1")},
	{"relire", func(h *hands) error { return errors.Join(h.click("Relire"), h.see("Relire")) }},
	{"convoquer-le-conseil", func(h *hands) error { return errors.Join(h.summons(h.soon(8), "20h30"), h.see("3 exigés")) }},
	{"tenir-la-seance", func(h *hands) error {
		return errors.Join(h.click("Convoquer"), h.click("Tenir la séance"), h.see("Ouverture de la séance"))
	}},
	{"registres-et-proces-verbal", at("registers", "Convocation affichée")},
	{"arretes-et-decisions", func(h *hands) error { return errors.Join(h.click("Arrêtés 2026"), h.see("Arrêtés 2026")) }},
	{"controle-de-legalite", at("legality", "Aucun acte à transmettre")},
	{"publier", at("publication", "Rien à publier")},
	{"mention", func(h *hands) error {
		return errors.Join(at("civilstatus", "CANEVAS Anne")(h), h.click("CROQUIS Yann"), h.click("Nouvelle mention"), h.see("La mention se lira ainsi"))
	}},
	{"tables-et-echanges", func(h *hands) error {
		return errors.Join(h.click("Tables, échanges"), h.see("Partir avec ses données"))
	}},
	{"copies", func(h *hands) error {
		return errors.Join(at("copies", "Nouvelle demande")(h), h.click("Nouvelle demande"), h.see("Acte de"))
	}},
	{"personnes", at("people", "Fonction, telle qu’imprimée")},
	{"coffre-fort", func(h *hands) error {
		return errors.Join(at("vault", "Salle des fêtes")(h), h.click("Salle des fêtes"))
	}},
	{"messagerie", at("mail", "La messagerie n’est pas réglée")},
	{"reglages", at("settings", "Raccordement au serveur")},
	{"cles-et-certificats", setting("Clé de signature")},
	{"dossier-surveille", setting("Dossier surveillé")},
	{"logiciels-metier", setting("Logiciels métier")},
	{"transmettre-a-helios", setting("Tiers de télétransmission")},
	{"sauvegarder-et-restaurer", setting("Sauvegarde")},
	{"fiche-de-secours", setting("Fiche de secours")},
}

// at goes to a page and waits for what it shows.
func at(page shell.PageName, words string) func(*hands) error {
	return func(h *hands) error {
		fyne.DoAndWait(func() { h.shell.Go(shell.Route{Page: page}) })
		return h.see(words)
	}
}

// setting goes to a part of the settings: its title at the top.
func setting(title string) func(*hands) error {
	return func(h *hands) error {
		return errors.Join(at("settings", title)(h), h.point(fyne.NewPos(600, 300)), h.x("click", "--repeat", "80", "--delay", "5", "4"), h.frame(), h.uppermost(title))
	}
}

// uppermost turns the wheel until words stand near the top of what scrolls, or nothing moves any more.
func (h *hands) uppermost(words string) error {
	for last := float32(-1); ; {
		s, ok := h.where(words)
		if !ok || h.failed != nil {
			return errors.Join(fmt.Errorf("«%s» is not there", words), h.failed)
		}
		if s.at.Y < 150 || s.at.Y == last {
			return nil
		}
		last = s.at.Y
		if err := errors.Join(h.point(fyne.NewPos(600, 300)), h.x("click", "5"), h.frame(), h.frame()); err != nil {
			return err
		}
		time.Sleep(rest)
	}
}

func (h *hands) guide() error {
	pictures := guidePictures
	if !whole() && os.Getenv("AIRIAL_PAGES_KEEP") == "" {
		pictures = pictures[:fewPictures]
	}
	var faults []error
	for _, p := range pictures {
		if err := errors.Join(p.to(h), h.until("it stands still", func() bool { return !h.busy() })); err != nil {
			faults, h.failed = append(faults, fmt.Errorf("%s: %w\nwhat is read: %s", p.topic, err, h.read()), h.shoot("failed-"+p.topic)), nil
			continue // the next begins at a page of its own
		}
		time.Sleep(time.Second) // what fades in or out
		faults = append(faults, h.picture(p.topic))
	}
	return errors.Join(faults...)
}

// picture takes that of a page of the guide, and keeps it or holds the kept one to it.
func (h *hands) picture(topic string) error {
	kept := filepath.Join("..", "..", "..", "ui", "help", "guide", "pictures", topic+".png")
	now := filepath.Join(h.shots, topic+".png")
	if os.Getenv("AIRIAL_PAGES_KEEP") != "" {
		now = kept
	}
	if err := os.MkdirAll(filepath.Dir(now), 0o755); err != nil {
		return err
	}
	out, err := exec.CommandContext(h.ctx, "import", "-window", "root", "-crop", pictured+"+0+0", "+repage", "-strip", "-dither", "None", "-colors", "48", "PNG8:"+now).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	a, err := gridOf(kept)
	if err != nil {
		return err
	}
	b, err := gridOf(now)
	if err != nil {
		return err
	}
	if share := differs(a, b); share > 0.04 {
		return fmt.Errorf("%s: %.0f %% of the guide's picture is not what the window shows; look at it, then keep it (AIRIAL_PAGES_KEEP=1)", topic, 100*share)
	}
	return nil
}

func gridOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return digest(picture), nil
}
