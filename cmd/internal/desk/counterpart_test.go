package desk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/ui/lang"
)

// What a town hall asks of its agency without a line, and the agency's answers: a known problem is found before a ticket is written; the
// ticket leaves with its picture and its diagnosis once both were shown, is talked of, closed and rated; another authority of the
// same server sees none of it; the operator's tool opens by consent; a certificate is renewed by appointment; an urgent notice
// reaches the bar; the assistant cites its page, and hands over what it does not know.
func TestAssistanceInTheWindow(t *testing.T) { atAgencyInTheWindow(t, "assistance") }

// answer has the agency answer a request, and both computers know.
func (h *hands) answer(id, kind string, a services.Answer) error {
	return errors.Join(h.town.Server.Answer(h.ctx, demo.AuthorityID, services.Prefix+id, kind, a), h.exchange())
}

// asked finds a request by words of its title.
func (h *hands) asked(title string) (found services.Request, err error) {
	err = h.until("«"+title+"» is asked", func() bool {
		all, err := h.seats[1].Hall.Counter.List(h.ctx)
		for _, r := range all {
			if strings.Contains(r.Title, title) || r.What == services.Renewal && title == "" {
				found = r
				return err == nil
			}
		}
		return false
	})
	return found, err
}

// neighbour joins a computer of another authority to the same server, has it ask something, and gives what it sees of requests.
func (h *hands) neighbour() (seen []services.Request, err error) {
	const id = "000400998"
	if err := h.town.Server.AddAuthority(h.ctx, server.Authority{ID: id, Name: "Commune voisine"}); err != nil {
		return nil, err
	}
	code, err := h.town.Server.NewCode(h.ctx, id)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "neighbour")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	o, err := office.Open(h.ctx, office.Options{Dir: dir, Now: h.now, Rand: rand.Reader, Log: slog.New(slog.DiscardHandler), Passphrase: func(context.Context) ([]byte, error) { return []byte(phrase), nil }})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	hall, err := o.Enrol(h.ctx, h.town.Address(), code, "voisine")
	if err == nil {
		_, err = hall.Counter.Open(h.ctx, "x", services.NewTicket{Subject: "Le numériseur de la voisine", Category: "Autre", Urgency: "Question"})
	}
	if err == nil {
		_, err = hall.Exchange(h.ctx)
	}
	if err != nil {
		return nil, err
	}
	contracts, err := hall.Counter.Contracts(h.ctx)
	if err != nil || len(contracts) > 0 {
		return nil, fmt.Errorf("the neighbour has the contracts %+v: %w", contracts, err)
	}
	return hall.Counter.List(h.ctx)
}

func (h *hands) assistance() error {
	mayor, secretary := h.seats[0], h.seats[1]
	typed := func(text string) error { return h.x("type", "--delay", "20", text) }
	instead := func(text string) error { return errors.Join(h.x("key", "ctrl+a"), typed(text)) }
	tool := filepath.Join(h.shots, "bin", "aide-a-distance")
	const subject = "Imprimante du secretariat muette"
	var ticket services.Request
	return h.play([]step{
		{"an urgent notice of the agency reaches the bar", func() error {
			return errors.Join(h.browser(), os.WriteFile(tool, []byte("#!/bin/sh\ntouch \"$HOME/helped\"\n"), 0o700), h.catalogue(func(c *services.Catalogue) {
				c.RemoteHelp = services.RemoteHelp{Name: "AideALPI", Linux: tool, About: "Le technicien donne un code au téléphone."}
				c.Notices = append(c.Notices, services.Notice{ID: "urgent", Title: "Messages frauduleux au nom de l’agence", Text: "N’ouvrez aucune pièce jointe « facture.zip ».", Urgent: true, From: h.now().Add(-time.Hour), Until: h.now().Add(48 * time.Hour)})
			}), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.see("ALPI (démonstration) : Messages frauduleux au nom de l’agence"), h.shoot("urgent"))
		}},
		{"without a line, a known problem is found before sending", func() error {
			return errors.Join(h.leave(), h.click("Services"), h.see("05 36 49 00 40"), h.click("Demander de l’aide…"), h.see("Ce qui ne va pas"), typed("ma cle de signature est bloquee"), h.see("C’est peut-être déjà connu :"), h.see("Ma clé de signature est bloquée"), h.see("N’essayez plus."), h.shoot("known"))
		}},
		{"what is wrong otherwise is told in words", func() error {
			return errors.Join(instead(subject), h.unseen("Ma clé de signature est bloquée"), h.click("Envoyer"), h.see("Ce que vous pouvez faire"), h.shoot("incomplete"), h.click("Fermer"))
		}},
		{"a ticket is written, with what will be joined in view", func() error {
			return errors.Join(h.field("Catégorie"), h.click("Matériel et imprimantes"), h.field("Urgence"), h.click("Gênant"), h.see("Le travail continue autrement."), h.click("Ce que vous faisiez"), typed("Rien ne sort depuis ce matin."),
				h.click("Joindre une image de cette fenêtre"), h.see("Voici l’image qui sera jointe."), h.click("Joindre un diagnostic technique"), h.see("Voici tout ce qui sera joint"), h.see("Dernier échange réussi"), h.shoot("ticket"), h.click("Envoyer"), h.see("La demande d’assistance est enregistrée."), h.see("à traiter"), h.see("05 36 49 00 40"))
		}},
		{"it leaves, the agency answers, and it is talked of", func() (err error) {
			if ticket, err = h.asked(subject); err != nil {
				return err
			}
			if len(ticket.Answers) == 0 && ticket.Diagnosis == "" {
				return fmt.Errorf("nothing is joined: %+v", ticket)
			}
			return errors.Join(h.comeBack(), h.exchange(), h.answer(ticket.ID, services.KindReceived, services.Answer{Step: "Technicien prévenu"}), h.answer(ticket.ID, services.KindReplied, services.Answer{Text: "Le voyant du papier est-il rouge ?"}),
				h.see("Le voyant du papier est-il rouge ?"), h.see("à vous"), h.shoot("reply"), h.click("Votre message à l’agence"), typed("Oui, il clignote."), h.click("Envoyer le message"), h.see("Message enregistré."), h.see("Oui, il clignote."))
		}},
		{"it is closed, and rated", func() error {
			return errors.Join(h.exchange(), h.answer(ticket.ID, services.KindClosed, services.Answer{Text: "Bac remis en place."}), h.see("Bac remis en place."), h.see("Êtes-vous satisfait ?"), h.click("Choisissez"), h.click("5 — tout à fait"), h.click("Un mot, si vous le souhaitez"), typed("Rapide."), h.click("Donner mon avis"), h.see("Votre avis : 5 sur 5. Rapide."), h.shoot("rated"))
		}},
		{"another authority sees none of it, nor the other way", func() error {
			seen, err := h.neighbour()
			if err != nil || len(seen) != 1 || seen[0].Title != "Le numériseur de la voisine" {
				return fmt.Errorf("the neighbour sees %+v: %w", seen, err)
			}
			all, err := secretary.Hall.Counter.List(h.ctx)
			for _, r := range all {
				if strings.Contains(r.Title, "voisine") {
					return errors.New("a neighbour's ticket is seen")
				}
			}
			return errors.Join(err, h.exchange(), h.unseen("voisine"))
		}},
		{"the operator's tool opens by consent alone", func() error {
			mark := filepath.Join(h.shots, "helped")
			helped := func() bool { _, err := os.Stat(mark); return err == nil }
			return errors.Join(os.RemoveAll(mark), h.click("Aide à distance (AideALPI)…"), h.see("verra votre écran"), h.shoot("consent"), func() error {
				if helped() {
					return errors.New("it opened before consent")
				}
				return nil
			}(), h.click("Annuler"), h.click("Aide à distance (AideALPI)…"), h.click("J’accepte, ouvrir"), h.see("L’aide à distance est ouverte."), h.until("it is open", helped))
		}},
		{"the assistant cites its page, without a line", func() error {
			return errors.Join(h.leave(), h.click("Comment faire…"), h.click("Comment convoquer le conseil en urgence ?"), typed("comment convoquer le conseil en urgence"), h.x("key", "Return"), h.see("Aide : «"), h.shoot("answer"), h.click("Ouvrir la page de l’aide"), h.see("Chercher dans l’aide"), h.x("key", "alt+Left"), h.see("Rien n’est inventé"))
		}},
		{"and hands over what it does not know", func() error {
			return errors.Join(h.click("comment convoquer le conseil en urgence"), instead("recette du gateau basque"), h.x("key", "Return"), h.see("Airial ne trouve pas de réponse sûre."), h.shoot("unknown"), h.click("Demander à l’agence…"), h.see("Ce qui ne va pas"), h.see("recette du gateau basque"), h.click("Annuler"), h.comeBack())
		}},
		{"the contacts of the agency are there", func() error {
			return errors.Join(h.click("Contrats et contacts"), h.click("Zélie IMAGINAIRE"), h.see("dpo@agence.example"), h.shoot("contacts"))
		}},
		{"a certificate that ends is renewed with its papers, by appointment", func() error {
			slot := h.now().Add(72 * time.Hour).Truncate(time.Hour)
			if err := errors.Join(h.click("Certificats"), h.click("Ève EXEMPLE"), h.see("Pièces à joindre"), h.click("Joindre…"), h.see("Convention de prêt.pdf"), h.click("Demander le renouvellement"), h.see("Le renouvellement est demandé."), h.shoot("renewal")); err != nil {
				return err
			}
			r, err := h.asked("")
			return errors.Join(err, h.exchange(), h.answer(r.ID, services.KindOffered, services.Answer{Slots: []time.Time{slot, slot.Add(24 * time.Hour)}}), h.see("L’agence propose un rendez-vous : choisissez."), h.shoot("slots"), h.click("Prendre le "+lang.DayHour(slot)), h.see("Rendez-vous pris."), h.see("Rendez-vous le"),
				h.click("Clé perdue ou volée ?"), h.see("05 36 49 00 44"), h.shoot("lost"), h.click("Retour"))
		}},
		{"the calendar tells the end that comes, and what is over", func() error {
			h.pass(690 * 24 * time.Hour)
			return errors.Join(h.click("Assistance"), h.click("Certificats"), h.see("demandé"), h.shoot("ends"))
		}},
	})
}

// What a town hall orders of its agency: a quote becomes an order, signed in the parapheur, delivered with reserves; a charter is
// signed, access and a laptop are asked for, the month's pay is told; the website is followed; the data protection officer's
// register is printed and exported, a breach and a request have their terms.
func TestOrdersInTheWindow(t *testing.T) {
	dir := atAgencyInTheWindow(t, "orders")
	raw, err := os.ReadFile(filepath.Join(dir, "registre.csv"))
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	in.Comma = ';'
	lines, err := in.ReadAll()
	if err != nil || len(lines) < 10 || len(lines[0]) != len(privacy.Columns()) || lines[0][0] != "Nom de l’activité" {
		t.Errorf("%d lines, %v: %v", len(lines), lines[:1], err)
	}
	if out, err := exec.Command("pdfsig", "-nocert", filepath.Join(dir, "charte.pdf")).CombinedOutput(); err != nil || !strings.Contains(string(out), "Signature is Valid") {
		t.Errorf("the charter: %v\n%s", err, out)
	}
	for _, name := range []string{"registre", "commande", "charte"} {
		if out, err := exec.Command("pdftoppm", "-r", "50", "-png", filepath.Join(dir, name+".pdf"), filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	}
}

func (h *hands) orders() error {
	mayor, secretary := h.seats[0], h.seats[1]
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "Mairie") }))
	defer site.Close()
	typed := func(text string) error { return h.x("type", "--delay", "15", text) }
	// in writes in the field under a name.
	in := func(label, text string) error { return errors.Join(h.field(label), typed(text)) }
	ask := func(name string) error { return errors.Join(h.click("Nouvelle demande…"), h.click(name)) }
	sent := func() error {
		return errors.Join(h.click("Envoyer la demande"), h.see("La demande est enregistrée."), h.unseen("Envoyer la demande"))
	}
	kept := func(name, begins string) error {
		path, err := h.opened(begins)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		return errors.Join(err, os.WriteFile(filepath.Join(h.shots, name), content, 0o600))
	}
	var quote, order services.Request
	tomorrow := h.now().AddDate(0, 0, 1).Format("02/01/2006")
	return h.play([]step{
		{"a quote is asked for, without a line", func() error {
			return errors.Join(h.browser(), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.leave(), h.click("Services"), h.click("Demandes"), ask("Achat de matériel : demander un devis"), h.click("écran"), in("Précisions (obligatoire)", "Deux ecrans pour l'accueil."),
				in("Personne à joindre (obligatoire)", "Solene Brouillon"), in("Téléphone (obligatoire)", "05 36 49 00 50"), h.shoot("quote"), sent(), h.see("à traiter"), h.comeBack())
		}},
		{"the agency's quote becomes the order, which goes to be signed", func() (err error) {
			if quote, err = h.asked("demander un devis"); err != nil {
				return err
			}
			return errors.Join(h.exchange(), h.answer(quote.ID, services.KindReceived, services.Answer{Step: "Devis envoyé", Text: "Devis D-204, 1 250,50 € TTC."}), h.see("Devis envoyé"), h.click("Continuer : Commande de matériel"), in("Numéro du devis (obligatoire)", "D-204"), in("Montant TTC (obligatoire)", "1250,50"),
				in("Adresse de livraison (obligatoire)", "Mairie, place de l'Airial"), h.click("Joindre…"), h.see("Convention de prêt.pdf"), h.shoot("order"), h.click("Faire signer dans le parapheur"), h.see("Le document est dans le parapheur."), h.see("à signer"))
		}},
		{"the mayor signs it", func() error {
			return errors.Join(h.exchange(), h.sit(secretary.Name, mayor.Name, "Portable du maire"), h.click("Parapheur"), h.click("Commande de matériel"), h.see("Page 1 sur 1"), h.click("Signer"), h.see("Signer 1 dossier"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."), h.exchange())
		}},
		{"it has left by itself, and is delivered with a reserve", func() (err error) {
			if err := errors.Join(h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Services"), h.click("Demandes"), h.click("Commande de matériel"), h.until("it has left", func() bool {
				order, err = h.asked("Commande de matériel")
				return err == nil && order.State == services.Asked
			})); err != nil {
				return err
			}
			for _, a := range order.Answers {
				for _, f := range a.Files {
					if strings.HasSuffix(f.Name, ".pdf") && f.Name != "Convention de prêt.pdf" {
						content, err := secretary.Hall.Store.Blobs().Read(f.Digest, 1<<24)
						if err := errors.Join(err, os.WriteFile(filepath.Join(h.shots, "commande.pdf"), content, 0o600)); err != nil {
							return err
						}
					}
				}
			}
			return errors.Join(h.exchange(), h.answer(order.ID, services.KindReceived, services.Answer{Step: "Livraison prévue"}), h.see("Livraison prévue"), h.click("Noter la livraison…"), h.see("L’agence le lira."), typed("Un ecran raye"), h.click("Noter la livraison"), h.see("avec des réserves : Un ecran raye"), h.shoot("delivered"))
		}},
		{"a charter goes to be signed, access and a laptop are asked for", func() error {
			return errors.Join(ask("Charte de télétravail"), in("Agent (obligatoire)", "Ines Figurante"), h.click("lundi"), h.field("Lieu (obligatoire)"), h.shoot("charter"), h.x("key", "Down"), h.x("key", "Return"), in("À partir du (obligatoire)", tomorrow), h.click("Faire signer dans le parapheur"), h.see("Le document est dans le parapheur."), h.see("Charte de télétravail"),
				h.click("Accès et site"), h.click("Accès à distance (VPN)"), h.click("Demander un accès à distance…"), in("Personne (obligatoire)", "Ines Figurante"), h.field("Depuis quel ordinateur (obligatoire)"), h.x("key", "Down"), h.x("key", "Return"), in("À partir du (obligatoire)", tomorrow), in("Logiciels et dossiers nécessaires (obligatoire)", "Airial"), h.shoot("vpn"), sent(),
				h.click("Demandes"), ask("Prêt d’un ordinateur portable"), in("Personne (obligatoire)", "Ines Figurante"), in("À partir du (obligatoire)", tomorrow), in("Jusqu’au (obligatoire)", "31/12/2027"), sent())
		}},
		{"the charter is signed, and stands there signed with its document", func() error {
			signed := func() bool {
				r, err := h.asked("Charte de télétravail")
				_, is := r.Signed()
				return err == nil && is && r.State == services.Asked
			}
			return errors.Join(h.exchange(), h.sit(secretary.Name, mayor.Name, "Portable du maire"), h.click("Parapheur"), h.click("Charte de télétravail"), h.see("Page 1 sur 1"), h.click("Signer"), h.see("Signer 1 dossier"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."), h.exchange(),
				h.until("the charter has left, signed", signed), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Services"), h.click("Demandes"), h.click("Charte de télétravail"), h.see("Signée dans le parapheur le"), h.see("signée"), h.shoot("charter-signed"),
				os.RemoveAll(filepath.Join(h.shots, "opened")), h.click("Ouvrir le document signé"), kept("charte.pdf", "/"))
		}},
		{"the month's pay is told, sealed; a wrong month is refused in words", func() error {
			return errors.Join(ask("Paie : éléments variables du mois"), h.see("Vos réponses sont scellées."), in("Mois de paie (obligatoire)", "13/2026"), in("Nombre d’agents concernés (obligatoire)", "4"), h.click("Envoyer la demande"), h.see("Ce que vous pouvez faire"), h.shoot("month"), h.click("Fermer"), h.field("Mois de paie (obligatoire)"), h.x("key", "ctrl+a"), typed("11/2026"), sent(), h.see("Paie : éléments variables du mois"))
		}},
		{"the website is followed", func() error {
			return errors.Join(h.click("Accès et site"), h.click("Site de la collectivité"), h.click("Adresse du site…"), h.see("rien n’y est lu ni envoyé"), typed(site.URL), h.click("Enregistrer"), h.see("L’adresse du site est enregistrée."), h.click("Regarder maintenant"), h.see("Le site répond"), h.shoot("site"), func() error { site.Close(); return nil }(),
				h.click("Regarder maintenant"), h.see("Ne répond pas"), h.see("Le site ne répond pas depuis"), h.shoot("silent"), h.click("Demander à l’agence…"), h.see("Webpublic : page ou modification du site"), h.click("Annuler"))
		}},
		{"the register is printed and exported", func() error {
			csv := filepath.Join(h.shots, "registre.csv")
			return errors.Join(h.click("Données personnelles"), h.click("Parapheur électronique"), h.see("Cette fiche décrit ce que fait Airial."), h.shoot("sheet"), h.click("Registre en PDF"), kept("registre.pdf", "/"), h.pick(csv), h.click("Registre en tableur"), h.until("the sheet is saved", func() bool {
				info, err := os.Stat(csv)
				return err == nil && info.Size() > 1000
			}))
		}},
		{"a breach has seventy-two hours", func() error {
			return errors.Join(h.click("Violation…"), h.see("La CNIL est prévenue dans les 72 heures"), in("En quelques mots", "Cle USB perdue"), in("Ce qui s’est passé", "Une cle avec la liste electorale a ete perdue au marche."), in("Personnes concernées, et combien", "800 electeurs"), h.field("Risque pour les personnes"), h.click("un risque élevé"), h.click("Enregistrer"),
				h.see("À notifier à la CNIL avant le "+lang.DayHour(h.now().Add(72 * time.Hour))[:2]), h.see("les personnes concernées sont prévenues"), h.shoot("breach"), h.click("À faire"), h.see("violation à notifier à la CNIL"), h.shoot("breach-task"), h.click("Cle USB perdue"), h.see("les personnes concernées sont prévenues"), h.click("Ouvrir le téléservice de la CNIL"), func() error { _, err := h.opened("https://www.cnil.fr/"); return err }(),
				h.click("Numéro donné par la CNIL"), typed("2026-1234"), h.click("C’est notifié"), h.see("n° 2026-1234"), h.shoot("notified"), h.click("À faire"), h.unseen("violation à notifier à la CNIL"), h.click("Services"))
		}},
		{"the payslips of two agents, in one document, go into the vault of each", func() error {
			path := filepath.Join(h.shots, "paie-novembre.pdf")
			pages := "/Helvetica findfont 18 scalefont setfont 72 700 moveto (Bulletin de paie - MAITE FICTIVE) show showpage 72 700 moveto (Bulletin de paie - SOLENE BROUILLON) show showpage"
			if out, err := exec.CommandContext(h.ctx, "gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", path, "-c", pages).CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return errors.Join(h.pick(path), h.click("Coffre-fort"), h.click("Bulletins…"), h.see("Bulletins de paie à déposer"), h.see("Son nom est écrit dans le document."), h.shoot("payslips"), h.click("Déposer 2 bulletins"), h.see("Avez-vous vérifié chaque nom ?"), h.click("Déposer"), h.see("2 bulletins déposés."), h.exchange(), h.exchange(),
				h.sit(secretary.Name, mayor.Name, "Portable du maire"), h.click("Coffre-fort"), h.click("Bulletins de paie de Maïté"), h.see("paie-novembre"), h.unseen("paie-novembre Solène"), h.shoot("payslip"), h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Services"), h.click("Données personnelles"))
		}},
		{"a request has a month", func() error {
			return errors.Join(h.click("Demande reçue…"), in("Nom de la personne", "Camille Exemple"), in("Coordonnées", "1 rue de l'Essai"), h.field("Droit exercé"), h.click("Accès à ses données (art. 15)"), in("Ce qu’elle demande", "Une copie."), h.click("Enregistrer"), h.see("À répondre au plus tard le"), h.click("La suite donnée, ou le motif"), typed("Copie remise en main propre."), h.click("Répondue"),
				h.see("Demande répondue"), h.shoot("answered"))
		}},
	})
}
