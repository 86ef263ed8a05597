package desk

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token/softtoken"
	"alpi40.fr/airial/ui/lang"
)

// The mayor is reminded of a folder near its deadline, and asks for a new certificate in one click.
func TestRemindersInTheWindow(t *testing.T) { inTheWindow(t, "remind") }

func (h *hands) remind() error {
	mayor := h.seats[0]
	const title = "Avenant à signer sans tarder"
	return h.play([]step{
		{"has a folder for tomorrow and one that is late", func() error {
			today := authority.DayOf(time.Now())
			for title, deadline := range map[string]authority.Day{title: today.Plus(1), "Devis resté en attente": today.Plus(-3)} {
				id, err := mayor.Hall.Folders.Import(h.ctx, demo.Mayor, parapheur.Import{Title: title, Kind: parapheur.Letter, Route: parapheur.Routes()[1].Steps, Deadline: deadline,
					Files: []parapheur.File{{Name: "avenant.pdf", Content: demo.Letter, Pages: 2}}})
				if err == nil {
					err = mayor.Hall.Folders.Send(h.ctx, demo.Mayor, id)
				}
				if err != nil {
					return err
				}
			}
			return errors.Join(h.see(title), h.see("plus qu’un jour"), h.see("en retard de 3 jours"), h.see("Rappel : 2 dossiers qui vous attendent ont dépassé leur échéance."), h.see(mayor.Name+" : 5 dossiers vous attendent, dont 2 en retard."))
		}},
		{"has a key that ends in twenty days", func() error {
			key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
			if err != nil {
				return err
			}
			template := &x509.Certificate{SerialNumber: big.NewInt(42), Subject: pkix.Name{CommonName: "Maïté FICTIVE"}, KeyUsage: x509.KeyUsageContentCommitment,
				NotBefore: time.Now().AddDate(-3, 0, 0), NotAfter: time.Now().AddDate(0, 0, 20)}
			der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
			if err != nil {
				return err
			}
			cert, err := x509.ParseCertificate(der)
			if err != nil {
				return err
			}
			mayor.Token, err = softtoken.Provision(h.ctx, softtoken.Options{Folder: filepath.Join(h.shots, "token"), Label: "Jeton d’essai", PIN: []byte(demo.PIN), SOPIN: []byte("12345678"),
				Key: key, Certificates: []*x509.Certificate{cert}})
			if err != nil {
				return err
			}
			return errors.Join(h.click("Réglages"), h.see("Le certificat de signature de Maïté FICTIVE expire dans 20 jours"), h.see("Demander le renouvellement à l’ALPI"))
		}},
		{"asks for another", func() error {
			return errors.Join(h.click("À faire"), h.click("Demander le renouvellement à l’ALPI"), h.see("Renouvellement demandé le "+lang.Day(time.Now())+". Votre agence n’a pas encore répondu."))
		}},
		{"is told of it in the settings, and cannot ask twice", func() error {
			if err := errors.Join(h.click("Réglages"), h.see("Renouvellement demandé le")); err != nil {
				return err
			}
			if _, ok := h.where("Demander le renouvellement à l’ALPI"); ok {
				return errors.New("it can be asked for again")
			}
			return nil
		}},
	})
}

// A password is made for business software, which then finds the door open at its address.
func TestGatewayInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "gateway")
}

func (h *hands) gateway() error {
	return h.play([]step{
		{"finds the door shut", func() error { return errors.Join(h.click("Réglages"), h.see("L’accès est fermé.")) }},
		{"makes a password", func() error {
			return errors.Join(h.click("Créer un mot de passe"), h.see("Copiez-le maintenant"), h.see("Un mot de passe existe, créé le "+lang.Day(time.Now())+"."))
		}},
		{"opens the door", func() error {
			return errors.Join(h.click("Répondre aux logiciels de cet ordinateur"), h.click("Enregistrer"), h.see("Répond à l’adresse http://127.0.0.1:8186/ws-iparapheur"))
		}},
		{"a caller without the password", func() error {
			w, err := http.Post("http://127.0.0.1:8186/ws-iparapheur", "text/xml", strings.NewReader("<a/>"))
			if err != nil {
				return err
			}
			w.Body.Close()
			if w.StatusCode != http.StatusUnauthorized {
				return fmt.Errorf("answered %d", w.StatusCode)
			}
			return errors.Join(h.click("Actualiser"), h.see("mot de passe refusé"))
		}},
		{"revokes it", func() error {
			return errors.Join(h.click("Révoquer le mot de passe"), h.see("L’accès est fermé."), h.see("Aucun mot de passe n’a été créé."))
		}},
	})
}

// What the system shows may stand on a locked screen: it holds no title.
func TestNotificationHoldsNoTitle(t *testing.T) {
	text, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{text: text}
	o := window.Occasion{Seat: "Essai — maire", Soon: 1, First: "Dossier de Mme Untel", Deadline: time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)}
	n := d.notification(o)
	if strings.Contains(n.Title+n.Content, "Untel") || !strings.Contains(n.Content, "27") || strings.Contains(n.Title+n.Content, "shell.") {
		t.Errorf("%q %q", n.Title, n.Content)
	}
	if got := d.reminder(o); !strings.Contains(got, "Dossier de Mme Untel") || !strings.Contains(got, "Essai") {
		t.Error(got)
	}
	if o.Soon, o.Late = 2, 1; !strings.Contains(d.reminder(o), "3 dossiers vous attendent, dont 1 en retard") {
		t.Error(d.reminder(o))
	}
}
