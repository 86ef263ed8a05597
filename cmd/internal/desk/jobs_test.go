package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

func (h *hands) mainJob() error { return h.folder("Convention de prêt") }

// folder has a PDF of that name signed, the secretary and the mayor each without network for a time.
func (h *hands) folder(title string) error {
	mayor, secretary := h.seats[0], h.seats[1]
	var id string
	return h.play([]step{
		{"the secretary sits down", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"))
		}},
		{"works offline", h.leave},
		{"imports the PDF", func() error {
			pdf, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
			if err != nil {
				return err
			}
			path := filepath.Join(h.shots, title+".pdf")
			return errors.Join(os.WriteFile(path, pdf, 0o600), h.pick(path), h.click("Parapheur"), h.click("Nouveau dossier…"), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit."), h.see(title))
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
			return errors.Join(h.x("key", "Return"), h.see("1 dossier signé."), h.click("À traiter"), h.click("Terminés"), h.click(title), h.see("signée hors ligne, à horodater"))
		}},
		{"comes back and timestamps", func() error {
			return errors.Join(h.comeBack(), h.see("signature horodatée (B-LTA)"))
		}},
		{"the secretary has it, signed", func() error {
			if err := errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.click("Parapheur"), h.click("À traiter"), h.click("Terminés"), h.click(title), h.see("signature horodatée (B-LTA)")); err != nil {
				return err
			}
			if err := errors.Join(h.click("Vérifier"), h.see("Vérification des signatures"), h.see("Signature valide."), h.shoot("verified"),
				h.click("Ce qui a été ajouté après la signature"), h.see("Rien de ce qui se voit"), h.shoot("compared"),
				h.click("Revenir au dossier"), h.see("Archive…"), h.see("Bordereau")); err != nil {
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

func (h *hands) mention() error {
	fill := func(words ...string) error {
		for _, w := range words {
			if w != "" {
				if err := h.x("type", "--delay", "25", w); err != nil {
					return err
				}
			}
			if err := h.x("key", "Tab"); err != nil {
				return err
			}
		}
		return nil
	}
	return h.play([]step{
		{"adds an act", func() error {
			return errors.Join(h.click("État civil"), h.click("Ajouter un acte…"), h.see("Convention de prêt.pdf"), fill("Prototype", "Marc", "", "12/02/1988", "14"),
				h.click("Masculin"), h.click("Ajouter l’acte"), h.see("L’acte est ajouté."), h.see("PROTOTYPE Marc"), h.see("Acte de naissance n° 14 de 1988"), h.see("Page 1 sur 1"))
		}},
		{"copies out what the margin bears already", func() error {
			return errors.Join(h.click("Mention déjà en marge…"), h.see("Elle se lit sur l’image"), h.click("Mariage"), h.click("Reconnaissance"), fill("Reconnu par Paul PROTOTYPE le 3 janvier 1988.", "03/01/1988", "05/01/1988"),
				h.click("Garder la mention"), h.see("La mention en marge est notée."), h.see("Déjà en marge"), h.see("Apposée le 5 janvier 1988."))
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
		{"a deputy's resignation waits for the prefect", func() error {
			return errors.Join(h.click("Noter la fin du mandat"), h.see("La démission du maire ou d’un adjoint est adressée au préfet"), h.click("Fermer"))
		}},
		{"a councillor's does not", func() error {
			return errors.Join(h.click("Mme Inès FIGURANTE"), h.x("sleep", "1"), h.click("Noter la fin du mandat"), h.see("La fin du mandat est notée."), h.see("Aucun suivant de liste n’est connu."))
		}},
		{"sees the seats and the order of precedence", func() error {
			return errors.Join(h.click("Tableau de l’assemblée"), h.see("Effectif légal : 15 ; en exercice : 14"), h.see("1 siège vacant."), h.see("14. Mme Aude HYPOTHÈSE, Conseillère municipale"), h.shoot("tableau"))
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
		{"asks the secretary's opinion", func() error {
			return errors.Join(h.click("Avis…"), h.see("Demander un avis"), h.click("Choisir une personne"), h.click("Mme Solène BROUILLON"), h.click("Votre question"), h.x("type", "--delay", "25", "Le montant est-il bon ?"), h.click("Demander"),
				h.see("demande l’avis de Mme Solène BROUILLON"), h.shoot("opinion"))
		}},
		{"remarks in private on the page", func() error {
			return errors.Join(h.click("Remarque…"), h.see("Privée : elle"), h.x("type", "--delay", "25", "A revoir"), h.clickAt(fyne.NewPos(800, 300)), h.see("Attachée à l’endroit montré, page 1."),
				h.click("Privée : elle"), h.click("Enregistrer"), h.see("en privé : A revoir"), h.click("Voir sur la page 1"), h.shoot("spot"))
		}},
		{"verifies a file that nobody signed", func() error {
			return errors.Join(h.click("Vérifier un fichier…"), h.see("Convention de prêt.pdf"), h.see("Ce document ne porte aucune signature électronique."), h.shoot("unsigned"), h.click("Revenir au dossier"), h.see(" : Quel est le montant ?"))
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
		{"looks for a third party of a flow", func() error {
			return errors.Join(h.click("Chercher…"), h.see("Chercher des dossiers"), h.x("type", "--delay", "25", "papeterie imaginaire"), h.click("Lancer la recherche"), h.see("Résultat de la recherche"),
				h.see("Mandat 101 — MENUISERIE FICTIVE DES PINS"), h.shoot("found"))
		}},
		{"keeps the search, and looks at the times", func() error {
			return errors.Join(h.click("Chercher…"), h.click("Nom de cette recherche"), h.x("type", "--delay", "25", "Papeterie"), h.click("Garder"), h.see("Oublier"),
				h.click("Délais des étapes"), h.see("médiane de"), h.shoot("search"), h.click("Abandonner"), h.see("À traiter"))
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
			return errors.Join(typed("40998", "mille", "Commune d'Essai-les-Pins", "Essai-les-Pins", "Ana", "Essai"), h.click("Commencer"), h.see("La population est un nombre"))
		}},
		{"the commune", func() error {
			return errors.Join(typed("40998", "850", "Commune d'Essai-les-Pins", "Essai-les-Pins"), h.click("Commencer"), h.see("À faire"), h.see("Poste d'accueil"))
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

// flow reads and signs an accounting flow.
func (h *hands) flow() error {
	mayor := h.seats[0]
	const title = "Flux comptable du 2 mars"
	return h.play([]step{
		{"reads it", func() error {
			return errors.Join(h.click("Parapheur"), h.click(title), h.see("Flux comptable — SAINT-AIRIAL-DES-PINS"), h.see("456,00"), h.see("Mandat 101 — MENUISERIE FICTIVE DES PINS"),
				h.see("Ouvrir facture-f2026-07.pdf"), h.see("Imprimer le bordereau"), h.see("Signer un bordereau de mandats certifie le service fait"), h.shoot("mandat"))
		}},
		{"reads a titre and a bordereau", func() error {
			return errors.Join(h.click("Mandat 103 — AMICALE IMAGINAIRE DES PINS"), h.see("Aucune pièce jointe"), h.click("Bordereau de mandats 13"), h.see("Cumul annuel"), h.shoot("bordereau"))
		}},
		{"signs it", func() error {
			return errors.Join(h.click("Signer"), h.see("Signer 1 dossier"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."))
		}},
		{"notes the answer of Hélios", func() error {
			answer := filepath.Join(h.shots, "acquit.xml")
			if err := errors.Join(os.WriteFile(answer, pestest.Receipt, 0o600), os.WriteFile(filepath.Join(h.shots, "picked"), []byte(answer+"\n"), 0o600)); err != nil {
				return err
			}
			return errors.Join(h.click("À traiter"), h.click("Terminés"), h.click(title), h.see("bordereaux signés selon la politique Hélios"), h.shoot("signed"), h.click("Réponse d’Hélios…"), h.see("La réponse d’Hélios est dans le dossier."), h.see("Rejeté par Hélios, en tout ou en partie"),
				h.see("Bordereau 13 de l’exercice 2026, pièce 103 : Mandat déjà transmis"), h.see("Rejeté par Hélios"), h.shoot("answer"))
		}},
		{"verifies it", func() (err error) {
			if err := errors.Join(h.click("Vérifier"), h.see("Vérification des signatures"),
				h.see("Rôle déclaré par le signataire"), h.shoot("verified")); err != nil {
				return err
			}
			id, err := h.find(mayor, title, parapheur.Finished)
			if err != nil {
				return err
			}
			f, err := mayor.Hall.Folders.Folder(h.ctx, id)
			if err != nil {
				return err
			}
			content, err := mayor.Hall.Store.Blobs().Read(f.Documents[0].Digest, 1<<24)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(h.shots, "signed.xml"), content, 0o600)
		}},
	})
}

// lot is what a mayor does in a train: fifty folders, one PIN, no network; then the network is back.
func (h *hands) lot() error {
	mayor, secretary := h.seats[0], h.seats[1]
	const many = 50
	mine := func() ([]parapheur.Row, error) {
		person, err := mayor.Hall.Person(h.ctx)
		if err != nil {
			return nil, err
		}
		return mayor.Hall.Folders.List(h.ctx, person, parapheur.ToDo, 1000)
	}
	var lot []parapheur.Row
	return h.play([]step{
		{"receives fifty folders", func() error {
			before, err := mine()
			if err != nil {
				return err
			}
			for n := range many {
				in := parapheur.Import{Title: fmt.Sprintf("Lettre de notification %02d", n+1), Kind: parapheur.Letter, Route: parapheur.Routes()[1].Steps,
					Files: []parapheur.File{{Name: fmt.Sprintf("lettre-%02d.pdf", n+1), Content: demo.Letter, Pages: 2}}}
				id, err := secretary.Hall.Folders.Import(h.ctx, demo.Secretary, in)
				if err == nil {
					err = secretary.Hall.Folders.Send(h.ctx, demo.Secretary, id)
				}
				if err != nil {
					return err
				}
			}
			return h.until("the folders are here", func() bool { lot, err = mine(); return err == nil && len(lot) == len(before)+many })
		}},
		{"leaves", h.leave},
		{"ticks them all", func() error {
			return errors.Join(h.click("Parapheur"), h.click("Lettre de notification 50"), h.see("Page 1 sur 2"), h.x("key", "ctrl+a"), h.see(fmt.Sprintf("Signer les %d dossiers cochés", len(lot))))
		}},
		{"signs them", func() error {
			return errors.Join(h.click(fmt.Sprintf("Signer les %d dossiers cochés", len(lot))), h.see(fmt.Sprintf("Signer %d dossiers", len(lot))), h.shoot("pin"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"),
				h.see(fmt.Sprintf("%d dossiers signés.", len(lot))), h.see("Rien ne vous attend"),
				h.until("as much to send as was signed", func() bool { return h.toSend() >= len(lot)+2 }), h.shoot("signed"))
		}},
		{"has them timestamped", func() error {
			if err := h.comeBack(); err != nil {
				return err
			}
			waits := func() bool {
				for _, r := range lot {
					f, err := mayor.Hall.Folders.Folder(h.ctx, r.ID)
					if err != nil || f.State != parapheur.Done || len(f.Signatures) != 1 || f.Signatures[0].Offline {
						return true
					}
				}
				return false
			}
			return h.until("all are timestamped", func() bool { return !waits() })
		}},
		{"keeps them", func() error {
			for n, r := range lot {
				f, err := mayor.Hall.Folders.Folder(h.ctx, r.ID)
				if err != nil {
					return err
				}
				if f.Documents[0].Format != parapheur.PDF {
					continue
				}
				content, err := mayor.Hall.Store.Blobs().Read(f.Documents[0].Digest, 1<<24)
				if err == nil {
					err = os.WriteFile(filepath.Join(h.shots, fmt.Sprintf("signed-%02d.pdf", n)), content, 0o600)
				}
				if err != nil {
					return err
				}
			}
			return nil
		}},
	})
}

// toSend is how much the bar says that waits for the network: each act of a person, what was read included.
func (h *hands) toSend() int {
	before, _, found := strings.Cut(h.read(), " éléments à envoyer")
	words := strings.Fields(before)
	if !found || len(words) == 0 {
		return 0
	}
	n, err := strconv.Atoi(words[len(words)-1])
	if err != nil {
		return 0
	}
	return n
}

// circuits describes a type, and makes folders with it and without.
func (h *hands) circuits() error {
	mayor := h.seats[0]
	const title = "Convention de prêt"
	latest := func() (*parapheur.Folder, error) {
		rows, err := mayor.Hall.Folders.List(h.ctx, "", parapheur.All, 100)
		if err != nil {
			return nil, err
		}
		var last *parapheur.Folder
		for _, r := range rows {
			if f, err := mayor.Hall.Folders.Folder(h.ctx, r.ID); err == nil && (last == nil || f.Created.After(last.Created)) {
				last = f
			}
		}
		return last, nil
	}
	return h.play([]step{
		{"finds no type", func() error { return errors.Join(h.click("Circuits"), h.see("Aucun type de dossier")) }},
		{"describes one", func() error {
			return errors.Join(h.click("Nouveau type de dossier"), h.click("Marchés › Lettres de rejet"), h.x("type", "--delay", "25", "Lettres de rejet"), h.click("Aucun"), h.x("type", "--delay", "25", "10"),
				h.click("Aucune"), h.click("En bas à droite, dernière page"), h.shoot("form"))
		}},
		{"saves it", func() error {
			return errors.Join(h.click("Enregistrer"), h.see("Le type de dossier est enregistré."), h.see("Visa du secrétariat, puis Signature du maire"), h.shoot("type"))
		}},
		{"makes a folder of it", func() error {
			if err := errors.Join(h.click("Parapheur"), h.click("Nouveau dossier…"), h.see("Lettres de rejet"), h.shoot("import"), h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit.")); err != nil {
				return err
			}
			f, err := latest()
			if err != nil || f.Title != title || f.Type == "" || f.Deadline == "" || len(f.Documents[0].Boxes) != 1 {
				return fmt.Errorf("%+v: %w", f, err)
			}
			return nil
		}},
		{"makes another, placing the signature", func() error {
			if err := errors.Join(h.click("Nouveau dossier…"), h.click("Lettres de rejet"), h.click("Arrêté"), h.see("Page 1 sur 1"), h.clickAt(fyne.NewPos(700, 500)), h.see("À l’endroit choisi sur la page"), h.shoot("placed"),
				h.click("Envoyer dans le circuit"), h.see("Le dossier est dans le circuit.")); err != nil {
				return err
			}
			return h.until("the place is kept", func() bool {
				f, err := latest()
				return err == nil && f.Kind == parapheur.Order && len(f.Documents[0].Boxes) == 1 && f.Documents[0].Boxes[0].Page == 1
			})
		}},
	})
}
