package desk

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token/softtoken"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
)

// card makes a token with certificates of one person, of these serial numbers.
func (h *hands) card(serials ...int64) error {
	folder := filepath.Join(h.shots, "carte")
	for _, serial := range serials {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return err
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "Maïté FICTIVE"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
			KeyUsage: x509.KeyUsageContentCommitment,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return err
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		if _, err := softtoken.Provision(h.ctx, softtoken.Options{Folder: folder, Label: "Carte d'essai", PIN: []byte(demo.PIN), SOPIN: []byte("12345678"), Key: key, Certificates: []*x509.Certificate{cert}}); err != nil {
			return err
		}
	}
	return os.Setenv("SOFTHSM2_CONF", filepath.Join(folder, "softhsm2.conf"))
}

func (h *hands) keys() error {
	mayor := h.seats[0]
	const title = "Lettre de commande — toiture de la salle des fêtes"
	var module string
	return h.play([]step{
		{"a card with two certificates", func() (err error) {
			module, err = softtoken.Module()
			return errors.Join(err, h.card(0xa1, 0xb2))
		}},
		{"looks for the keys", func() error {
			return errors.Join(h.click("Réglages"), h.click("Laissez vide pour chercher parmi les pilotes connus"), h.x("type", "--delay", "25", module), h.click("Chercher les clés"),
				h.see("n° de série a1"), h.see("n° de série b2"))
		}},
		{"chooses the second", func() error { return errors.Join(h.click("n° de série b2"), h.see("Cette clé servira à signer.")) }},
		{"signs with it", func() error {
			return errors.Join(h.click("Parapheur"), h.click("Lettre de commande — toiture"), h.click("Signer"), h.see("Signer 1 dossier"), h.see("Carte d'essai — Maïté FICTIVE"),
				h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."))
		}},
		{"the signature is of the certificate chosen", func() error {
			id, err := h.find(mayor, title, parapheur.Finished)
			if err != nil {
				return err
			}
			f, err := mayor.Hall.Folders.Folder(h.ctx, id)
			if err != nil {
				return err
			}
			pdf, err := mayor.Hall.Store.Blobs().Read(f.Documents[0].Digest, 1<<24)
			if err != nil {
				return err
			}
			r, err := validator.Validate(h.ctx, pdf, validation.Options{Now: time.Now()})
			if err != nil || len(r.Signatures) == 0 || r.Signatures[0].Signer.Serial != "b2" {
				return fmt.Errorf("signed by %+v: %w", r.Signatures, err)
			}
			return nil
		}},
		{"it is remembered", func() error {
			return errors.Join(h.click("Réglages"), h.see("Maïté FICTIVE, certificat de Maïté FICTIVE"), h.see("n° de série b2"))
		}},
	})
}
