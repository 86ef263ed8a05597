package control

import (
	"context"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/office"
)

// runTrust installs a trust package, from a USB key for instance.
func runTrust(ctx context.Context, args []string, out io.Writer) error {
	return installFile(ctx, "trust", "PAQUET.zip", args, out, func(o *office.Office, raw []byte) error {
		s, err := o.InstallTrust(ctx, raw)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Paquet de confiance n° %d du %s, bon jusqu’au %s.\n", s.Version, s.Made.Format("02/01/2006"), s.Until.Format("02/01/2006"))
		return nil
	})
}

// installFile gives the one file named after a command to what installs it here.
func installFile(ctx context.Context, name, file string, args []string, out io.Writer, install func(*office.Office, []byte) error) (err error) {
	f := flags(name, out)
	dir := f.String("dir", "", "dossier de l’installation")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl %s %s", errUsage, name, file)
	}
	raw, err := readDocument(f.Arg(0))
	if err != nil {
		return err
	}
	o, err := installed(ctx, *dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	return install(o, raw)
}
