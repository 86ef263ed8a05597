package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/release"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// systems are those of the installers, by the ends of their names.
var systems = map[string]string{".msi": "windows/amd64", ".deb": "linux/amd64"}

// addRelease lists a version with its installers: VERSION RING SHARE NOTES INSTALLER…. A version that is listed is changed:
// a wider share, everybody after the pilots.
func addRelease(ctx context.Context, s *embedded.Server, args []string, out io.Writer) error {
	share, err := strconv.Atoi(strings.TrimSuffix(args[2], "%"))
	if err != nil {
		return fmt.Errorf("%w : la part est un nombre de 0 à 100", errUsage)
	}
	r := release.Release{Version: args[0], Day: time.Now().Format(time.DateOnly), Ring: args[1], Share: share, Installers: map[string]release.Installer{}}
	if args[3] != "" && args[3] != "-" {
		notes, err := os.ReadFile(args[3])
		if err != nil {
			return fmt.Errorf("lecture des nouveautés : %w", err)
		}
		for line := range strings.Lines(string(notes)) {
			if line = strings.TrimSpace(line); line != "" {
				r.Notes = append(r.Notes, line)
			}
		}
	}
	for _, path := range args[4:] {
		system, i, err := offerInstaller(ctx, s, r.Version, path)
		if err != nil {
			return err
		}
		r.Installers[system] = i
		fmt.Fprintf(out, "%s, pour %s\n", i.File, system)
	}
	return changeReleases(ctx, s, out, func(all []release.Release) ([]release.Release, error) {
		at := slices.IndexFunc(all, func(o release.Release) bool { return o.Version == r.Version })
		if at < 0 {
			if len(r.Installers) == 0 {
				return nil, fmt.Errorf("%w : il manque un installateur (.msi ou .deb)", errUsage)
			}
			return append(all, r), nil
		}
		for system, i := range all[at].Installers {
			if _, given := r.Installers[system]; !given {
				r.Installers[system] = i
			}
		}
		if len(r.Notes) == 0 {
			r.Notes = all[at].Notes
		}
		r.Day, all[at] = all[at].Day, r
		return all, nil
	})
}

// withdrawRelease takes a version back: nobody is offered it any more.
func withdrawRelease(ctx context.Context, s *embedded.Server, version string, out io.Writer) error {
	return changeReleases(ctx, s, out, func(all []release.Release) ([]release.Release, error) {
		at := slices.IndexFunc(all, func(o release.Release) bool { return o.Version == version })
		if at < 0 {
			return nil, fmt.Errorf("la version %.40q n’est pas dans la liste", version)
		}
		all[at].Withdrawn = true
		return all, nil
	})
}

func listReleases(ctx context.Context, s *embedded.Server, out io.Writer) error {
	all, err := releases(ctx, s)
	for _, r := range all {
		state := ""
		if r.Withdrawn {
			state = ", retirée"
		}
		fmt.Fprintf(out, "%s du %s, %s %d %%%s\n", r.Version, r.Day, r.Ring, r.Share, state)
	}
	if err == nil && len(all) == 0 {
		fmt.Fprintln(out, "aucune version n’est proposée")
	}
	return err
}

func offerInstaller(ctx context.Context, s *embedded.Server, version, path string) (system string, i release.Installer, err error) {
	system, known := systems[filepath.Ext(path)]
	if !known {
		return "", i, fmt.Errorf("%w : %s n’est ni un .msi ni un .deb", errUsage, path)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", i, fmt.Errorf("lecture de l’installateur : %w", err)
	}
	sum := sha256.Sum256(content)
	kind := "installer-" + strings.NewReplacer("/", "-").Replace(system)
	i = release.Installer{Parcel: kind + "-" + strings.NewReplacer(".", "-", "+", "-").Replace(strings.ToLower(version)), File: filepath.Base(path), SHA256: hex.EncodeToString(sum[:])}
	return system, i, publishNext(ctx, s, i.Parcel, map[string][]byte{i.File: content}, func(*parcel.Parcel) error { return nil })
}

// publishNext offers a parcel in place of the one of its kind.
func publishNext(ctx context.Context, s *embedded.Server, kind string, files map[string][]byte, check func(*parcel.Parcel) error) error {
	all, err := s.Storage.Parcels(ctx)
	if err != nil {
		return err
	}
	raw, err := s.MakeParcel(kind, files, all[kind].Version+1)
	if err == nil {
		_, err = s.PublishParcel(ctx, raw, check)
	}
	if err != nil {
		return fmt.Errorf("publication du colis %s : %w", kind, err)
	}
	return nil
}

// releases reads the list that is offered.
func releases(ctx context.Context, s *embedded.Server) ([]release.Release, error) {
	p, err := s.Offered(ctx, release.Kind)
	if errors.Is(err, server.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return release.Read(p)
}

func changeReleases(ctx context.Context, s *embedded.Server, out io.Writer, change func([]release.Release) ([]release.Release, error)) error {
	all, err := releases(ctx, s)
	if err == nil {
		all, err = change(all)
	}
	if err != nil {
		return err
	}
	text, err := release.Write(all)
	if err != nil {
		return fmt.Errorf("%w : %w", errUsage, err)
	}
	if err := publishNext(ctx, s, release.Kind, map[string][]byte{release.File: text}, func(p *parcel.Parcel) error { _, err := release.Read(p); return err }); err != nil {
		return err
	}
	return listReleases(ctx, s, out)
}
