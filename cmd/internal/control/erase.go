package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/cmd/internal/logbook"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/store/keys"
)

// runErase is how the data leave a computer: on request alone, since a removal of the program keeps them.
func runErase(ctx context.Context, args []string, out io.Writer) error {
	f := flags("erase", out)
	sure := f.Bool("sure", false, "efface pour de bon ; sans cela, dit seulement ce qui le serait")
	everybody := f.Bool("everybody", false, "les données de toutes les personnes de cet ordinateur (pour un administrateur)")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("%w : « %s » n’est pas attendu", errUsage, f.Arg(0))
	}
	all, err := everyPlace(*everybody)
	if err != nil {
		return err
	}
	if !*sure {
		return tellErasing(out, all)
	}
	var errs []error
	for n, p := range all {
		err := erasing(ctx, p, n == 0)
		if err == nil {
			_, err = fmt.Fprintln(out, "Effacé :", p.Data)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// everyPlace gives this person's places first, then those of everybody else who has an installation.
func everyPlace(everybody bool) ([]office.Places, error) {
	own, err := office.OwnPlaces()
	if err != nil {
		return nil, err
	}
	logs, err := logbook.Folder()
	if err != nil {
		return nil, err
	}
	own.Rest = append(own.Rest, logs)
	all := []office.Places{own}
	if !everybody {
		return all, nil
	}
	found, err := homes()
	if err != nil {
		return nil, err
	}
	for _, home := range found {
		if p := office.PlacesOf(home); p.Data != own.Data && keys.Created(p.Data) && isFolder(p.Data) {
			all = append(all, p)
		}
	}
	return all, nil
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func tellErasing(out io.Writer, all []office.Places) error {
	for _, p := range all {
		ids, err := office.AuthoritiesIn(p.Data)
		if err != nil {
			return err
		}
		bytes, err := weigh(p.Data)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s : %d collectivité(s), %.1f Mo\n", p.Data, len(ids), float64(bytes)/1e6)
	}
	return fmt.Errorf("%w : rien n’a été effacé. Avec --sure, tout cela le serait, et ce qui n’a pas été envoyé au serveur serait perdu", errUsage)
}

var errOpen = errors.New("Airial est ouvert : fermez-le d’abord ; rien n’a été effacé")

// erasing takes away what one person has. The key that opens it goes first, from the keyring of whoever runs this: what a
// disk still shows after an erasing cannot be read then.
func erasing(ctx context.Context, p office.Places, own bool) error {
	for _, dir := range p.Rest {
		if isHeard(ctx, filepath.Join(dir, "window.sock")) {
			return fmt.Errorf("%s : %w", p.Data, errOpen)
		}
	}
	if own {
		if err := keys.Forget(ctx, keys.Options{Dir: p.Data, Keyring: keys.System()}); err != nil && !errors.Is(err, keys.ErrNoKeyring) {
			return err
		}
	}
	return p.Erase()
}

// isHeard tells whether a window listens there.
func isHeard(ctx context.Context, socket string) bool {
	ctx, stop := context.WithTimeout(ctx, time.Second)
	defer stop()
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		return false
	}
	return c.Close() == nil
}
