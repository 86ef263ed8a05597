package desk

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2/imapclient"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/sync/mail/mailtest"
	"alpi40.fr/airial/ui/shell/dragout/dragtest"
)

// The mail of a Dovecot is read in the window without a line, an attachment becomes a folder, an answer written offline
// leaves once when the line is back.
func TestMailInTheWindow(t *testing.T) {
	if _, err := exec.LookPath("dovecot"); err != nil {
		if _, err := os.Stat("/usr/sbin/dovecot"); err != nil {
			t.Skip("dovecot is not installed")
		}
	}
	inTheWindow(t, "mail")
}

func (h *hands) mail() error {
	l, err := h.letters()
	if err != nil {
		return err
	}
	defer l.stop()
	pdf, err := os.ReadFile(os.Getenv("AIRIAL_TEST_WINDOW"))
	if err != nil {
		return err
	}
	encoded := base64.StdEncoding.EncodeToString(pdf)
	var lines []string
	for len(encoded) > 76 {
		lines, encoded = append(lines, encoded[:76]), encoded[76:]
	}
	for i, m := range []string{
		"From: =?utf-8?q?=C3=88ve?= Exemple <eve@exemple.example>\nSubject: =?utf-8?q?Convention_de_pr=C3=AAt_=C3=A0_signer?=\nDate: Wed, 25 Nov 2026 10:00:00 +0100\nMessage-ID: <convention@exemple.example>\nTo: mairie@saint-airial.example\nContent-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: text/plain; charset=utf-8\n\nBonjour,\n\nVoici la convention de prêt de la salle des fêtes, à faire signer par Madame la maire.\n\nBien à vous,\nÈve Exemple\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=convention.pdf\nContent-Transfer-Encoding: base64\n\n" + strings.Join(append(lines, encoded), "\n") + "\n--o--\n",
		"From: \"maire@saint-airial.example\" <maire@saint-aerial.example>\nReply-To: <x@voleur.example>\nSubject: Virement urgent\nDate: Wed, 25 Nov 2026 09:00:00 +0100\nTo: mairie@saint-airial.example\nContent-Type: text/html; charset=utf-8\n\n<p>Merci de régler cette facture <a href='https://voleur.example/payer'>sur le site des impôts</a>.<img src='https://voleur.example/vu.gif'></p>\n",
		"From: <agence@exemple.example>\nSubject: Lettre de l'agence\nDate: Wed, 25 Nov 2026 08:00:00 +0100\nTo: mairie@saint-airial.example\n\nLe pont de l'etang est rouvert.\n",
	} {
		if err := l.in.Put(fmt.Sprintf("170000000%d.m", i), m); err != nil {
			return err
		}
	}
	// One of ten gibibytes: Dovecot takes both sizes from the name, and the file has no blocks behind its beginning.
	const size = 10 << 30
	large := fmt.Sprintf("1700000009.m,S=%d,W=%d", size, size)
	if err := errors.Join(l.in.Put(large, "From: <geometre@exemple.example>\nSubject: Plans du cadastre\nDate: Wed, 25 Nov 2026 07:00:00 +0100\nTo: mairie@saint-airial.example\n\nVoici tout.\n"), os.Truncate(filepath.Join(l.in.Maildir, "new", large), size)); err != nil {
		return err
	}
	hall := h.seats[0].Hall
	return h.play([]step{
		{"sees that no mailbox is set", func() error {
			return errors.Join(h.click("Messagerie"), h.see("La messagerie n’est pas réglée"))
		}},
		{"the mailbox is set, its messages come", func() error {
			return errors.Join(hall.SetMailAccount(h.ctx, office.MailAccount{Name: "Mairie de Saint-Airial-des-Pins", Address: mailtest.Login, Login: mailtest.Login, Imap: l.in.Server, Smtp: l.out.Server}, mailtest.Password),
				h.see("Convention de prêt à signer"), h.see("Réception"), h.see("À jour, relevé"))
		}},
		{"a folder where the server files mail is current as soon as it is opened, and while it is", func() error {
			filed := func(n int, subject string) error {
				return l.in.PutInto("Voirie", fmt.Sprintf("190000000%d.m", n), "From: <agence@exemple.example>\nSubject: "+subject+"\nDate: Wed, 25 Nov 2026 11:00:00 +0100\nMessage-ID: <voirie-"+strconv.Itoa(n)+"@exemple.example>\nTo: mairie@saint-airial.example\n\nChemin des Pins.\n")
			}
			return errors.Join(atTheServer(l.in.Server.Address, func(c *imapclient.Client) error { return c.Create("Voirie", nil).Wait() }), h.click("Relever"), h.see("Voirie"),
				filed(1, "Nid de poule"), h.click("Voirie"), h.see("Nid de poule"), filed(2, "Arbre tombé"), h.see("Arbre tombé"), h.shoot("followed"), h.click("Réception"), h.see("Virement urgent"))
		}},
		{"reads a message that pretends", func() error {
			return errors.Join(h.click("Virement urgent"), h.see("imite celle de la mairie"), h.see("sur le site des impôts [https://voleur.example/payer]"), h.see("x@voleur.example"))
		}},
		{"is told of a message of ten gibibytes", func() error {
			return errors.Join(h.click("Plans du cadastre"), h.see("Ce message est trop grand (10 Go)"), h.shoot("large"))
		}},
		{"searches without a line", func() error {
			return errors.Join(h.leave(), h.click("Chercher dans tous les messages"), h.x("type", "--delay", "25", "etang rouvert"), h.see("Lettre de l'agence"), h.click("Lettre de l'agence"), h.see("Le pont de l'etang est rouvert."), h.shoot("search"),
				h.click("Supprimer"), h.see("1 message"), h.click("etang rouvert"), h.x("key", "ctrl+a"), h.x("key", "BackSpace"), h.see("Convention de prêt à signer"))
		}},
		{"answers without a line", func() error {
			return errors.Join(h.click("Convention de prêt à signer"), h.see("Voici la convention"), h.shoot("message"), h.see("Imprimer"), h.click("Répondre"), h.see("Joindre des fichiers…"), h.see("eve@exemple.example"), h.x("sleep", "0.5"),
				h.x("key", "ctrl+Home"), h.x("type", "--delay", "25", "Bonjour, la maire va signer."), h.click("Joindre des fichiers…"), h.see("Convention de prêt.pdf ("), h.shoot("answer"), h.click("Envoyer"), h.see("Le message part dès qu’il y a une ligne."))
		}},
		{"it leaves once when the line is back", func() error {
			if err := errors.Join(h.click("Brouillons et envois"), h.see("En attente d’envoi"), h.comeBack(), h.until("the letter has left", func() bool { return len(l.out.Taken()) == 1 }), h.see("Aucun message en cours"), h.click("Envoyés"), h.see("Re: Convention de prêt à signer")); err != nil {
				return err
			}
			if got := l.out.Taken()[0]; !strings.Contains(got, "In-Reply-To: <convention@exemple.example>") || !strings.Contains(got, "la maire va signer.") {
				return fmt.Errorf("another letter left: %.2000s", got)
			}
			return nil
		}},
		{"drags the attachment to another program", func() error {
			return errors.Join(h.click("Réception"), h.click("Convention de prêt à signer"), h.see("convention.pdf ("), h.dragOnto(dragtest.Takes, "convention.pdf (", "attachment", func(o *dragtest.Target) error {
				paths, err := h.came(o)
				if err != nil || len(paths) != 1 || filepath.Base(paths[0]) != "convention.pdf" {
					return fmt.Errorf("%q came: %w", paths, err)
				}
				if got, err := os.ReadFile(paths[0]); err != nil || !bytes.Equal(got, pdf) {
					return fmt.Errorf("%d bytes came of %d: %w", len(got), len(pdf), err)
				}
				return nil
			}))
		}},
		{"makes a folder of the attachment", func() error {
			return errors.Join(h.click("Réception"), h.click("Convention de prêt à signer"), h.click("Mettre dans le parapheur"), h.see("Reçu par courriel de"), h.see("Page 1 sur 1"))
		}},
	})
}
