package control

import (
	"context"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/office"
)

// runGateway answers business software without a window, until it is stopped.
func runGateway(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("gateway", out)
	at := hallFlags(f)
	address := f.String("address", office.GatewayAddress, "adresse et port où répondre")
	secure := f.Bool("tls", false, "chiffre la liaison, avec gateway/tls.crt et tls.key de l’installation (faits s’ils manquent)")
	renew := f.Bool("new-password", false, "crée un mot de passe à la place du précédent, et le montre cette seule fois")
	if err := parse(f, args); err != nil {
		return err
	}
	h, shut, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	read, stop, err := pager(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if *renew {
		password, err := h.NewGatewayPassword(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintln(out, "mot de passe des logiciels, à noter maintenant :", password)
	}
	return h.OpenGateway(ctx, *address, *secure, read, func(url string) {
		fmt.Fprintln(out, "airialctl répond aux logiciels à l’adresse", url)
	})
}
