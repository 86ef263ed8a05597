package control

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/pageimage"
)

// place is the installation and the authority that a command works for.
type place struct{ dir, authority *string }

// hallFlags adds the options that name them.
func hallFlags(f *flag.FlagSet) place {
	return place{
		f.String("dir", "", "dossier de l’installation"),
		f.String("authority", "", "collectivité (SIREN), quand il y en a plusieurs sur cet ordinateur"),
	}
}

// open opens them; shut is called once the command is done.
func (p place) open(ctx context.Context) (h *office.Hall, shut func() error, err error) {
	o, err := installed(ctx, *p.dir)
	if err != nil {
		return nil, nil, err
	}
	if h, err = oneHall(ctx, o, *p.authority); err != nil {
		return nil, nil, errors.Join(err, o.Close())
	}
	return h, o.Close, nil
}

// oneHall opens the authority asked for, or the only one.
func oneHall(ctx context.Context, o *office.Office, id string) (*office.Hall, error) {
	ids, err := o.Authorities()
	if err != nil {
		return nil, err
	}
	switch {
	case len(ids) == 0:
		return nil, errors.New("aucune collectivité sur cet ordinateur")
	case id == "" && len(ids) > 1:
		return nil, fmt.Errorf("%w : plusieurs collectivités sont là, choisissez avec --authority", errUsage)
	case id == "":
		id = ids[0]
	}
	return o.Hall(ctx, id)
}

// pager gives what reads the pages of documents; stop is called once they are read.
func pager(ctx context.Context) (read office.Pager, stop func() error, err error) {
	cache, err := os.MkdirTemp("", "airial-pages-")
	if err != nil {
		return nil, nil, fmt.Errorf("making a folder of work: %w", err)
	}
	renderer := pageimage.New(ctx, cache, rand.Reader)
	return office.Read(renderer), func() error { return errors.Join(renderer.Close(), os.RemoveAll(cache)) }, nil
}
