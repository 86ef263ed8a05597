package control

import (
	"context"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/office"
)

// runThirdParty sets the trusted third party, tries it, or carries what waits for it.
func runThirdParty(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("tdt", out)
	at := hallFlags(f)
	url := f.String("url", "", "règle l’adresse du tiers")
	login := f.String("login", "", "avec --url : identifiant")
	password := f.String("password-file", "", "avec --login : fichier du mot de passe, ou « - » pour le clavier")
	certificate := f.String("certificate", "", "avec --url : certificat de la collectivité (.p12)")
	passphrase := f.String("passphrase-file", "", "avec --certificate : fichier de son mot de passe, ou « - » pour le clavier")
	anchor := f.String("server-authority", "", "avec --url : certificat de l’autorité du serveur, si le système ne la connaît pas")
	try := f.Bool("try", false, "essaie la connexion")
	matters := f.Bool("classification", false, "demande la classification des matières de la préfecture")
	carry := f.Bool("carry", false, "transmet ce qui attend et relève les réponses")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 || *url == "" && !*try && !*carry && !*matters {
		return fmt.Errorf("%w : airialctl tdt --url ADRESSE --certificate FICHIER --passphrase-file FICHIER, --try, --classification ou --carry", errUsage)
	}
	h, shut, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	if *url != "" {
		p := office.ThirdParty{URL: *url, Login: *login}
		for path, to := range map[string]*[]byte{*certificate: &p.Certificate, *anchor: &p.Authority} {
			if path == "" {
				continue
			}
			if *to, err = readDocument(path); err != nil {
				return err
			}
		}
		secrets := map[string]string{}
		for _, path := range []string{*passphrase, *password} {
			if path == "" {
				continue
			}
			text, err := readSecret(path)
			if err != nil {
				return err
			}
			secrets[path] = string(text)
		}
		if err := h.SetThirdParty(ctx, p, secrets[*passphrase], secrets[*password]); err != nil {
			return err
		}
		kept, err := h.ThirdParty(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Tiers enregistré : %s, au nom de « %s », jusqu’au %s.\n", kept.URL, kept.Holder, kept.NotAfter.Format("02/01/2006"))
	}
	if *try {
		if err := h.TryThirdParty(ctx); err != nil {
			return err
		}
		fmt.Fprintln(out, "Le tiers répond et reconnaît la collectivité.")
	}
	if *matters {
		c, err := h.FetchClassification(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Classification du %s : %d matières.\n", c.Date.Time().Format("02/01/2006"), len(c.Matters))
	}
	if *carry {
		done, err := h.Carry(ctx, true)
		fmt.Fprintf(out, "Flux : %d envoyé(s), %d réponse(s), %d en attente.\nActes : %d envoyé(s), %d réponse(s), %d en attente, %d lettre(s) de la préfecture.\n",
			done.Flows.Left, done.Flows.Answered, done.Flows.Waiting, done.Acts.Left, done.Acts.Answered, done.Acts.Waiting, done.Acts.Letters)
		return err
	}
	return nil
}
