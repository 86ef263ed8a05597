package desk

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

// handover sets a third party in the settings, has two signed flows transmitted: the first is
// accepted, the second refused.
func (h *hands) handover() (err error) {
	mayor, secretary := h.seats[0], h.seats[1]
	const good, bad = "Mandats de mars", "Mandats d'avril"
	s, err := tdttest.Start(h.ctx, tdttest.Options{Now: h.now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p12, err := s.PKCS12("demonstration")
	if err != nil {
		return err
	}
	picked := func(name string, content []byte) error {
		path := filepath.Join(h.shots, name)
		return errors.Join(os.WriteFile(path, content, 0o600), os.WriteFile(filepath.Join(h.shots, "picked"), []byte(path+"\n"), 0o600))
	}
	send := func(title, n string) error {
		content := bytes.ReplaceAll(pestest.Example, []byte("PESALR2_EXEMPLE_0001"), []byte("PESALR2_EXEMPLE_"+n))
		in := parapheur.Import{Title: title, Kind: parapheur.Accounting, Route: parapheur.AccountingRoute(), Files: []parapheur.File{{Name: "PESALR2_EXEMPLE_" + n + ".xml", Content: content}}}
		id, err := secretary.Hall.Folders.Import(h.ctx, demo.Secretary, in)
		if err == nil {
			err = secretary.Hall.Folders.Send(h.ctx, demo.Secretary, id)
		}
		if err != nil {
			return err
		}
		return h.until(title+" is here", func() bool { _, err := mayor.Hall.Folders.Folder(h.ctx, id); return err == nil })
	}
	sign := func(title string) error {
		return errors.Join(h.click(title), h.see("Flux comptable — SAINT-AIRIAL-DES-PINS"), h.click("Signer"), h.see("Signer 1 dossier"), h.x("type", "--delay", "60", demo.PIN), h.x("key", "Return"), h.see("1 dossier signé."), h.x("sleep", "1.5")) // the next folder takes its place
	}
	open := func(title string) error {
		return errors.Join(h.until(title+" is signed here", func() bool {
			id, err := h.find(secretary, title, parapheur.ToDo)
			return err == nil && id != ""
		}), h.click(title), h.see("Transmettre à Hélios"))
	}
	return h.play([]step{
		{"two flows are signed", func() error {
			return errors.Join(send(good, "0002"), send(bad, "0003"), h.click("Parapheur"), sign(good), sign(bad))
		}},
		{"the secretary describes the third party", func() error {
			return errors.Join(h.click(mayor.Name), h.click(secretary.Name), h.see("Ordinateur du secrétariat"), h.click("Réglages"), h.see("Aucun tiers n’est réglé"),
				h.click("https:// puis le nom du serveur"), h.x("type", "--delay", "15", s.URL()),
				picked("collectivite.p12", p12), h.click("Choisir le certificat de la collectivité…"), h.see("Fichier choisi : collectivite.p12"),
				h.click("Celui du fichier .p12"))
		}},
		{"gives its passphrase and its authority", func() error {
			return errors.Join(h.x("type", "--delay", "25", "demonstration"), picked("autorite.pem", s.Authority()), h.click("Autorité du serveur…"), h.see("Fichier choisi : autorite.pem"), h.shoot("settings"),
				h.click("Enregistrer le tiers"), h.see("Le tiers de télétransmission est enregistré."), h.see("au nom de « Commune de démonstration »"), h.click("Essayer la connexion"), h.see("Le tiers répond et reconnaît la collectivité."))
		}},
		{"transmits without network", func() error {
			return errors.Join(h.leave(), h.click("Parapheur"), open(good), h.shoot("to-transmit"), h.click("Transmettre à Hélios"), h.see("Le dossier est remis pour transmission."),
				h.click("À traiter"), h.click("En attente"), h.click(good), h.see("À transmettre, en file"), h.see("partira dès qu’il y aura du réseau"), h.shoot("queued"))
		}},
		{"the line comes back", func() error {
			if err := h.comeBack(); err != nil {
				return err
			}
			if err := h.until("it is accepted", func() bool { id, err := h.find(secretary, good, parapheur.Finished); return err == nil && id != "" }); err != nil {
				return err
			}
			return errors.Join(h.click("En attente"), h.click("Terminés"), h.click(good), h.see("est accepté par Hélios (n° 1000)"), h.see("Accepté par Hélios"), h.shoot("accepted"))
		}},
		{"the other is refused", func() error {
			s.Next(tdttest.Refuse)
			return errors.Join(h.click("Terminés"), h.click("À traiter"), open(bad), h.click("Transmettre à Hélios"), h.see("Le dossier est remis pour transmission."), h.see("Refusé par le tiers"), h.click(bad),
				h.see("Le certificat de signature n’est pas reconnu (refus simulé)"), h.see("Le dossier n’avance pas."), h.shoot("refused"))
		}},
		{"then rejected by Hélios", func() error {
			s.Next(tdttest.Reject)
			return errors.Join(h.click("Transmettre à Hélios"), h.see("Rejeté par Hélios"), h.click(bad), h.see("Hélios rejette PESALR2_EXEMPLE_0003.xml"), h.see("Bordereau déjà transmis (rejet simulé)"), h.shoot("rejected"))
		}},
		{"nothing was sent twice", func() error {
			if taken, posts := s.Taken(); taken != 2 || posts != 3 {
				return fmt.Errorf("%d taken in %d posts", taken, posts)
			}
			return nil
		}},
	})
}
