package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/sync/server/backup"
	"alpi40.fr/airial/sync/server/hosted"
)

// copies does what needs no server: drawing the key of the copies, giving one back.
func copies(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case args[0] == "backup-key" && len(args) == 2:
		return drawKey(args[1], out)
	case args[0] == "restore" && (len(args) == 4 || len(args) == 5):
		return restore(ctx, args[1:], out)
	}
	return errUsage
}

// drawKey writes a new identity to a file, which it never replaces, and says who it is for.
func drawKey(file string, out io.Writer) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("tirage de la clé : %w", err)
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("écriture de la clé : %w", err)
	}
	_, err = fmt.Fprintf(f, "# clé publique : %s\n%s\n", identity.Recipient(), identity)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("écriture de la clé : %w", err)
	}
	fmt.Fprintln(out, identity.Recipient())
	return nil
}

// copyNow makes a whole copy of a server that may be answering.
func copyNow(ctx context.Context, s *hosted.Server, folder, recipient string, out io.Writer) error {
	b, err := s.Backup(folder, []string{recipient})
	if errors.Is(err, hosted.ErrSettings) && s.Settings.Database != nil {
		return fmt.Errorf("ce serveur est sur PostgreSQL et un dépôt S3, qui se sauvegardent par leurs propres moyens : voir RUNBOOK.md (%w)", err)
	}
	if err != nil {
		return err
	}
	name, err := b.Whole(ctx)
	if err == nil {
		fmt.Fprintln(out, name)
	}
	return err
}

func restore(ctx context.Context, args []string, out io.Writer) error {
	var until time.Time
	if len(args) == 4 {
		var err error
		if until, err = time.Parse(time.RFC3339, args[3]); err != nil {
			return fmt.Errorf("%w : « %s » n’est pas un instant (2026-11-28T14:30:00+01:00)", errUsage, args[3])
		}
	}
	f, err := os.Open(args[1])
	if err != nil {
		return fmt.Errorf("lecture de la clé : %w", err)
	}
	identities, err := age.ParseIdentities(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("lecture de la clé : %w", err)
	}
	r, err := backup.Restore(ctx, args[0], identities, until, args[2])
	for _, why := range []struct {
		reason error
		words  string
	}{
		{backup.ErrNone, "aucune copie entière n’est aussi ancienne"}, {backup.ErrHole, "une partie des copies manque ; demandez un instant qui la précède"},
		{backup.ErrNotEmpty, "le dossier n’est pas vide : donnez-en un nouveau"}, {backup.ErrMissing, "des documents manquent aux copies ; tout le reste est rendu"},
	} {
		if errors.Is(err, why.reason) {
			return fmt.Errorf("%s (%w)", why.words, err)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Le serveur du %s est rendu : %d collectivités, %d éléments vérifiés par leur chaîne, %d documents vérifiés par leur empreinte.\n"+
		"Il reprend d’abord ce que les ordinateurs avaient reçu depuis, tant que le fichier recovering est là : voir RUNBOOK.md.\n",
		r.Moment.Local().Format("02/01/2006 à 15:04:05"), r.Authorities, r.Entries, r.Documents)
	return nil
}
