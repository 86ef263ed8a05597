package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// readFolder reads the files of a folder by their names, with slashes.
func readFolder(folder string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
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
		return nil, fmt.Errorf("lecture du dossier : %w", err)
	}
	return files, nil
}

// packParcel makes a parcel of a folder.
func packParcel(s *embedded.Server, args []string, out io.Writer) error {
	kind, folder, to := args[0], args[1], args[2]
	version, err := strconv.Atoi(args[3])
	if err != nil || !parcel.ValidKind(kind) {
		return fmt.Errorf("%w : le genre est en lettres minuscules sans accent, la version est un nombre", errUsage)
	}
	files, err := readFolder(folder)
	if err != nil {
		return err
	}
	raw, err := s.MakeParcel(kind, files, version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, raw, 0o644); err != nil {
		return fmt.Errorf("écriture du colis : %w", err)
	}
	fmt.Fprintf(out, "colis %s n° %d, %d fichiers\n", kind, version, len(files))
	return nil
}

// publishParcel offers a parcel to the laptops.
func publishParcel(ctx context.Context, s *embedded.Server, path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("lecture du colis : %w", err)
	}
	raw, err := io.ReadAll(io.LimitReader(f, protocol.MaxParcel+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("lecture du colis : %w", err)
	}
	p, err := s.PublishParcel(ctx, raw, office.CheckParcel)
	for _, r := range []struct {
		reason error
		words  string
	}{
		{parcel.ErrNotParcel, "ce fichier n’est pas un colis"},
		{parcel.ErrSignature, "ce colis n’est pas signé par ce serveur : refaites-le avec parcel pack"},
		{parcel.ErrContent, "ce colis est endommagé : refaites-le avec parcel pack"},
		{server.ErrNotNewer, "un colis de ce genre, de même numéro ou plus récent, est déjà offert : donnez un numéro plus grand"},
		{server.ErrTooLarge, "ce colis est trop grand"},
		{services.ErrCatalogue, "ce catalogue des services se contredit, ou ne peut pas être lu"},
		{training.ErrEscapes, "ce module de formation contient un fichier qui sort de son dossier"},
		{training.ErrTooLarge, "ce module de formation est trop grand"},
		{training.ErrModule, "ce module de formation ne peut pas être lu"},
	} {
		if errors.Is(err, r.reason) {
			return fmt.Errorf("%s ; rien n’a changé (%w)", r.words, err)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "colis %s n° %d offert aux ordinateurs\n", p.Kind, p.Version)
	return nil
}

// listParcels tells which parcels are offered.
func listParcels(ctx context.Context, s *embedded.Server, out io.Writer) error {
	all, err := s.Storage.Parcels(ctx)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(out, "%s n° %d, empreinte %s\n", kind, all[kind].Version, all[kind].Digest)
	}
	if err == nil && len(all) == 0 {
		fmt.Fprintln(out, "aucun colis n’est offert")
	}
	return err
}
