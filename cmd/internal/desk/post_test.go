package desk

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/sync/mail/mailtest"
	"alpi40.fr/airial/ui/lang"
)

// A day of the town hall's mailbox: it is set in the settings, a page with scripts and pictures is read inert, names that pretend are
// told of, each attachment goes where it is wanted in one gesture, an invitation is answered, two people share what is to be
// answered, what another computer erases goes, and a summons that comes back is told of beside its member.
func TestPostInTheWindow(t *testing.T) {
	aside(t)
	if _, err := exec.LookPath("dovecot"); err != nil {
		if _, err := os.Stat("/usr/sbin/dovecot"); err != nil {
			t.Skip("dovecot is not installed")
		}
	}
	inTheWindow(t, "post")
}

// post is what the steps of a day of mail know.
type post struct {
	*hands
	letters
	pdf     string // in base64
	put     int
	seen    atomic.Int32 // how often a picture of a message was asked for
	server  *httptest.Server
	sitting string
}

// come lays a message into the inbox.
func (p *post) come(head, content string) error {
	p.put++
	return p.in.Put(fmt.Sprintf("18%08d.m", p.put), fmt.Sprintf("%s\nDate: %s\nTo: mairie@saint-airial.example\nMIME-Version: 1.0\n%s", head, p.now().Add(-time.Duration(p.put)*time.Hour).Format(time.RFC1123Z), content))
}

func (p *post) joined(text, file string) string {
	return "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\n" + text + "\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''" + file + "\nContent-Transfer-Encoding: base64\n\n" + p.pdf + "\n--o--\n"
}

// paste puts words where one types.
func (h *hands) paste(words string) error {
	if err := h.until("a field that takes what is pasted", h.listens); err != nil {
		return err
	}
	fyne.DoAndWait(func() { fyne.CurrentApp().Clipboard().SetContent(words) })
	return errors.Join(h.x("key", "ctrl+v"), h.frame())
}

func (h *hands) post() error {
	p := &post{hands: h}
	defer func() { p.letters.stop() }()
	if err := p.ready(); err != nil {
		return err
	}
	defer p.server.Close()
	mayor, secretary := h.seats[0], h.seats[1]
	return h.play(slices.Concat([]step{
		{"the mailbox is set", func() error {
			return errors.Join(h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Réglages"), h.click("Clair"), h.shoot("unset"), h.click("mairie@exemple.fr"), p.paste("mairie@saint-airial.example"),
				h.click("Mairie de Saint-Airial"), p.paste("Mairie de Saint-Airial-des-Pins"), h.click("courrier.exemple.fr:993"), p.paste(p.in.Server.Address), h.click("courrier.exemple.fr:465"), p.paste(p.out.Server.Address),
				h.click("Celui de votre messagerie"), p.paste(mailtest.Password), h.click("Enregistrer la messagerie"), h.see("La messagerie est réglée."))
		}},
		{"a certificate that nobody knows is told of", func() error {
			return errors.Join(h.click("Essayer la messagerie"), h.see("certificat"), h.shoot("certificate"))
		}},
		{"its fingerprint is given", func() error {
			return errors.Join(h.x("key", "Escape"), h.below("Empreinte acceptée, réception"), p.paste(p.in.Server.Pin), h.below("Empreinte acceptée, envoi"), p.paste(p.out.Server.Pin), h.click("Enregistrer la messagerie"),
				h.click("Essayer la messagerie"), h.see("Les deux serveurs répondent comme il faut."))
		}},
		{"its messages come", func() error { return errors.Join(h.click("Messagerie"), h.see("Lettre du Département")) }},
		{"a page is read as its text, and asks for nothing", func() error {
			if err := errors.Join(h.click("Lettre du Département"), h.see("La séance plénière aura lieu"), h.see("[https://landes.example/inscription?qui=42]"), h.see("Mise en page, images et programmes")); err != nil {
				return err
			}
			if read := h.read(); strings.Contains(read, "voler()") || strings.Contains(read, "color:") || p.seen.Load() != 0 {
				return fmt.Errorf("%d pictures were asked for; %s", p.seen.Load(), read)
			}
			return nil
		}},
		{"a name that pretends, with a program", func() error {
			return errors.Join(h.click("Remboursement"), h.see("Le nom affiché est une adresse"), h.see("est un programme ou peut en lancer un"), h.see("facture.pdf.exe"))
		}},
	}, p.gestures(), p.notice(), p.others(), p.comesBack(), []step{
		{"by night", func() error {
			return errors.Join(h.click("Réglages"), h.click("Sombre"), h.click("Messagerie"), h.click("Lettre du Département"), h.see("La séance plénière"), h.shoot("dark"), h.click("Brouillons et envois"), h.see("Aucun message en cours"), h.shoot("dark-empty"))
		}},
	}))
}

func (p *post) ready() (err error) {
	if p.letters, err = p.hands.letters(); err != nil {
		return err
	}
	pdf, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
	if err != nil {
		return err
	}
	for raw := base64.StdEncoding.EncodeToString(pdf); raw != ""; raw = raw[min(76, len(raw)):] {
		p.pdf += raw[:min(76, len(raw))] + "\n"
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { p.seen.Add(1) }))
	invited := p.now().AddDate(0, 0, 5).UTC().Format("20060102T150000Z")
	return errors.Join(
		p.come("From: =?utf-8?q?D=C3=A9partement_des_Landes?= <lettre@landes.example>\nSubject: =?utf-8?q?Lettre_du_D=C3=A9partement_aux_communes_=3A_s=C3=A9ance_pl=C3=A9ni=C3=A8re=2C_appels_=C3=A0_projets_et_am=C3=A9nagement_des_c=C5=93urs_de_bourg_=E2=80=94_rappel_important?=\nMessage-ID: <lettre@landes.example>",
			"Content-Type: text/html; charset=utf-8\n\n<html><head><style>p{color:red}</style><script>voler()</script></head><body onload='voler()'><img src='"+p.server.URL+"/vu.gif'><h1>Lettre aux communes</h1><p>La séance plénière aura lieu à Mont-de-Marsan.</p><ul><li>Aménagement des cœurs de bourg&nbsp;: 12&nbsp;000&nbsp;€</li><li>Forêt</li></ul><p><a href='https://landes.example/inscription?qui=42'>S’inscrire</a></p><iframe src='"+p.server.URL+"'></iframe><form action='"+p.server.URL+"'><input name=x></form></body></html>\n"),
		p.come("From: \"Direction des finances <contact@impots.gouv.fr>\" <x91@voleur.example>\nSubject: Remboursement en attente\nMessage-ID: <faux@voleur.example>",
			"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\nOuvrez la facture.\n--o\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=facture.pdf.exe\nContent-Transfer-Encoding: base64\n\nTVqQ\n--o--\n"),
		p.come("From: Tribunal judiciaire de Dax <greffe@dax.example>\nSubject: =?utf-8?q?Jugement_de_divorce_=E2=80=94_mention_en_marge?=\nMessage-ID: <jugement@dax.example>", p.joined("Veuillez apposer la mention.", "jugement.pdf")),
		p.come("From: Couverture landaise <devis@couvreur.example>\nSubject: =?utf-8?q?Devis_de_la_toiture_de_l=27=C3=A9cole?=\nMessage-ID: <devis@couvreur.example>", p.joined("Voici le devis.", "devis%20toiture.pdf")),
		p.come("From: =?utf-8?q?Communaut=C3=A9_de_communes?= <secretariat@cc.example>\nSubject: =?utf-8?q?Conf=C3=A9rence_des_maires?=\nMessage-ID: <invitation@cc.example>",
			"Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\nVous êtes invités.\n--o\nContent-Type: text/calendar; charset=utf-8; method=REQUEST; name=invitation.ics\n\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//CC//FR\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:conference-1@cc.example\nDTSTAMP:20261101T080000Z\nDTSTART:"+invited+"\nSUMMARY:Conférence des maires\nLOCATION:Salle du conseil\nORGANIZER:mailto:secretariat@cc.example\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:mairie@saint-airial.example\nEND:VEVENT\nEND:VCALENDAR\n--o--\n"),
		p.come("From: Jean Exemple <jean@exemple.example>\nSubject: Location de la salle\nMessage-ID: <salle@exemple.example>", "Content-Type: text/plain; charset=utf-8\n\nBonjour,\n\nLa salle est-elle libre le 12 ?\n"))
}

// gestures are what one attachment becomes, each in one gesture.
func (p *post) gestures() []step {
	h, hall := p.hands, p.seats[1].Hall
	return []step{
		{"an attachment into the vault", func() error {
			return errors.Join(h.click("Devis de la toiture"), h.click("Dans le coffre"), h.see("est dans votre coffre-fort"), h.shoot("kept"), h.click("Coffre-fort"), h.see("devis toiture.pdf"), h.shoot("vault"), h.click("Messagerie"))
		}},
		{"to a point of the council", func() error {
			return errors.Join(h.click("Devis de la toiture"), h.click("Joindre à un point…"), h.shoot("points"), h.click("Nouveau projet de délibération"), h.see("La pièce est jointe au projet."), h.click("Annexes"), h.see("devis toiture.pdf"), h.shoot("point"), h.click("Messagerie"))
		}},
		{"a notice of mention", func() error {
			return errors.Join(h.click("Jugement de divorce"), h.click("Avis de mention…"), h.see("Nom de la personne de l’acte"), h.x("type", "--delay", "25", "Prototype"), h.x("key", "Return"), h.see("L’avis est enregistré."), h.see("PROTOTYPE"), h.shoot("notice"), h.click("Messagerie"))
		}},
		{"into the signature book", func() error {
			return errors.Join(h.click("Devis de la toiture"), h.click("Mettre dans le parapheur"), h.see("La pièce jointe est dans le parapheur"), h.see("Reçu par courriel de Couverture landaise"), h.shoot("folder"), h.click("Messagerie"))
		}},
		{"an invitation is accepted, without a line", func() error {
			return errors.Join(h.click("Conférence des maires"), h.see("Invitation : Conférence des maires"), h.see("Salle du conseil"), h.leave(), h.shoot("invited"), h.click("Accepter"), h.see("La réponse part dès qu’il y a une ligne."),
				h.comeBack(), h.until("the answer has left", func() bool { return len(p.out.Taken()) == 1 }), p.accepted())
		}},
		{"what is being written stays", func() error {
			return errors.Join(h.click("Nouveau message"), h.see("prenom.nom@exemple.fr"), h.x("type", "--delay", "25", "jea"), h.see("Jean Exemple <jean@exemple.example>"), h.shoot("offered"), h.x("key", "Down"), h.x("key", "Return"), h.click("Coffre-fort"), h.see("Mes documents"), h.click("Messagerie"), h.click("Brouillons et envois"),
				h.until("the draft is kept", func() bool {
					all, err := hall.Mail.Letters(h.ctx)
					return err == nil && len(all) == 1 && all[0].To == "Jean Exemple <jean@exemple.example>"
				}), h.see("Brouillon"), h.shoot("drafts"), h.click("(sans objet)"), h.click("Jeter"), h.see("Ce que vous avez écrit sera perdu."), h.x("key", "Return"), h.see("Aucun message en cours"), h.click("Réception"))
		}},
	}
}

// accepted looks at the answer that left.
func (p *post) accepted() error {
	letter := p.out.Taken()[0]
	m := mailbox.Read([]byte(letter))
	if len(m.Files) != 1 || len(m.To) != 1 || m.To[0].Address != "secretariat@cc.example" {
		return fmt.Errorf("another answer left: %.2000s", letter)
	}
	raw, _, err := mailbox.Part([]byte(letter), m.Files[0].Place)
	if err != nil || !strings.Contains(string(raw), "METHOD:REPLY") || !strings.Contains(string(raw), "PARTSTAT=ACCEPTED") || !strings.Contains(string(raw), "conference-1@cc.example") {
		return fmt.Errorf("%w: %s", err, raw)
	}
	return nil
}

// notice is a notice of mention that leaves by mail.
func (p *post) notice() []step {
	h, acts := p.hands, p.seats[1].Hall.Acts
	return []step{
		{"a notice of mention leaves by mail", func() error {
			today := authority.DayOf(h.now())
			act, err := acts.Import(h.ctx, demo.Secretary, civilstatus.Act{Kind: civilstatus.Birth, Year: 1988, Number: "14", Date: "1988-02-12", LastName: "Esquisse", FirstName: "Marc", Gender: civilstatus.Masculine, Commune: "Saint-Airial-des-Pins"}, []civilstatus.Page{{Name: "acte.png", Content: sheet(40)}})
			if err != nil {
				return err
			}
			mention, err := acts.Prepare(h.ctx, demo.Secretary, act, civilstatus.Draft{Code: "DECES", Fields: map[string]string{"lieu": "Dax", "date": "01/02/2026"}, Source: "Mairie de Dax", Received: today})
			if err == nil {
				err = acts.Affix(h.ctx, demo.Secretary, act, mention, demo.Mayor, today)
			}
			if err != nil {
				return err
			}
			before := len(p.out.Taken())
			return errors.Join(h.click("État civil"), h.click("Avis à envoyer ("), h.click("ESQUISSE Marc"), h.click("Avis de mention"), h.see("Envoyer un avis de mention"), h.click("Mairie qui tient un autre acte"), h.click("Une ligne par ligne d’adresse"), p.paste("Mairie de Dax"),
				h.click("etat-civil@exemple.fr"), p.paste("etat-civil@dax.example"), h.shoot("notice-form"), h.click("Envoyer par courriel"), h.see("L’avis part dès qu’il y a une ligne."),
				h.until("it has left", func() bool { return len(p.out.Taken()) == before+1 }), h.click("Récépissés ("), h.click("ESQUISSE Marc"), h.see("Parti par courriel à etat-civil@dax.example"), h.shoot("notice-left"), h.click("Messagerie"))
		}},
	}
}

// others are what two people, each on a computer, see of one mailbox.
func (p *post) others() []step {
	h, mayor, secretary := p.hands, p.seats[0], p.seats[1]
	return []step{
		{"she sees to a message", func() error {
			return errors.Join(h.click("Location de la salle"), h.click("Je m’en occupe"), h.see("Vous vous en occupez."), h.see("À vous"))
		}},
		{"the mayor reads the same mailbox, and who sees to it", func() error {
			return errors.Join(mayor.Hall.SetMailAccount(h.ctx, office.MailAccount{Name: "Mairie de Saint-Airial-des-Pins", Address: mailtest.Login, Login: mailtest.Login, Imap: p.in.Server, Smtp: p.out.Server}, mailtest.Password),
				h.sit(secretary.Name, mayor.Name, "Portable du maire"), h.click("Messagerie"), h.click("Location de la salle"), h.see("s’en occupe depuis le"))
		}},
		{"she has done with it", func() error {
			return errors.Join(h.sit(mayor.Name, secretary.Name, "Ordinateur du secrétariat"), h.click("Messagerie"), h.click("Location de la salle"), h.click("C’est fait"), h.see("Traité par"))
		}},
		{"what another computer erases goes from the list at once", func() error {
			return errors.Join(h.see("Remboursement"), erased(p.in.Server.Address, "Remboursement"), h.unseen("Remboursement en attente"))
		}},
	}
}

// atTheServer does something in the mailbox from elsewhere.
func atTheServer(address string, do func(*imapclient.Client) error) error {
	c, err := imapclient.DialTLS(address, &imapclient.Options{TLSConfig: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Login(mailtest.Login, mailtest.Password).Wait(); err != nil {
		return err
	}
	return do(c)
}

// erased takes a message off the inbox from elsewhere.
func erased(address, subject string) error {
	return atTheServer(address, func(c *imapclient.Client) error {
		if _, err := c.Select("INBOX", nil).Wait(); err != nil {
			return err
		}
		found, err := c.UIDSearch(&imap.SearchCriteria{Header: []imap.SearchCriteriaHeaderField{{Key: "Subject", Value: subject}}}, nil).Wait()
		if err != nil {
			return err
		}
		if err := c.Store(found.All, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return err
		}
		return c.Expunge().Close()
	})
}

// comesBack is a summons that a member's server sends back.
func (p *post) comesBack() []step {
	h, hall := p.hands, p.seats[1].Hall
	at := h.now().AddDate(0, 0, 10)
	sent := func() []council.Delivery {
		all, err := hall.Council.Deliveries(h.ctx, p.sitting)
		if err != nil {
			return nil
		}
		return all
	}
	return []step{
		{"a summons leaves", func() error {
			draft, err := demo.Draft(h.ctx, hall.Council, h.now())
			if err != nil {
				return err
			}
			today := authority.DayOf(h.now())
			if p.sitting, err = hall.Council.Convene(h.ctx, demo.Secretary, council.Convene{At: at, Place: "à la mairie", Convened: today, Posted: today, Agenda: []string{draft}}); err != nil {
				return err
			}
			s, err := hall.Council.Sitting(h.ctx, p.sitting)
			if err != nil {
				return err
			}
			people, _, err := hall.People.Everyone(h.ctx)
			if err != nil {
				return err
			}
			called := council.Proof(*s, nil)
			for _, x := range people {
				x.Email = ""
				if len(called) > 0 && called[0].Member.ID == x.ID {
					x.Email = "membre1@exemple.example"
				}
				if _, err := hall.People.Put(h.ctx, demo.Secretary, x); err != nil {
					return err
				}
			}
			return errors.Join(h.click("Conseil"), h.click("Séances"), h.click("Séance du "+lang.LongDay(at)), h.click("Convocations envoyées : 0 sur"), h.click("Envoyer par courriel"),
				h.until("it has left", func() bool { all := sent(); return len(all) == 1 && all[0].State == council.Gone }))
		}},
		{"it comes back, which is told beside the member", func() error {
			return errors.Join(p.come("From: Mail Delivery System <MAILER-DAEMON@exemple.example>\nSubject: Undelivered Mail Returned to Sender\nMessage-ID: <retour@exemple.example>",
				"Content-Type: multipart/report; report-type=delivery-status; boundary=o\n\n--o\nContent-Type: text/plain\n\nThe mail system.\n--o\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.exemple.example\n\nFinal-Recipient: rfc822; membre1@exemple.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 boite inconnue\n\n--o\nContent-Type: message/rfc822\n\nMessage-ID: <"+sent()[0].MessageID+">\nSubject: Convocation\n\nx\n--o--\n"),
				h.see("Non remise"), h.click("Non remise"), h.see("Corrigez l’adresse dans « Personnes »"), h.see("550 5.1.1 boite inconnue"), h.shoot("returned"), h.until("the mayor's computer, which reads the same mailbox, knows it too", func() bool {
					all, err := p.seats[0].Hall.Council.Deliveries(h.ctx, p.sitting)
					return err == nil && len(all) == 1 && all[0].State == council.Bounced
				}), h.see("À jour. Dernière synchronisation"), h.click("Messagerie"), h.click("Undelivered Mail"), h.see("The mail system."), h.see("Non remis à membre1@exemple.example"), h.see("Conversation de 2 messages"), h.shoot("report"), h.unseen("Un choix vous attend"))
		}},
	}
}
