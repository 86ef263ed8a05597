package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/tdt/tdttest"
)

// simulatorPassphrase opens the simulator's .p12: it names nobody.
const simulatorPassphrase = "demonstration"

// simulate serves a third party that transmits nothing, until ctx ends.
func simulate(ctx context.Context, args []string, out io.Writer) error {
	if len(args) < 2 || len(args) > 4 {
		return errUsage
	}
	o := tdttest.Options{Now: time.Now, Rand: rand.Reader, Address: args[0], Pace: 20 * time.Second, Tell: func(words string) { fmt.Fprintln(out, words) }}
	if len(args) > 2 {
		pace, err := time.ParseDuration(args[2])
		if err != nil || pace < 0 {
			return fmt.Errorf("%w : « %s » n’est pas une durée", errUsage, args[2])
		}
		o.Pace = pace
	}
	var faults []tdttest.Fault
	if len(args) > 3 {
		for word := range strings.SplitSeq(args[3], ",") {
			f := tdttest.Fault(strings.TrimSpace(word))
			if !slices.Contains(tdttest.Faults(), f) {
				return fmt.Errorf("%w : « %s » n’est pas un sort", errUsage, word)
			}
			faults = append(faults, f)
		}
	}
	dir := args[1]
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the folder of the certificates: %w", err)
	}
	s, err := tdttest.Start(ctx, o)
	if err != nil {
		return err
	}
	s.Next(faults...)
	p12, err := s.PKCS12(simulatorPassphrase)
	if err == nil {
		err = errors.Join(durable.WriteFile(filepath.Join(dir, "collectivite.p12"), p12), durable.WriteFile(filepath.Join(dir, "autorite.pem"), s.Authority()))
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	fmt.Fprintf(out, "Tiers de démonstration sur %s ; rien n’en sort.\nCertificat : %s (mot de passe : %s). Autorité : %s.\n",
		s.URL(), filepath.Join(dir, "collectivite.p12"), simulatorPassphrase, filepath.Join(dir, "autorite.pem"))
	<-ctx.Done()
	return s.Close()
}
