package window

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store"
	uiservices "alpi40.fr/airial/ui/services"
)

// Counter implements the services page's office.
func (r *Room) Counter() *services.Counter { return r.seat().Hall.Counter }

// Names implements the services page's office.
func (r *Room) Called(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	err := r.seat().Hall.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range people {
			names[p.ID] = p.Name()
		}
		return err
	})
	return names, err
}

// Catalogue implements the services page's office.
func (r *Room) Catalogue(ctx context.Context) (*services.Catalogue, error) {
	c, err := r.seat().Office.Catalogue(ctx)
	return c, explain.Error(err)
}

// Diagnose implements the services page's office.
func (r *Room) Diagnose(ctx context.Context) (string, error) {
	text, err := r.seat().Hall.Diagnose(ctx)
	return text, explain.Error(err)
}

// ReadFile implements the services page's office.
func (r *Room) ReadFile(_ context.Context, path string) (string, []byte, error) {
	content, err := readFile(path)
	return filepath.Base(path), content, explain.Error(err)
}

// Kept implements the services page's office.
func (r *Room) Kept(_ context.Context, f services.File) ([]byte, error) {
	content, err := r.seat().Hall.Store.Blobs().Read(f.Digest, services.MaxJoined)
	return content, explain.Error(err)
}

// remoteTool is the operator's program on this system; empty for none.
func (r *Room) remoteTool(ctx context.Context) string {
	c, err := r.Catalogue(ctx)
	if err != nil {
		return ""
	}
	if runtime.GOOS == "windows" {
		return c.RemoteHelp.Windows
	}
	return c.RemoteHelp.Linux
}

// RemoteHelp implements the services page's office.
func (r *Room) RemoteHelp(ctx context.Context) bool {
	_, err := remoteProgram(r.remoteTool(ctx))
	return err == nil
}

// remoteProgram finds the operator's program: only one that an installer put where people
// cannot write is started, and nothing is handed over to it.
func remoteProgram(tool string) (string, error) {
	missing := &rule.Refusal{Why: "L’outil d’aide à distance n’est pas installé sur cet ordinateur.", Cure: "Appelez l’assistance : elle vous dira comment l’installer."}
	if tool == "" || !filepath.IsAbs(tool) {
		return "", missing
	}
	info, err := os.Stat(tool)
	if err != nil || !info.Mode().IsRegular() {
		return "", missing
	}
	return tool, nil
}

// StartRemoteHelp implements the services page's office. The tool outlives the window.
func (r *Room) StartRemoteHelp(ctx context.Context) error {
	tool, err := remoteProgram(r.remoteTool(ctx))
	if err != nil {
		return explain.Error(err)
	}
	c := exec.Command(tool)
	if err := c.Start(); err != nil {
		return explain.Error(fmt.Errorf("starting the remote help: %w", err))
	}
	go func() { _ = c.Wait() }() // its end tells nothing here
	return nil
}

// ReadKey implements the services page's office.
func (r *Room) ReadKey(ctx context.Context) (bool, error) {
	s := r.seat()
	cert, err := s.chosenCertificate(ctx)
	if errors.Is(err, token.ErrNoToken) || err == nil && cert == nil {
		return false, nil
	}
	if err != nil {
		return false, explain.Error(err)
	}
	person, err := s.Hall.Person(ctx)
	if err != nil || person == "" {
		return false, explain.Error(err)
	}
	return true, explain.Error(s.Hall.Counter.NoteCertificate(ctx, person, person, services.Describe(cert)))
}

// Renew implements the services page's office.
func (r *Room) Renew(ctx context.Context, h services.Held, papers []services.Joined) error {
	s := r.seat()
	person, err := s.Hall.Person(ctx)
	if err != nil {
		return err
	}
	return explain.Error(s.Hall.Counter.AskRenewalOf(ctx, person, h.Certificate, papers...))
}

// SignOrder implements the services page's office.
func (r *Room) SignOrder(ctx context.Context, person string, s services.Service, answers map[string]string, files []services.Joined) error {
	_, err := r.seat().Hall.SignOrder(ctx, person, s, answers, files, r.read)
	return explain.Error(err)
}

// Access implements the services page's office.
func (r *Room) Access(ctx context.Context) (uiservices.Access, error) {
	a, err := r.seat().Hall.Access(ctx)
	return uiservices.Access{Tunnel: a.Tunnel, Coming: a.Coming, Down: a.Down, Site: a.Site, Why: string(a.Seen.Why), Final: a.Seen.Final, Code: a.Seen.Code, Answers: a.Seen.Answers(), Looked: a.Seen.At, Since: a.Since, Certificate: a.Seen.Certificate}, explain.Error(err)
}

// SetSite implements the services page's office.
func (r *Room) SetSite(ctx context.Context, address string) error {
	return explain.Error(r.seat().Hall.SetSite(ctx, address))
}

// LookAtSite implements the services page's office.
func (r *Room) LookAtSite(ctx context.Context) error {
	return explain.Error(r.seat().Hall.LookAtSite(ctx, http.DefaultTransport))
}
