package desk

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

// A deliberation is voted, signed, and transmitted to the legality review of a third party on
// loopback: refused once, then received; the préfecture asks for more.
func TestLegalityInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "legality")
}

// pen is a key of somebody's own.
type pen struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func newPen(name string) (*pen, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &pen{key, cert}, err
}

func (p *pen) Certificate() *x509.Certificate { return p.cert }
func (p *pen) Chain() []*x509.Certificate     { return nil }
func (p *pen) Sign(_ context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return p.key.Sign(rand.Reader, digest, opts)
}

// vote drafts a deliberation, sits today, votes and numbers it.
func (h *hands) vote(hall *office.Hall) (id string, err error) {
	c := hall.Council
	if id, err = demo.Draft(h.ctx, c, time.Now()); err != nil {
		return "", err
	}
	at := time.Now()
	day := authority.DayOf(at)
	sitting, err := c.Convene(h.ctx, demo.Secretary, council.Convene{At: at, Place: "à la mairie", Convened: day.Plus(-6), Posted: day.Plus(-6), Agenda: []string{id}})
	if err != nil {
		return "", err
	}
	s, err := c.Sitting(h.ctx, sitting)
	if err != nil {
		return "", err
	}
	for _, m := range s.Members {
		if err := c.Call(h.ctx, demo.Secretary, sitting, m.ID, council.Attendance{Presence: council.Present}); err != nil {
			return "", err
		}
	}
	if err := c.NameSecretary(h.ctx, demo.Secretary, sitting, demo.Deputy); err != nil {
		return "", err
	}
	if _, err := c.Vote(h.ctx, demo.Secretary, sitting, council.Ballot{Deliberation: id, Manner: council.Ordinary, Choices: map[string]council.Choice{}}, ""); err != nil {
		return "", err
	}
	if err := c.Close(h.ctx, demo.Secretary, sitting); err != nil {
		return "", err
	}
	_, err = c.Finalise(h.ctx, demo.Secretary, id, sitting)
	return id, err
}

// bothSign sends a deliberation round, and signs it for the mayor and the secretary of the sitting.
func (h *hands) bothSign(hall *office.Hall, id string) error {
	folder, err := hall.SendDeliberation(h.ctx, demo.Secretary, id, func(context.Context, []byte) (int, string, error) { return 2, "", nil })
	if err != nil {
		return err
	}
	for _, who := range []struct{ person, name string }{{demo.Mayor, "Maïté FICTIVE"}, {demo.Deputy, "Ève EXEMPLE"}} {
		p, err := newPen(who.name)
		if err != nil {
			return err
		}
		f, err := hall.Folders.Folder(h.ctx, folder)
		if err != nil {
			return err
		}
		results, err := hall.Folders.Sign(h.ctx, who.person, parapheur.Lot{Folders: []parapheur.SeenFolder{{ID: folder, Seen: f.Seen()}}, Signer: p, Place: "Saint-Airial-des-Pins", Device: "pc"}, nil)
		if err != nil {
			return err
		}
		if results[0].Err != nil {
			return results[0].Err
		}
	}
	return nil
}

func (h *hands) legality() (err error) {
	mayor, secretary := h.seats[0], h.seats[1]
	s, err := tdttest.Start(h.ctx, tdttest.Options{Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p12, err := s.PKCS12("demonstration")
	if err == nil {
		err = secretary.Hall.SetThirdParty(h.ctx, office.ThirdParty{URL: s.URL(), Certificate: p12, Authority: s.Authority()}, "demonstration", "")
	}
	if err != nil {
		return err
	}
	var id string
	filing := func(holds func(*actes.Filing) bool) func() bool {
		return func() bool {
			f, err := secretary.Hall.Legality.Filing(h.ctx, id)
			return err == nil && holds(f)
		}
	}
	return h.play([]step{
		{"the council votes", func() (err error) {
			if id, err = h.vote(secretary.Hall); err != nil {
				return err
			}
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Conseil"), h.click("Légalité"), h.see("À signer d’abord"), h.see("modèle du 1er mars 2019"), h.shoot("unsigned"))
		}},
		{"both sign", func() error {
			return errors.Join(h.bothSign(secretary.Hall, id), h.see("Transmettre au contrôle de légalité"), h.see("Page 1 sur 2"))
		}},
		{"asks for the classification", func() error {
			return errors.Join(h.click("Demander la classification"), h.see("La classification de la préfecture est enregistrée."), h.see("Classification de la préfecture du 5 janvier 2026."),
				h.click("Cherchez : subvention, voirie, 7.5…"), h.x("type", "--delay", "25", "subvention"), h.see("7.5 Finances locales › Subventions"))
		}},
		{"joins an annex without its type", func() error {
			return errors.Join(h.click("Joindre des annexes…"), h.see("Convention de prêt.pdf"), h.click("Transmettre au contrôle de légalité"), h.see("(@CTES, type de pièce)"), h.shoot("rule"), h.click("Fermer"))
		}},
		{"gives it, and is refused", func() error {
			s.Next(tdttest.Refuse)
			return errors.Join(h.click("Type de cette annexe"), h.click("21_RP Rapport de présentation"), h.shoot("form"), h.click("Transmettre au contrôle de légalité"), h.see("L’acte est remis pour transmission."),
				h.see("Accès refusé (refus simulé)"), h.shoot("refused"))
		}},
		{"transmits again", func() error {
			return errors.Join(h.click("Transmettre au contrôle de légalité"), h.until("it is received", filing(func(f *actes.Filing) bool { return f.State == actes.Received })), h.see("Reçu en préfecture"), h.see("sous l’identifiant 040-000000000-"), h.shoot("received"))
		}},
		{"the préfecture asks for more", func() error {
			f, err := secretary.Hall.Legality.Filing(h.ctx, id)
			if err != nil {
				return err
			}
			if !s.Write(f.Number, handover.MorePieces, "Veuillez transmettre le plan.") {
				return errors.New("the third party has no such act")
			}
			if _, err := secretary.Hall.Carry(h.ctx, true); err != nil {
				return err
			}
			return errors.Join(h.see("Demande de pièces complémentaires"), h.see("La préfecture a écrit"), h.see("Enregistrer lettre.txt"), h.shoot("letter"))
		}},
		{"is answered", func() error {
			return errors.Join(h.click("Répondre à la préfecture…"), h.click("Choisir la réponse (PDF)…"), h.click("Joindre les pièces demandées…"), h.shoot("reply"), h.click("Envoyer la réponse"), h.see("La réponse est remise pour envoi."),
				h.until("the answer is there", func() bool { return len(s.Answers()) == 1 && s.Answers()[0].Pieces == 1 }), h.see("Réponse reçue en préfecture"), h.shoot("answered"))
		}},
		{"the receipt is kept", func() error {
			f, err := secretary.Hall.Legality.Filing(h.ctx, id)
			if err != nil {
				return err
			}
			if len(f.Annexes) != 1 || f.Annexes[0].Type != "21_RP" {
				return fmt.Errorf("the annex was lost when it was asked again: %+v", f.Annexes)
			}
			content, err := secretary.Hall.Store.Blobs().Read(f.Proof.Digest, 1<<20)
			if err != nil {
				return err
			}
			if taken, posts := s.Taken(); taken != 2 || posts != 3 {
				return fmt.Errorf("%d taken in %d posts", taken, posts)
			}
			return os.WriteFile(filepath.Join(h.shots, "aractes.xml"), content, 0o600)
		}},
	})
}
