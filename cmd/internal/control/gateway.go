package control

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/pageimage"
)

// runGateway answers business software without a window, until it is stopped.
func runGateway(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("gateway", out)
	dir := f.String("dir", "", "dossier de l’installation")
	authority := f.String("authority", "", "collectivité (SIREN), quand il y en a plusieurs sur cet ordinateur")
	address := f.String("address", office.GatewayAddress, "adresse et port où répondre")
	secure := f.Bool("tls", false, "chiffre la liaison, avec gateway/tls.crt et tls.key de l’installation (faits s’ils manquent)")
	renew := f.Bool("new-password", false, "crée un mot de passe à la place du précédent, et le montre cette seule fois")
	if err := parse(f, args); err != nil {
		return err
	}
	o, err := installed(ctx, *dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	h, err := oneHall(ctx, o, *authority)
	if err != nil {
		return err
	}
	cache, err := os.MkdirTemp("", "airial-pages-")
	if err != nil {
		return fmt.Errorf("making a folder of work: %w", err)
	}
	defer os.RemoveAll(cache)
	renderer := pageimage.New(ctx, cache, rand.Reader)
	defer func() { err = errors.Join(err, renderer.Close()) }()
	if *renew {
		password, err := h.NewGatewayPassword(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "mot de passe des logiciels, à noter maintenant :", password)
	}
	return h.OpenGateway(ctx, *address, *secure, office.Read(renderer), func(url string) {
		fmt.Fprintln(out, "airialctl répond aux logiciels à l’adresse", url)
	})
}
