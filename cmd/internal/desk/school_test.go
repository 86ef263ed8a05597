package desk

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/ui/lang"
)

// A catalogue of forty modules: one is brought and followed without a line, its quiz failed then passed, its certificate printed; a SCORM
// 1.2 package and a cmi5 one, of two units each, are played in a real browser, and go on at a second computer; a class is asked
// for once; what was begun and not finished is over after six months.
func TestSchoolInTheWindow(t *testing.T) {
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed")
	}
	dir := atAgencyInTheWindow(t, "school")
	out, err := exec.Command("pdftotext", "-layout", filepath.Join(dir, "attestation.pdf"), "-").CombinedOutput()
	if text := strings.Join(strings.Fields(string(out)), " "); err != nil || !strings.Contains(text, "jours francs") || !strings.Contains(text, "FICTIVE") {
		t.Errorf("the certificate: %v\n%s", err, text)
	}
	if out, err := exec.Command("pdftoppm", "-r", "60", "-png", filepath.Join(dir, "attestation.pdf"), filepath.Join(dir, "attestation")).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// zipped makes a package of files.
func zipped(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err == nil {
			_, err = io.WriteString(f, content)
		}
		if err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

const scormManifest = `<?xml version="1.0" encoding="utf-8"?><manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
<organizations default="B"><organization identifier="B"><title>Le budget</title><item identifier="A" identifierref="RA"><title>Les recettes</title></item><item identifier="B" identifierref="RB"><title>Les dépenses</title><adlcp:masteryscore>80</adlcp:masteryscore></item></organization></organizations>
<resources><resource identifier="RA" adlcp:scormtype="sco" href="recettes.html"/><resource identifier="RB" adlcp:scormtype="sco" href="depenses.html"/></resources></manifest>`

// scormUnit looks for the API as packages do, tells where it began, and ends with a score.
const scormUnit = `<!doctype html><html lang="fr"><meta charset="utf-8"><h1>%s</h1><script>
let w = window, api = null;
while (!api && w.parent !== w) { w = w.parent; api = w.API || null; }
api.LMSInitialize("");
api.LMSSetValue("cmi.core.lesson_location", "page 3");
api.LMSSetValue("cmi.core.score.raw", "%d");
api.LMSSetValue("cmi.core.session_time", "0000:06:00");
api.LMSSetValue("cmi.core.lesson_status", "%s");
api.LMSFinish("");
</script></html>`

const cmi5Structure = `<?xml version="1.0" encoding="utf-8"?><courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"><course id="https://agence.example/rgpd"><title><langstring lang="fr">Les données personnelles</langstring></title></course>
<au id="https://agence.example/rgpd/1" masteryScore="0.8"><title><langstring lang="fr">Les bases</langstring></title><url>index.html</url></au>
<au id="https://agence.example/rgpd/2"><title><langstring lang="fr">Le registre</langstring></title><url>index.html?score=0.7</url></au></courseStructure>`

// cmi5Unit keeps where it was left the first time that it is opened, and ends the next one. Its second unit ends at once.
const cmi5Unit = `<!doctype html><html lang="fr"><meta charset="utf-8"><h1>Les bases</h1><script>(async () => {
const q = new URLSearchParams(location.search), e = q.get("endpoint");
const token = (await (await fetch(q.get("fetch"), {method: "POST"})).json())["auth-token"];
const h = {"Authorization": "Basic " + token, "Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"};
const mark = e + "activities/state?stateId=bookmark&activityId=" + encodeURIComponent(q.get("activityId")) + "&agent=" + encodeURIComponent(q.get("actor")) + "&registration=" + q.get("registration");
const left = q.get("score") ? {page: 0} : await fetch(mark, {headers: h}).then(r => r.ok ? r.json() : null);
if (!left) await fetch(mark, {method: "PUT", headers: h, body: JSON.stringify({page: 4, registration: q.get("registration")})});
for (const [verb, scaled] of left ? [["initialized"], ["completed"], ["passed", Number(q.get("score") || 0.9)], ["terminated"]] : [["initialized"], ["terminated"]]) {
  await fetch(e + "statements?statementId=" + verb, {method: "PUT", headers: h, body: JSON.stringify({id: verb, verb: {id: "http://adlnet.gov/expapi/verbs/" + verb}, result: scaled ? {score: {scaled}} : {}})});
}
document.title = "fini";
})();</script></html>`

func (h *hands) school() error {
	mayor, secretary := h.seats[0], h.seats[1]
	scorm, err := zipped(map[string]string{"imsmanifest.xml": scormManifest, "recettes.html": fmt.Sprintf(scormUnit, "Les recettes", 70, "completed"), "depenses.html": fmt.Sprintf(scormUnit, "Les dépenses", 90, "passed")})
	if err != nil {
		return err
	}
	cmi5, err := zipped(map[string]string{"cmi5.xml": cmi5Structure, "index.html": cmi5Unit})
	if err != nil {
		return err
	}
	progress := func(module string, holds func(training.Progress) bool) error {
		return h.until("the progress of "+module, func() bool {
			all, err := mayor.Hall.School.Progress(h.ctx, demo.Mayor)
			return err == nil && holds(all[module])
		})
	}
	plays := func(module string) error {
		if err := errors.Join(os.RemoveAll(filepath.Join(h.shots, "opened")), h.click("Lire")); err != nil {
			return err
		}
		page, err := h.opened("http://127.0.0.1:")
		if err != nil {
			return err
		}
		shown, err := h.chromium(page)
		return errors.Join(err, os.WriteFile(filepath.Join(h.shots, module+".html"), []byte(shown), 0o600))
	}
	return h.play([]step{
		{"the agency offers forty modules", func() error {
			return errors.Join(h.browser(), h.handOut("module-budget", map[string][]byte{"package.zip": scorm}, 1), h.handOut("module-rgpd", map[string][]byte{"package.zip": cmi5}, 1), h.catalogue(func(c *services.Catalogue) {
				c.Modules = append(c.Modules, services.Module{ID: "budget", Title: "Le budget de la commune", Theme: "Finances", Minutes: 30, Parcel: "module-budget"}, services.Module{ID: "rgpd", Title: "Les données personnelles", Theme: "Numérique", Minutes: 20, Parcel: "module-rgpd"})
				for i := len(c.Modules); i < 40; i++ {
					c.Modules = append(c.Modules, services.Module{ID: fmt.Sprint("m", i), Title: fmt.Sprintf("Module %d du catalogue", i+1), Theme: "Conseil", Minutes: 10 + i, Parcel: fmt.Sprint("module-", i)})
				}
			}))
		}},
		{"the mayor looks at them", func() error {
			return errors.Join(h.click("Services"), h.click("Formation"), h.see("Le budget de la commune"), h.click("Le budget de la commune"), h.x("key", "End"), h.click("Module 40 du catalogue"), h.see("49 minutes"), h.shoot("forty"), h.click("Télécharger"), h.see("n’est pas sur cet ordinateur"), h.shoot("nomodule"), h.click("Fermer"), h.click("Module 40 du catalogue"), h.x("key", "Home"))
		}},
		{"finds one among the forty by its words, without a line", func() error {
			return errors.Join(h.leave(), h.click("Chercher dans cette liste"), h.x("type", "--delay", "20", "delai sejour"), h.see("Rien ne correspond"), h.shoot("nothing-found"), h.x("key", "ctrl+a"), h.x("type", "--delay", "20", "l'urgence convocation"), h.see("Compter le délai de convocation"), h.unseen("Module 12 du catalogue"), h.shoot("found"), h.x("key", "Escape"), h.see("Module 12 du catalogue"), h.comeBack())
		}},
		{"brings one, and the two packages", func() error {
			return errors.Join(h.click("Les jours francs de la convocation"), h.click("Télécharger"), h.see("Le module est sur cet ordinateur."), h.click("Le budget de la commune"), h.see("Finances"), h.click("Télécharger"), h.see("Les recettes"),
				h.click("Les données personnelles"), h.see("Numérique"), h.click("Télécharger"), h.see("Libérer la place"))
		}},
		{"follows it without a line, and fails the quiz", func() error {
			return errors.Join(h.leave(), h.click("Les jours francs de la convocation"), h.click("Lire"), h.see("Un jour franc, qu’est-ce ?"), h.shoot("reading"), h.click("Page suivante"), h.see("Combien de jours ?"), h.click("Page suivante"), h.see("Un exemple"), h.click("Page suivante"), h.see("Cochez toutes les bonnes réponses."),
				h.click("Oui"), h.click("Corriger"), h.see("relisez, puis recommencez"), h.shoot("failed-quiz"))
		}},
		{"passes it, and prints the certificate", func() error {
			if err := errors.Join(h.click("Recommencer"), h.see("Cochez toutes"), h.click("Non"), h.click("Lundi"), h.click("Un jour franc au moins"), h.click("En rendre compte à l’ouverture"), h.shoot("quiz"), h.click("Corriger"), h.see("Module terminé : 3 sur 3."), h.shoot("passed"), h.click("Quitter"), h.see("Attestation"), h.click("Attestation")); err != nil {
				return err
			}
			path, err := h.opened("/")
			if err != nil {
				return err
			}
			pdf, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(filepath.Join(h.shots, "attestation.pdf"), pdf, 0o600))
		}},
		{"begins the budget in a real browser, still without a line", func() error {
			return errors.Join(h.click("Le budget de la commune"), h.see("Les recettes"), h.shoot("package"), plays("recettes"), progress("budget", func(p training.Progress) bool {
				return p.Done.IsZero() && p.State["unit/A/cmi.core.lesson_location"] == "page 3"
			}), h.see("Terminé, 70 sur 100"), h.shoot("half"))
		}},
		{"and leaves the cmi5 one on its fourth page", func() error {
			return errors.Join(h.click("Les données personnelles"), h.see("Le registre"), plays("rgpd"), progress("rgpd", func(p training.Progress) bool {
				return p.Done.IsZero() && strings.Contains(p.State["unit/https://agence.example/rgpd/1/activities/state/bookmark"], `"page":4`)
			}), h.see("Commencé"), h.shoot("cmi5-begun"))
		}},
		{"a class is asked for once, and put in the diary", func() error {
			ics := filepath.Join(h.shots, "classe.ics")
			return errors.Join(h.click("Le procès-verbal pas à pas"), h.click("S’inscrire"), h.see("Inscription demandée le"), h.unseen("S’inscrire"), h.shoot("class"), h.pick(ics), h.click("Pour l’agenda"), h.until("the invitation is saved", func() bool {
				raw, err := os.ReadFile(ics)
				return err == nil && bytes.Contains(raw, []byte("BEGIN:VEVENT")) && bytes.Contains(raw, []byte("visio.agence.example"))
			}))
		}},
		{"a recorded conference opens in the browser", func() error {
			if err := errors.Join(h.click("Les données personnelles"), h.x("key", "End"), h.click("Conférence enregistrée"), h.click("Ouvrir dans le navigateur")); err != nil {
				return err
			}
			_, err := h.opened("https://video.agence.example/")
			return err
		}},
		{"comes back: a second computer of the same person has all of it", func() error {
			return errors.Join(h.comeBack(), h.exchange(), secretary.Hall.SetPerson(h.ctx, demo.Mayor), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Services"), h.click("Formation"), h.see("terminé"), h.click("Le budget de la commune"), h.see("avant le"), h.shoot("second"),
				h.click("Télécharger"), h.see("Terminé, 70 sur 100"))
		}},
		{"where the second unit is played, to its certificate", func() error {
			return errors.Join(plays("depenses"), h.until("it is done there", func() bool {
				all, err := secretary.Hall.School.Progress(h.ctx, demo.Mayor)
				return err == nil && !all["budget"].Done.IsZero() && all["budget"].Points == 80
			}), h.see("Attestation"), h.shoot("both"), h.exchange(), progress("budget", func(p training.Progress) bool { return !p.Done.IsZero() }))
		}},
		{"cmi5 goes on there where it was left, to its end", func() error {
			there := func(holds func(training.Progress) bool) error {
				return h.until("the progress there", func() bool {
					all, err := secretary.Hall.School.Progress(h.ctx, demo.Mayor)
					return err == nil && holds(all["rgpd"])
				})
			}
			return errors.Join(h.click("Les données personnelles"), h.see("avant le"), h.click("Télécharger"), h.see("Commencé"), h.shoot("cmi5-second"), plays("rgpd-bases"), h.see("Terminé, 90 sur 100"), there(func(p training.Progress) bool { return p.Done.IsZero() && p.Points == 90 }),
				plays("rgpd-registre"), h.see("Terminé, 70 sur 100"), there(func(p training.Progress) bool { return !p.Done.IsZero() && p.Points == 80 }), h.see("Attestation"), h.shoot("cmi5-there"), h.exchange(), secretary.Hall.SetPerson(h.ctx, demo.Secretary))
		}},
		{"the first computer has it, and another module is begun", func() error {
			return errors.Join(progress("rgpd", func(p training.Progress) bool { return !p.Done.IsZero() && p.Points == 80 }), h.sit(secretary.Name, mayor.Name, "Portable du maire"), h.click("Services"), h.click("Formation"), h.click("Les données personnelles"), h.see("Terminé, 90 sur 100"), h.see("Terminé, 70 sur 100"), h.see("Attestation"), h.shoot("cmi5"),
				mayor.Hall.School.Note(h.ctx, training.Step{Person: demo.Mayor, Module: "m5", Page: 1}), h.see("avant le "+lang.Day(h.now().AddDate(0, 6, 0))))
		}},
		{"seven months later it is over, what was done stays", func() error {
			h.pass(214 * 24 * time.Hour)
			return errors.Join(h.click("Assistance"), h.click("Formation"), h.see("délai passé"), h.see("terminé"), h.shoot("later"))
		}},
	})
}

// What comes from outside and is wrong is refused in words, or shown inert: a feed with scripts, packages that escape their
// folder or are none, a form with a question of a kind that is not known, a catalogue that contradicts itself.
func TestStrangeServicesInTheWindow(t *testing.T) { atAgencyInTheWindow(t, "strange") }

func (h *hands) strange() error {
	feeds := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/scripts":
			fmt.Fprint(w, `<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Le &lt;b&gt;printemps&lt;/b&gt; des services&lt;script&gt;alert(1)&lt;/script&gt;</title><updated>2026-11-20T08:00:00Z</updated><link href="javascript:alert(2)"/>
<content type="html">&lt;p onclick="alert(3)"&gt;Les inscriptions sont ouvertes.&lt;/p&gt;&lt;script&gt;alert(4)&lt;/script&gt;&lt;img src="https://pisteur.example/vu.gif" onerror="alert(5)"&gt;&lt;iframe src="https://voleur.example/"&gt;&lt;/iframe&gt;&lt;p&gt;À bientôt.&lt;/p&gt;</content></entry></feed>`)
		case "/activity":
			fmt.Fprint(w, `{"@context":"https://www.w3.org/ns/activitystreams","type":"OrderedCollection","first":{"type":"OrderedCollectionPage","orderedItems":[{"type":"Create","object":{"type":"Note","id":"https://resoland.example/2","url":"https://resoland.example/2","published":"2026-11-21T08:00:00Z","to":["https://www.w3.org/ns/activitystreams#Public"],"content":"<p>Un atelier jeudi</p><p>Venez nombreux.<script>alert(6)</script></p>"}}]}}`)
		case "/page":
			fmt.Fprint(w, "<!doctype html><html><body>Connectez-vous</body></html>")
		default:
			http.Redirect(w, r, "http://ailleurs.example/", http.StatusFound)
		}
	}))
	defer feeds.Close()
	escapes, err := zipped(map[string]string{"imsmanifest.xml": scormManifest, "recettes.html": "x", "depenses.html": "y", "../../../evade.txt": "z"})
	if err != nil {
		return err
	}
	above, err := zipped(map[string]string{"cmi5.xml": strings.Replace(cmi5Structure, "index.html", "a/../../index.html", 1), "index.html": "x"})
	if err != nil {
		return err
	}
	mayor := h.seats[0]
	typed := func(text string) error { return h.x("type", "--delay", "20", text) }
	refused := func(title, why string) error {
		return errors.Join(h.click(title), h.click("Télécharger"), h.see(why), h.see("Signalez-le à l’agence."), h.shoot("refused-"+strings.Fields(title)[1]), h.click("Fermer"), h.see("Télécharger"), h.unseen("Libérer la place"))
	}
	return h.play([]step{
		{"the agency's server hands out what is wrong", func() error {
			return errors.Join(h.browser(), h.handOut("module-evade", map[string][]byte{"package.zip": escapes}, 1), h.handOut("module-dessus", map[string][]byte{"package.zip": above}, 1), h.handOut("module-page", map[string][]byte{"package.zip": []byte("<!doctype html>")}, 1), h.catalogue(func(c *services.Catalogue) {
				c.Feeds = []services.Feed{{Title: "Lettre de l’agence", Address: feeds.URL + "/scripts"}, {Title: "Resoland", Address: feeds.URL + "/activity"}, {Title: "Page de connexion", Address: feeds.URL + "/page"}, {Title: "Fil détourné", Address: feeds.URL + "/ailleurs"}}
				c.Modules = []services.Module{{ID: "e", Title: "Module évadé", Parcel: "module-evade"}, {ID: "d", Title: "Module du dessus", Parcel: "module-dessus"}, {ID: "p", Title: "Module sans paquet", Parcel: "module-page"}}
				c.Services = append(c.Services, services.Service{ID: "hologram", Theme: c.Themes[0].ID, Name: "Prêt d’un hologramme", Field: []services.Field{{ID: "who", Label: "Personne à joindre", Type: services.Line, Required: true}, {ID: "shape", Label: "Forme voulue", Type: "hologram"}}},
					services.Service{ID: "needed", Theme: c.Themes[0].ID, Name: "Prêt d’un rayon", Field: []services.Field{{ID: "ray", Label: "Rayon voulu", Type: "hologram", Required: true}}})
			}))
		}},
		{"a feed with scripts is read as text", func() error {
			return errors.Join(h.click("Services"), h.click("Actualités"), h.click("Relever maintenant"), h.see("Actualités relevées."), h.click("Le printemps des services"), h.see("Les inscriptions sont ouvertes."), h.see("À bientôt."), h.unseen("alert"), h.unseen("Ouvrir dans le navigateur"), h.shoot("scripts"),
				h.see("N’ont pas pu être lus : Page de connexion, Fil détourné."))
		}},
		{"another opens its page in the browser", func() error {
			if err := errors.Join(h.click("Un atelier jeudi"), h.see("Venez nombreux."), h.click("Ouvrir dans le navigateur")); err != nil {
				return err
			}
			_, err := h.opened("https://resoland.example/2")
			return err
		}},
		{"both are read without a line", func() error {
			feeds.Close()
			return errors.Join(h.leave(), h.click("Relever maintenant"), h.see("Aucune actualité n’a pu être relevée"), h.shoot("nofeed"), h.click("Fermer"), h.see("Resoland"), h.click("Le printemps des services"), h.see("Les inscriptions sont ouvertes."), h.shoot("offline"), h.comeBack())
		}},
		{"packages that escape are refused in words", func() error {
			return errors.Join(h.click("Formation"), refused("Module évadé", "Ce module contient un fichier qui sortirait de son dossier"), refused("Module du dessus", "Ce module contient un fichier qui sortirait de son dossier"), refused("Module sans paquet", "Ce module ne peut pas être lu."),
				func() error {
					return filepath.WalkDir(filepath.Dir(h.shots), func(path string, _ os.DirEntry, err error) error {
						if filepath.Base(path) == "evade.txt" {
							return fmt.Errorf("%s was written", path)
						}
						if errors.Is(err, fs.ErrNotExist) { // a file that has just gone is none
							return nil
						}
						return err
					})
				}())
		}},
		{"a question of an unknown kind is left out, in words", func() error {
			return errors.Join(h.click("Demandes"), h.click("Nouvelle demande…"), h.click("Prêt d’un hologramme"), h.see("cette question est d’un genre que cette version d’Airial ne connaît pas"), h.shoot("unknown"), h.below("Personne à joindre (obligatoire)"), typed("Maite Fictive"), h.click("Envoyer la demande"), h.see("La demande est enregistrée."), h.see("Maite Fictive"))
		}},
		{"one that must be answered cannot be sent", func() error {
			return errors.Join(h.click("Nouvelle demande…"), h.click("Prêt d’un rayon"), h.click("Envoyer la demande"), h.see("Mettez Airial à jour"), h.shoot("needed"), h.click("Fermer"), h.click("Annuler"))
		}},
		{"a catalogue that contradicts itself does not take the place of the former", func() error {
			before, err := mayor.Office.Catalogue(h.ctx)
			if err != nil {
				return err
			}
			broken, err := json.Marshal(map[string]any{"services": []any{map[string]any{"id": "a"}}})
			return errors.Join(err, h.handOut(services.CatalogueKind, map[string][]byte{services.CatalogueFile: broken}, before.Version+1), h.click("Nouvelle demande…"), h.see("Prêt d’un hologramme"), h.see("05 36 49 00 40"), h.shoot("kept"))
		}},
	})
}
