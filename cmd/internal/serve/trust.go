package serve

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/sync/server/embedded"
)

// packTrust makes a trust package of a folder: anchors, lists, crls, ocsps.
func packTrust(ctx context.Context, s *embedded.Server, args []string, out io.Writer) error {
	version, err := strconv.Atoi(args[2])
	days, err2 := strconv.Atoi(args[3])
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("%w : %w", errUsage, err)
	}
	folder, to := args[0], args[1]
	files := map[string][]byte{}
	err = filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		return fmt.Errorf("lecture du dossier : %w", err)
	}
	now := time.Now()
	raw, err := s.SignTrust(func(key ed25519.PrivateKey) ([]byte, error) {
		return trustpackage.Make(ctx, files, version, now, now.AddDate(0, 0, days), key)
	})
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, raw, 0o644); err != nil {
		return fmt.Errorf("écriture du paquet : %w", err)
	}
	fmt.Fprintf(out, "paquet de confiance n° %d, %d fichiers, bon jusqu’au %s\n", version, len(files), now.AddDate(0, 0, days).Format("02/01/2006"))
	return nil
}
