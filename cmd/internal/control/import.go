package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/office"
)

// runImport makes folders of the parapheur out of files.
func runImport(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("import", out)
	at := hallFlags(f)
	kind := f.String("type", "", "type de dossier de la collectivité, par son nom")
	title := f.String("title", "", "titre, quand les fichiers font un seul dossier")
	together := f.Bool("together", false, "fait un seul dossier de tous les fichiers")
	annexes := f.Bool("annexes", false, "avec --together : les fichiers après le premier sont des annexes")
	sweep := f.String("sweep", "", "importe les fichiers d’un dossier, comme le dossier surveillé")
	if err := parse(f, args); err != nil {
		return err
	}
	if (f.NArg() == 0) == (*sweep == "") {
		return fmt.Errorf("%w : airialctl import [--type NOM] [--together] FICHIER… ou --sweep DOSSIER", errUsage)
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
	if *sweep != "" {
		swept, err := h.Sweep(ctx, *sweep, read)
		fmt.Fprintf(out, "%d importé(s), %d refusé(s)\n", len(swept.Imported), len(swept.Refused))
		if err == nil && len(swept.Refused) > 0 {
			err = errors.New("les fichiers refusés sont dans « Refusés », chacun avec sa raison")
		}
		return err
	}
	d := office.Deposit{Title: *title}
	if *kind != "" {
		id, found, err := h.TypeNamed(ctx, *kind)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("aucun type de dossier ne s’appelle « %s »", *kind)
		}
		d.Type = id
	}
	return deposit(ctx, h, d, f.Args(), *together, *annexes, read, out)
}

// deposit makes one folder of all files, or one of each; one that fails leaves the others.
func deposit(ctx context.Context, h *office.Hall, d office.Deposit, paths []string, together, annexes bool, read office.Pager, out io.Writer) error {
	failed := 0
	for i, path := range paths {
		content, err := readDocument(path)
		if err != nil {
			return err
		}
		d.Files = append(d.Files, office.DepositFile{Name: filepath.Base(path), Content: content, Annex: annexes && i > 0})
		if together && i < len(paths)-1 {
			continue
		}
		if _, err := h.Deposit(ctx, d, read); err != nil {
			failed++
			sayOf(out, path, err)
		} else {
			fmt.Fprintf(out, "%s : dans le circuit\n", filepath.Base(path))
		}
		d.Files = nil
	}
	if failed > 0 {
		return fmt.Errorf("%d dossier(s) n’ont pas été faits", failed)
	}
	return nil
}
