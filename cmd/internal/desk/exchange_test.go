package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
)

// Two town halls and a citizen who has but a browser exchange files: by a link with its passphrase and its one download, by one that asks
// for files, in a space of exchange with roles and ends; with a line and without, and under a guesser's tries.
func TestExchangesByLinksInTheWindow(t *testing.T) {
	aside(t)
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed: packaging/dev/install.sh installs it")
	}
	inTheWindow(t, "neighbours")
}

// openNeighbours opens a desk where one sits for the demonstration commune, then for another authority of the same server.
func openNeighbours(ctx context.Context, _ io.Writer, now func() time.Time) (*opened, error) {
	const id = "200000004"
	o := &opened{}
	dir, err := os.MkdirTemp("", "airial-voisins-")
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, func() error { return os.RemoveAll(dir) })
	town, err := demo.Open(ctx, dir, now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, town.Close)
	commune, hall, err := town.Laptop(ctx, "secretariat", "Ordinateur du secrétariat", demo.Secretary)
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, commune.Close)
	o.seats = append(o.seats, &window.Seat{Name: "Saint-Airial-des-Pins", Office: commune, Hall: hall})
	if err := errors.Join(demo.Settle(ctx, hall), town.Server.AddAuthority(ctx, server.Authority{ID: id, Name: "Syndicat des Pins"})); err != nil {
		return o, err
	}
	neighbour, err := office.Open(ctx, office.Options{Dir: filepath.Join(dir, "laptops", "voisin"), Now: now, Rand: rand.Reader, Outside: town.Outside(), Log: slog.New(slog.DiscardHandler),
		Passphrase: func(context.Context) ([]byte, error) { return []byte("une phrase de passe d’essai"), nil }})
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, neighbour.Close)
	code, err := town.Server.NewCode(ctx, id)
	if err != nil {
		return o, err
	}
	theirs, err := neighbour.Enrol(ctx, town.Address(), code, "Ordinateur du syndicat")
	if err != nil {
		return o, err
	}
	me, err := theirs.People.Found(ctx, authority.Authority{ID: id, Name: "Syndicat des Pins", Place: "Saint-Airial-des-Pins", Kind: authority.Syndicate, Population: 4200},
		authority.Person{FirstName: "Gaston", LastName: "Supposé", Roles: []authority.Role{authority.RoleAdministrator}})
	if err == nil {
		err = theirs.SetPerson(ctx, me)
	}
	o.seats = append(o.seats, &window.Seat{Name: "Syndicat des Pins", Office: neighbour, Hall: theirs})
	return o, err
}

// citizen is somebody before a browser.
type citizen struct {
	h         *hands
	ctx       context.Context
	downloads string
}

func (h *hands) citizen() (c *citizen, leave func(), err error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox, chromedp.WSURLReadTimeout(time.Minute), chromedp.WindowSize(1000, 760),
		chromedp.Flag("ignore-certificate-errors", true)) // the server's is its own
	allocator, stop := chromedp.NewExecAllocator(h.ctx, options...)
	ctx, closeTab := chromedp.NewContext(allocator)
	c = &citizen{h: h, ctx: ctx, downloads: filepath.Join(h.shots, "downloads")}
	return c, func() { closeTab(); stop() }, chromedp.Run(ctx,
		browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(c.downloads),
		chromedp.ActionFunc(func(ctx context.Context) error { // nobody answers the system's dialog
			_, err := page.AddScriptToEvaluateOnNewDocument("delete window.showSaveFilePicker").Do(ctx)
			return err
		}))
}

func (c *citizen) goes(address string) error {
	return chromedp.Run(c.ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(address))
}

// isSent opens a page that sends one on at once, which is not waited for.
func (c *citizen) isSent(address string) error {
	return chromedp.Run(c.ctx, chromedp.Navigate("about:blank"), chromedp.Evaluate(fmt.Sprintf("void setTimeout(() => { location.href = %q })", address), nil))
}

// reads waits for words on the page.
func (c *citizen) reads(words string) error {
	var text string
	err := c.h.until("the citizen reads «"+words+"»", func() bool {
		return chromedp.Run(c.ctx, chromedp.Evaluate(`document.body ? document.body.innerText : ""`, &text)) == nil && strings.Contains(text, words)
	})
	if err != nil {
		err = fmt.Errorf("%w\nshe reads: %s", err, text)
	}
	return err
}

func (c *citizen) says(phrase string) error {
	return chromedp.Run(c.ctx, chromedp.WaitVisible("#phrase", chromedp.ByQuery), chromedp.Evaluate(`document.getElementById("phrase").value = ""`, nil), chromedp.SendKeys("#phrase", phrase+"\r", chromedp.ByQuery))
}

func (c *citizen) shoot(name string) error {
	if !c.h.pictures {
		return nil
	}
	var png []byte
	return errors.Join(chromedp.Run(c.ctx, chromedp.FullScreenshot(&png, 100)), os.WriteFile(filepath.Join(c.h.shots, "browser-"+name+".png"), png, 0o600))
}

// copied gives what the first «Copier» of the window puts on the clipboard.
func (h *hands) copied() (text string, err error) {
	err = errors.Join(h.click("Copier"), h.see("Copié."))
	fyne.DoAndWait(func() { text = fyne.CurrentApp().Clipboard().Content() })
	return text, err
}

var passphrase = regexp.MustCompile(`\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b`)

// stops presses «Arrêter» while work runs, which is not waited for.
func (h *hands) stops() error {
	if err := h.see("Arrêter"); err != nil || h.failed != nil {
		return err
	}
	s, there := h.where("Arrêter")
	if !there {
		return errors.New("the work has ended")
	}
	return h.clickAt(s.at)
}

// links shows the list of links anew, and one of them.
func (h *hands) links(title string) error {
	return errors.Join(h.click("Mes documents"), h.see("Votre espace personnel"), h.click("Envois et dépôts"), h.click(title), h.see("Reçus et journal"))
}

// shares fills in the form of a link.
func (h *hands) shares(button, how, title, guest string, files ...string) error {
	err := errors.Join(h.click("Envois et dépôts"), h.click(button), h.see(how))
	for _, path := range files {
		err = errors.Join(err, h.pick(path), h.click("Choisir des fichiers…"), h.see(filepath.Base(path)))
	}
	return errors.Join(err, h.below("Titre"), h.x("type", "--delay", "25", title), h.below("Pour qui"), h.x("type", "--delay", "25", guest))
}

func (h *hands) neighbours() (err error) {
	commune, neighbour := h.seats[0], h.seats[1]
	c, leave, err := h.citizen()
	defer leave()
	if err != nil {
		return err
	}
	plans, large, site, answer := filepath.Join(h.shots, "Plans de la salle.txt"), filepath.Join(h.shots, "Film du conseil.mp4"), filepath.Join(h.shots, "Façade côté rue.txt"), filepath.Join(h.shots, "Avis du syndicat.txt")
	words := strings.Repeat("La façade nord, côté forêt, est à reprendre.\n", 200_000) // two pieces
	err = errors.Join(os.WriteFile(plans, []byte(words), 0o600), os.WriteFile(site, []byte("Fissure relevée côté rue."), 0o600), os.WriteFile(answer, []byte("Avis favorable du syndicat."), 0o600),
		os.WriteFile(large, nil, 0o600), os.Truncate(large, 800<<20))
	if err != nil {
		return err
	}
	var sent, asked, room, secret, spoken string
	reader := vault.Guest{}
	return h.play([]step{
		{"sends a file by a link, for one download", func() (err error) {
			err = errors.Join(h.click("Coffre-fort"), h.see("Ce dossier est vide"), h.shares("Envoyer…", "Jusqu’à 20 Go par lien", "Plans de la salle", "Cabinet Pilotis", plans),
				h.below("Nombre de téléchargements"), h.x("type", "1"), h.shoot("send-form"), h.click("Créer le lien"), h.see("Les fichiers sont en ligne"), h.see("À dire à part, par téléphone"), h.shoot("send-made"))
			if err == nil {
				secret = passphrase.FindString(h.read())
				sent, err = h.copied()
			}
			return err
		}},
		{"the citizen takes it, once", func() error {
			return errors.Join(c.goes(sent), c.reads("Plans de la salle"), c.says("aaaa-bbbb-cccc"), c.reads("pas la bonne phrase"), c.shoot("wrong"), c.says(strings.ToUpper(secret)), c.reads("Téléchargements restants : 1."), c.shoot("files"),
				chromedp.Run(c.ctx, chromedp.Click("#list button", chromedp.ByQuery)), c.reads("est téléchargé, et vérifié"), c.shoot("taken"),
				h.until("the file is on her disk as it was", func() bool {
					got, err := os.ReadFile(filepath.Join(c.downloads, filepath.Base(plans)))
					return err == nil && string(got) == words
				}), chromedp.Run(c.ctx, chromedp.Reload()), c.says(secret), c.reads("Le nombre de téléchargements prévu est atteint"), c.shoot("used-up"))
		}},
		{"the receipts are in the window", func() error {
			return errors.Join(h.links("Plans de la salle"), h.see("téléchargé en entier et vérifié, Plans de la salle.txt. Cabinet Pilotis (127.0.0.1)"), h.see("1 téléchargement"), h.shoot("receipts"))
		}},
		{"asks for files; the citizen deposits", func() (err error) {
			err = errors.Join(h.shares("Demander…", "La personne ouvre le lien", "Photos du chantier", "Entreprise Granit"), h.click("Créer le lien"), h.see("qui dépose"))
			if err == nil {
				asked, err = h.copied()
			}
			return errors.Join(err, c.goes(asked), c.reads("Déposer des fichiers"), c.shoot("deposit"), chromedp.Run(c.ctx, chromedp.SetUploadFiles("#files", []string{site}, chromedp.ByQuery)), c.reads("est arrivé"), c.shoot("deposited"))
		}},
		{"what was deposited goes into the vault", func() error {
			return errors.Join(h.links("Photos du chantier"), h.see("1 fichier attend d’être rangé"), h.shoot("waiting"), h.click("Ranger dans le coffre-fort"), h.see("1 fichier rangé"), h.click("Mes documents"),
				h.click("Photos du chantier"), h.click("Ouvrir le dossier"), h.click("Façade côté rue.txt"), h.see("Fissure relevée côté rue."), h.shoot("filed"))
		}},
		{"opens a space of exchange, with roles", func() (err error) {
			err = errors.Join(h.shares("Échanger…", "Une autre collectivité, un architecte", "Voirie intercommunale", "Syndicat des Pins", plans), h.click("Créer le lien"), h.see("Les fichiers sont en ligne"), h.see("qui télécharge et dépose"))
			if err == nil {
				spoken = passphrase.FindString(h.read())
				room, err = h.copied()
			}
			tomorrow := h.now().Add(24 * time.Hour).Format("02/01/2006")
			err = errors.Join(err, h.click("Nom ou organisme"), h.x("type", "--delay", "25", "Bureau Triangle"), h.click("Dernier jour (facultatif)"), h.x("type", "--delay", "25", tomorrow),
				h.click("Télécharge et dépose"), h.click("Télécharge"), h.click("Inviter"), h.see("Bureau Triangle, qui télécharge (jusqu’au"), h.shoot("room"))
			if err != nil {
				return err
			}
			reader, err = h.guestNamed(commune, "Bureau Triangle")
			return err
		}},
		{"the other authority receives it in its own Airial, and answers", func() error {
			pasted := func() error {
				return errors.Join(h.click("Lien reçu…"), h.see("Phrase de passe, dite à part"), h.below("Lien"), h.x("type", "--delay", "8", room), h.below("Phrase de passe, dite à part"), h.x("type", "--delay", "25", spoken))
			}
			return errors.Join(h.sit(commune.Name, neighbour.Name, "Ordinateur du syndicat"), h.click("Coffre-fort"), h.see("Ce dossier est vide"), h.click("Envois et dépôts"), h.see("Aucun lien"), pasted(), h.shoot("received-form"), h.x("key", "Return"), h.see("1 fichier reçu, dans « Voirie intercommunale »"),
				h.click("Voirie intercommunale"), h.click("Ouvrir le dossier"), h.click("Plans de la salle.txt"), h.see("La façade nord, côté forêt"), h.shoot("received"),
				h.click("Envois et dépôts"), pasted(), h.pick(answer), h.click("Y déposer des fichiers…"), h.see("1 fichier déposé"))
		}},
		{"the log tells who did what", func() error {
			return errors.Join(h.sit(neighbour.Name, commune.Name, "Ordinateur du secrétariat"), h.click("Coffre-fort"), h.links("Voirie intercommunale"), h.see("fichier ajouté, Avis du syndicat.txt. Syndicat des Pins (127.0.0.1)"), h.see("invité ajouté. Bureau Triangle"), h.shoot("log"),
				h.click("Ranger dans le coffre-fort"), h.see("1 fichier rangé"))
		}},
		{"one who reads does not add", func() error {
			var hidden bool
			return errors.Join(c.goes(reader.Address), c.says(reader.Phrase), c.reads("Avis du syndicat.txt"), chromedp.Run(c.ctx, chromedp.Evaluate(`document.getElementById("give").hidden`, &hidden)), c.shoot("reader"),
				h.until("nothing to deposit with", func() bool { return hidden }))
		}},
		{"without a line links wait, and say so", func() error {
			return errors.Join(h.leave(), h.click("Mes documents"), h.click("Envois et dépôts"), h.see("n’a pas pu être demandé au serveur"), h.shoot("offline"), h.click("Photos du chantier"), h.see("qui dépose"),
				h.shares("Demander…", "La personne ouvre le lien", "Hors ligne", "Voisin"), h.click("Créer le lien"), h.see("Les échanges sont suspendus à votre demande"), h.shoot("offline-made"), h.comeBack())
		}},
		{"a sending is stopped, and taken up", func() error {
			return errors.Join(h.shares("Envoyer…", "Jusqu’à 20 Go par lien", "Film du conseil", "Studio local", large), h.click("Créer le lien"), h.see("Lien à donner à Studio local"), h.stops(), h.see("a été arrêté"), h.links("Film du conseil"), h.see("L’envoi reprend où il s’est arrêté"), h.shoot("stopped"),
				h.click("Reprendre l’envoi"), h.see("Les fichiers sont en ligne"), h.links("Film du conseil"), h.see("fichier ajouté, Film du conseil.mp4"), h.unseen("Reprendre l’envoi"), h.shoot("taken-up"))
		}},
		{"a link is closed", func() error {
			return errors.Join(h.links("Photos du chantier"), h.click("Fermer le lien"), h.see("Fermer ce lien ?"), h.shoot("close"), h.press("Annuler", func(s spot) fyne.Position { return s.at.AddXY(95, 0) }), h.see("Ce lien est terminé"), h.shoot("closed"), c.goes(asked), c.reads("Ce lien a expiré, ou a été fermé"))
		}},
		{"who guesses is told nothing, and waits", func() error {
			guessed := regexp.MustCompile(`/l/[0-9a-f]+`).ReplaceAllString(sent, protocol.PathPublic+strings.Repeat("0", 32))
			err := errors.Join(c.goes(guessed), c.reads("Ce lien n’existe pas, ou n’est plus en service."), c.shoot("guessed"))
			for range 19 {
				err = errors.Join(err, c.goes(guessed), c.reads("Ce lien n’existe pas"))
			}
			return errors.Join(err, c.goes(guessed), c.reads("Attendez dix minutes"), c.shoot("slowed"))
		}},
		{"what has its end comes to it", func() error {
			h.pass(2 * 24 * time.Hour)
			err := errors.Join(c.goes(reader.Address), c.reads("n’existe pas, ou n’est plus en service"))
			h.pass(20 * 24 * time.Hour)
			return errors.Join(err, c.goes(sent), c.reads("Ce lien a expiré, ou a été fermé"), c.shoot("expired"), h.links("Plans de la salle"), h.see("Ce lien est terminé"), h.shoot("over"))
		}},
	})
}

// guestNamed finds somebody whom a link was given to.
func (h *hands) guestNamed(seat *window.Seat, name string) (g vault.Guest, err error) {
	person, err := seat.Hall.Person(h.ctx)
	if err != nil {
		return g, err
	}
	all, err := seat.Hall.Vault.Links(h.ctx, person)
	for _, l := range all {
		if i := slices.IndexFunc(l.Guests, func(g vault.Guest) bool { return g.Name == name }); i >= 0 {
			return l.Guests[i], err
		}
	}
	return g, errors.Join(err, fmt.Errorf("no guest %q", name))
}
