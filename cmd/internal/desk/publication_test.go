package desk

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
)

// A deliberation is published in the window: the site is set, waits for its server, is sent
// by itself when the server is there; words are masked, the act is in the exported folder without them.
func TestPublicationInTheWindow(t *testing.T) {
	aside(t)
	dir := inTheWindow(t, "publish")
	for _, root := range []string{"serveur/actes", "site"} {
		path := filepath.Join(dir, root, fmt.Sprint(time.Now().Year()), "deliberation-"+fmt.Sprint(time.Now().Year())+"-001", "index.html")
		page, err := os.ReadFile(path)
		if err != nil || bytes.Contains(page, []byte("Amicale")) || !bytes.Contains(page, []byte("Version occultée")) {
			t.Errorf("%s: %v\n%s", root, err, page)
		}
	}
	if _, err := exec.LookPath("pdftotext"); err != nil {
		return
	}
	year := fmt.Sprint(time.Now().Year())
	out, err := exec.Command("pdftotext", filepath.Join(dir, "serveur/actes", year, "deliberation-"+year+"-001", "deliberation-"+year+"-001.pdf"), "-").CombinedOutput()
	if err != nil || strings.Contains(strings.ToLower(string(out)), "amicale") {
		t.Errorf("the PDF online: %v\n%s", err, out)
	}
}

// voted makes a sitting of the demonstration that votes one deliberation, and closes.
func (h *hands) voted() error {
	c := h.seats[0].Hall.Council
	id, err := demo.Draft(h.ctx, c, time.Now())
	if err != nil {
		return err
	}
	today := authority.DayOf(time.Now())
	sitting, err := c.Convene(h.ctx, demo.Secretary, council.Convene{At: time.Now(), Place: "à la mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: []string{id}})
	if err != nil {
		return err
	}
	s, err := c.Sitting(h.ctx, sitting)
	if err != nil {
		return err
	}
	for _, m := range s.Members {
		if err := c.Call(h.ctx, demo.Secretary, sitting, m.ID, council.Attendance{Presence: council.Present}); err != nil {
			return err
		}
	}
	if err := c.NameSecretary(h.ctx, demo.Secretary, sitting, demo.Deputy); err != nil {
		return err
	}
	if _, err := c.Vote(h.ctx, demo.Secretary, sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary}, ""); err != nil {
		return err
	}
	if _, err := c.Finalise(h.ctx, demo.Secretary, id, sitting); err != nil {
		return err
	}
	return c.Close(h.ctx, demo.Secretary, sitting)
}

func (h *hands) publication() error {
	const password = "essai"
	root := filepath.Join(h.shots, "serveur")
	if err := os.MkdirAll(root, 0o700); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // its port is the website's, which is not there yet
	if err != nil {
		return err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	serve := func() error {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return err
		}
		site := &webdav.Handler{FileSystem: webdav.Dir(root), LockSystem: webdav.NewMemLS()}
		go func() {
			_ = http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, given, ok := r.BasicAuth(); !ok || given != password {
					w.Header().Set("WWW-Authenticate", "Basic")
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				site.ServeHTTP(w, r)
			}))
		}()
		return nil
	}
	year := fmt.Sprint(time.Now().Year())
	// What follows a failure of a step is left out.
	failed := false
	once := func(do func() error) error {
		if failed {
			return nil
		}
		err := do()
		failed = err != nil
		return err
	}
	see := func(words string) error { return once(func() error { return h.see(words) }) }
	click := func(words string) error { return once(func() error { return h.click(words) }) }
	kind := func(words string) error { return once(func() error { return h.x("type", "--delay", "20", words) }) }
	key := func(name string) error { return once(func() error { return h.x("key", name) }) }
	return h.play([]step{
		{"sees that nothing is to be published", func() error {
			return errors.Join(click("Conseil"), click("Publication"), see("Rien à publier"), see("Aucun envoi vers un site n’est réglé"))
		}},
		{"a sitting is voted", func() error {
			return errors.Join(h.voted(), see(year+"-001"), see("À publier"), see("Liste des délibérations de la séance"))
		}},
		{"looks at the deliberation", func() error {
			return errors.Join(click(year+"-001"), see("Page 1 sur"), see("Auteur, inscrit sur l’acte en ligne"), see("Maïté FICTIVE, maire"), see("pas encore exécutoire"))
		}},
		{"sets the publication", func() error {
			return errors.Join(click("Réglages de la publication"), see("Forme choisie par le conseil"), click("https://www.exemple.fr/actes"), kind("https://saint-airial.example/actes"),
				click("00015"), kind("00015"), click("Enregistrer les réglages"), see("Les réglages sont enregistrés."))
		}},
		{"sets the website", func() error {
			return errors.Join(click("Aucun envoi : le dossier est exporté"), click("WebDAV"), click("https://… pour WebDAV, serveur:22 pour SFTP"), kind("http://"+address),
				key("Tab"), kind("actes"), key("Tab"), kind("mairie"), key("Tab"), kind(password), click("Enregistrer l’envoi"), see("L’envoi vers le site est réglé sur cet ordinateur."))
		}},
		{"is told that the server does not answer", func() error {
			return errors.Join(click("Essayer la connexion"), see("Le serveur du site ne répond pas."), click("Fermer"))
		}},
		{"publishes", func() error {
			return errors.Join(click(year+"-001"), see("Publier"), click("Publier"), see("L’acte est publié."), see("Le reste jusqu’au"), see("En attente d’envoi au site"))
		}},
		{"the server is there, the site goes by itself", func() error {
			return errors.Join(serve(), h.until("the page is on the server", func() bool {
				_, err := os.Stat(filepath.Join(root, "actes", year, "deliberation-"+year+"-001", "index.html"))
				return err == nil
			}), click("Liste des délibérations de la séance"), see("La liste est une page du site"))
		}},
		{"notes the receipt", func() error {
			return errors.Join(click(year+"-001"), click("25/11/2026"), kind(time.Now().Format("02/01/2006")), click("Noter la réception"), see("La date de réception est notée."), see("exécutoire depuis le"))
		}},
		{"masks words", func() error {
			return errors.Join(click("Occulter…"), see("Occulter des mots dans la copie mise en ligne"), kind("Amicale imaginaire des Pins"), click("Occulter"), see("La copie est occultée ; l’original est inchangé."), see("Version occultée"))
		}},
		{"sends", func() error {
			return errors.Join(click("Envoyer au site"), see("Le site est à jour"), see("Site à jour, envoyé"))
		}},
		{"is told that two months are not over", func() error {
			return errors.Join(click("Retirer…"), see("L’acte reste publié deux mois au moins"), key("Escape"))
		}},
		{"exports the folder", func() error {
			return errors.Join(click("Exporter…"), see("Exporter le dossier du site"), kind(filepath.Join(h.shots, "site")), click("Exporter"), see("1 acte est en ligne dans ce dossier."), see("DELIB_MATIERE_CODE"))
		}},
	})
}
