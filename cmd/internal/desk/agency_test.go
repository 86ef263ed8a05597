package desk

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/services"
)

// atAgency are the jobs that play the agency beside the town hall: they hand out catalogues, answer, and let time pass.
var atAgency = map[string]bool{"conferences": true, "school": true, "strange": true, "assistance": true, "orders": true, "member": true}

// ahead is how far their clock is before the computer's.
var ahead atomic.Int64

// passing is a clock that pass moves.
func passing() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }

// pass lets time pass on the two computers and on the server.
func (h *hands) pass(d time.Duration) { ahead.Add(int64(d)) }

// atAgencyInTheWindow plays such a job. Its computer trusts the certificate of the servers that the job starts, as one trusts
// the authorities that its operator installed.
func atAgencyInTheWindow(t *testing.T, job string) (dir string) {
	t.Helper()
	aside(t)
	dir = folderOf(t, job)
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	trusted := filepath.Join(dir, "trusted.pem")
	if err := os.WriteFile(trusted, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	playInTheWindow(t, job, dir, "SSL_CERT_FILE="+trusted)
	return dir
}

// handOut has the agency hand out a parcel, and both computers take it where it is one that comes by itself.
func (h *hands) handOut(kind string, files map[string][]byte, version int) error {
	raw, err := h.town.Server.MakeParcel(kind, files, version)
	if err == nil {
		_, err = h.town.Server.PublishParcel(h.ctx, raw, func(*parcel.Parcel) error { return nil })
	}
	if err != nil {
		return fmt.Errorf("handing out %s: %w", kind, err)
	}
	return h.exchange()
}

// exchange has both computers exchange, which each would do by itself.
func (h *hands) exchange() error {
	for range 2 {
		for _, s := range h.seats {
			if _, err := s.Hall.Exchange(h.ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// catalogue has the agency hand out its catalogue with a change, and waits for both computers to have it.
func (h *hands) catalogue(change func(*services.Catalogue)) error {
	before, err := h.seats[0].Office.Catalogue(h.ctx)
	if err != nil {
		return err
	}
	c := *before
	change(&c)
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	version := before.Version + 1
	if err := h.handOut(services.CatalogueKind, map[string][]byte{services.CatalogueFile: text}, version); err != nil {
		return err
	}
	return h.until("both have the catalogue", func() bool {
		for _, s := range h.seats {
			if c, err := s.Office.Catalogue(h.ctx); err != nil || c.Version != version {
				return false
			}
		}
		return true
	})
}

// browser has what is opened in the browser noted; opened is what was opened last. What an earlier play of the job left in its folder
// is taken away.
func (h *hands) browser() error {
	for _, left := range []string{"opened", "picked"} {
		if err := os.RemoveAll(filepath.Join(h.shots, left)); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(h.shots, "bin", "xdg-open"), []byte("#!/bin/sh\necho \"$1\" >> \"$HOME/opened\"\n"), 0o700)
}

func (h *hands) opened(begins string) (address string, err error) {
	err = h.until("the browser opens "+begins, func() bool {
		raw, err := os.ReadFile(filepath.Join(h.shots, "opened"))
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		if err != nil || lines[0] == "" {
			return false
		}
		address = lines[len(lines)-1]
		return strings.HasPrefix(address, begins)
	})
	return address, err
}

// chromium opens a page in a real browser, and gives what it holds once its scripts have run. Certificates of the job are taken.
func (h *hands) chromium(address string) (page string, err error) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(h.shots, "chromium")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	command := exec.CommandContext(h.ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		"--ignore-certificate-errors", "--user-data-dir="+dir, "--virtual-time-budget=20000", "--dump-dom", address)
	out, err := command.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %.2000s", err, exit.Stderr)
	}
	return string(out), err
}

// field presses the mouse on the field under its name, in a form at the right of the window: it is brought into view first, or the
// press would fall on what lies under the form.
func (h *hands) field(name string) error {
	if err := h.see(name); err != nil {
		return err
	}
	for last := float32(-1); ; {
		s, ok := h.where(name)
		if !ok || s.hidden == nil && s.at.Y < lowest || s.at.Y == last {
			return h.below(name)
		}
		last = s.at.Y
		if err := errors.Join(h.point(fyne.NewPos(1150, 400)), h.x("click", "5"), h.frame(), h.frame()); err != nil {
			return err
		}
		time.Sleep(rest)
	}
}

// lowest is how low a field's name may stand for the field to be in view, on the screen of the jobs.
const lowest = 640
