package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/publication"
)

// errFaults tells that a file of open data may not be published as it is.
var errFaults = errors.New("ce fichier n’est pas conforme au schéma")

// runPublish exports what is public into a folder, ready for the website.
func runPublish(ctx context.Context, args []string, out io.Writer) error {
	f := flags("publish export", out)
	dir := f.String("dir", "", "dossier de l’installation")
	to := f.String("to", "", "dossier qui reçoit le site")
	authority := f.String("authority", "", "SIREN de la collectivité ; toutes sinon, chacune dans son dossier")
	if len(args) == 0 || args[0] != "export" {
		return fmt.Errorf("%w : airialctl publish export --to DOSSIER", errUsage)
	}
	if err := parse(f, args[1:]); err != nil {
		return err
	}
	if *to == "" {
		return fmt.Errorf("%w : --to DOSSIER est nécessaire", errUsage)
	}
	found := false
	err := each(ctx, *dir, func(_ *office.Office, h *office.Hall) error {
		folder := filepath.Join(*to, h.ID())
		if *authority != "" {
			if h.ID() != *authority {
				return nil
			}
			folder = *to
		}
		found = true
		return exportSite(ctx, h, folder, out)
	})
	if err == nil && !found {
		err = fmt.Errorf("la collectivité %s n’est pas sur cet ordinateur", *authority)
	}
	return err
}

func exportSite(ctx context.Context, h *office.Hall, folder string, out io.Writer) error {
	site, err := h.Public.Site(ctx)
	if err != nil {
		return err
	}
	w, err := site.WriteFolder(ctx, folder, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s : %d actes en ligne ; fichiers écrits : %d, retirés : %d, inchangés : %d.\n", folder, site.Acts, w.Wrote, w.Removed, w.Kept)
	tellFaults(out, site.Faults, "Données ouvertes, lignes laissées de côté ou à améliorer :")
	return nil
}

func tellFaults(out io.Writer, faults []publication.Fault, heading string) {
	if len(faults) > 0 {
		fmt.Fprintln(out, heading)
	}
	for _, f := range faults {
		mark := "✗"
		if f.Advice {
			mark = "·"
		}
		fmt.Fprintf(out, "  %s %s\n", mark, f)
	}
}

// maxOpenData bounds the file read.
const maxOpenData = 64 << 20

// runSCDLCheck tells the faults of a file of open data. It needs no installation.
func runSCDLCheck(_ context.Context, args []string, out io.Writer) error {
	f := flags("scdl-check", out)
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl scdl-check FICHIER.csv", errUsage)
	}
	file, err := os.Open(f.Arg(0))
	if err != nil {
		return fmt.Errorf("ouverture du fichier : %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxOpenData+1))
	if err != nil {
		return fmt.Errorf("lecture du fichier : %w", err)
	}
	report, err := publication.CheckSCDL(raw)
	if err != nil {
		return err
	}
	tellFaults(out, report.Faults, "Défauts (✗) et conseils (·) :")
	if report.More > 0 {
		fmt.Fprintf(out, "  … et %d autres.\n", report.More)
	}
	fmt.Fprintf(out, "%d lignes, dont %d sans défaut (schéma %s).\n", report.Lines, report.Good, publication.Schema)
	if !report.Valid() {
		return errFaults
	}
	return nil
}
