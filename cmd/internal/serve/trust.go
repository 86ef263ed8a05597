package serve

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"alpi40.fr/airial/local/signature/trustpackage"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
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
	files, err := readFolder(folder)
	if err != nil {
		return err
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

// publishTrust offers a package to the laptops.
func publishTrust(ctx context.Context, s *embedded.Server, path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("lecture du paquet : %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, protocol.MaxTrust+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("lecture du paquet : %w", err)
	}
	m, err := s.PublishTrust(ctx, raw)
	for _, r := range []struct {
		reason error
		words  string
	}{
		{trustpackage.ErrNotPackage, "ce fichier n’est pas un paquet de confiance"},
		{trustpackage.ErrSignature, "ce paquet n’est pas signé par ce serveur : refaites-le avec trust pack"},
		{trustpackage.ErrContent, "ce paquet est endommagé : refaites-le avec trust pack"},
		{server.ErrNotNewer, "un paquet de même numéro ou plus récent est déjà offert : donnez un numéro plus grand"},
		{server.ErrEnded, "ce paquet est déjà périmé : refaites-le avec trust pack"},
		{server.ErrTooLarge, "ce paquet est trop grand"},
	} {
		if errors.Is(err, r.reason) {
			return fmt.Errorf("%s ; rien n’a changé (%w)", r.words, err)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "paquet de confiance n° %d offert aux ordinateurs, bon jusqu’au %s\n", m.Version, m.Until.Format("02/01/2006"))
	return nil
}

// showTrust tells which package is offered.
func showTrust(ctx context.Context, s *embedded.Server, out io.Writer) error {
	t, err := s.PublishedTrust(ctx)
	if errors.Is(err, server.ErrNotFound) {
		fmt.Fprintln(out, "aucun paquet de confiance n’est offert")
		return nil
	}
	if err == nil {
		fmt.Fprintf(out, "paquet de confiance n° %d, empreinte %s\n", t.Version, t.Digest)
	}
	return err
}
