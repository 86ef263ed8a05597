package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/seda"
)

// runArchive writes the archive package of a folder, or the profile that it would follow.
func runArchive(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("archive", out)
	at := hallFlags(f)
	to := f.String("out", "", "fichier ZIP à écrire, qui ne doit pas exister")
	draft := f.Bool("draft-profile", false, "écrit le profil d’archivage du programme (projet), à faire corriger par l’archiviste puis à déposer dans le dossier de l’installation sous le nom archives.json")
	if err := parse(f, args); err != nil {
		return err
	}
	if *draft {
		_, err := out.Write(seda.DraftText())
		return err
	}
	if f.NArg() != 1 || *to == "" {
		return fmt.Errorf("%w : airialctl archive --out PAQUET.zip DOSSIER (son identifiant, ou son titre exact)", errUsage)
	}
	h, shut, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	id, err := folderNamed(ctx, h, f.Arg(0))
	if err != nil {
		return err
	}
	if err := archiveTo(ctx, h, id, *to); err != nil {
		return err
	}
	fmt.Fprintf(out, "Paquet d’archivage écrit : %s\n", *to)
	if p, err := h.ArchiveProfile(); err == nil && p.Status != "" {
		fmt.Fprintln(out, "Profil d’archivage : projet, à arrêter avec l’archiviste du département.")
	}
	return nil
}

// folderNamed finds a finished folder by its id, or by its title when one alone bears it.
func folderNamed(ctx context.Context, h *office.Hall, name string) (string, error) {
	rows, err := h.Folders.List(ctx, "", parapheur.All, 1_000_000)
	if err != nil {
		return "", err
	}
	var found []string
	for _, r := range rows {
		if r.ID == name {
			return r.ID, nil
		}
		if r.Title == name {
			found = append(found, r.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("aucun dossier ne s’appelle « %s »", name)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("plusieurs dossiers s’appellent « %s » : %v", name, found)
}

// archiveTo writes a package to a file that must not exist, and leaves none behind a failure.
func archiveTo(ctx context.Context, h *office.Hall, id, path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making the archive package: %w", err)
	}
	err = h.Archive(ctx, id, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
