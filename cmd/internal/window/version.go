package window

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/release"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/settings"
)

// Release implements settings.Office.
func (s Settings) Release(ctx context.Context) (out settings.Release, err error) {
	all, offered, found, err := s.offered(ctx)
	if err != nil {
		return out, err
	}
	out.Withdrawn = release.Withdrawn(all, office.Version)
	if found {
		out.Version, out.Day, out.Notes = offered.Version, offered.Day, offered.Notes
	}
	return out, nil
}

func (s Settings) offered(ctx context.Context) (all []release.Release, r release.Release, found bool, err error) {
	seat := s.r.seat()
	decided, err := provision.Read()
	if err != nil {
		return nil, r, false, explain.Error(err)
	}
	here, err := seat.Hall.Computer(decided.UpdateRing)
	if err != nil {
		return nil, r, false, err
	}
	if all, err = seat.Office.Releases(ctx); err != nil {
		return nil, r, false, explain.Error(err)
	}
	r, found = release.For(all, here)
	return all, r, found, nil
}

// FetchRelease implements settings.Office.
func (s Settings) FetchRelease(ctx context.Context) (path string, err error) {
	_, r, found, err := s.offered(ctx)
	if err != nil {
		return "", err
	}
	if !found {
		return "", explain.Error(release.ErrList)
	}
	if err := s.r.mayInstall(ctx); err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding the folder of the installers: %w", err)
	}
	if path, err = s.r.seat().Hall.FetchInstaller(ctx, r, filepath.Join(cache, "airial", "updates")); err != nil {
		return "", explain.Error(err)
	}
	// The installer took minutes to come on a slow line: a sitting may have begun meanwhile. It is not fetched twice.
	return path, s.r.mayInstall(ctx)
}

// mayInstall refuses while something goes on that a new version would cut.
func (r *Room) mayInstall(ctx context.Context) error {
	work, err := r.work(ctx)
	if err != nil {
		return err
	}
	return release.MayInstall(work)
}

// work is what goes on at this computer, in all its authorities.
func (r *Room) work(ctx context.Context) (w release.Work, err error) {
	w.Signing = r.signing.Load() > 0
	today := authority.DayOf(r.now())
	for _, seat := range r.seats {
		sittings, err := seat.Hall.Council.Sittings(ctx)
		if err != nil {
			return w, err
		}
		for _, s := range sittings {
			if authority.DayOf(s.At) == today && len(s.Calls) > 0 && s.Ended == "" && !s.Closed {
				w.Sitting = lang.LongDay(s.At)
			}
		}
	}
	return w, nil
}
