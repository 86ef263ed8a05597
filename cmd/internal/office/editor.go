package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/wopi"
)

// editorFile, in the installation's folder, names an editor of office files that speaks WOPI (Collabora,
// OnlyOffice): an installer writes it there, since the editor reads what it edits.
const editorFile = "editor.json"

// editorSettings is editor.json.
type editorSettings struct {
	// Editor is the editor's page that opens a file.
	Editor string `json:"editor"`
	// Listen is where this computer answers the editor: an address of its own, 127.0.0.1:9980 for instance.
	Listen string `json:"listen"`
	// Host is how the editor reaches it; empty: http:// and Listen.
	Host string `json:"host,omitempty"`
}

// editorOf reads editor.json; nil when there is none. Beyond this computer, what stands before it must speak TLS: the
// host itself answers on a loopback address alone.
func (o *Office) editorOf() (*editorSettings, error) {
	text, err := readSmall(filepath.Join(o.o.Dir, editorFile), maxServices)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s editorSettings
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("reading %s: %w", editorFile, err)
	}
	host, _, err := net.SplitHostPort(s.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("reading %s: %w: %q is no address of this computer alone", editorFile, ErrAddress, s.Listen)
	}
	if u, err := url.Parse(s.Editor); err != nil || u.Host == "" {
		return nil, fmt.Errorf("reading %s: %w: %q", editorFile, ErrAddress, s.Editor)
	}
	if s.Host == "" {
		s.Host = "http://" + s.Listen
	}
	return &s, nil
}

// online is the host of the editor, while it answers.
type online struct {
	host    *wopi.Host
	server  *http.Server
	address string
}

// edited are the files that an editor opens, by their endings.
var edited = []string{".odt", ".ods", ".odp", ".odg", ".docx", ".xlsx", ".pptx", ".doc", ".xls", ".ppt", ".rtf", ".csv"}

// EditsOnline tells whether a file can be opened in the editor of this installation.
func (h *Hall) EditsOnline(name string) bool {
	s, err := h.office.editorOf()
	if err != nil || s == nil {
		return false
	}
	ending := strings.ToLower(filepath.Ext(name))
	for _, e := range edited {
		if e == ending {
			return true
		}
	}
	return false
}

// EditOnline gives the address of a page of this computer that opens a file in the editor, once.
func (h *Hall) EditOnline(ctx context.Context, person string, i vault.Item) (string, error) {
	s, err := h.office.editorOf()
	if err != nil {
		return "", err
	}
	if s == nil {
		return "", &rule.Refusal{Why: "Aucun éditeur en ligne n’est réglé sur cet ordinateur.", Cure: "Demandez-le à qui installe Airial."}
	}
	h.linking.Lock()
	defer h.linking.Unlock()
	if h.online == nil {
		if h.online, err = h.openOnline(ctx, s); err != nil {
			return "", err
		}
		bell.Wake(h.taken)
	}
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return "", err
	}
	self, _ := authority.Find(people, person)
	path, err := h.online.host.Launch(s.Editor, s.Host, person, self.Plain(), i.ID, true)
	return "http://" + h.online.address + path, err
}

func (h *Hall) openOnline(ctx context.Context, s *editorSettings) (*online, error) {
	o := h.office.o
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Listen)
	if err != nil {
		return nil, fmt.Errorf("answering the editor: %w", err)
	}
	host := wopi.New(wopi.Options{Vault: h.Vault, Now: o.Now, Rand: o.Rand, Log: o.Log})
	server := &http.Server{Handler: host, ReadHeaderTimeout: 10 * time.Second}
	h.running.Go(func() { _ = server.Serve(listener) }) // ends by closeOnline
	return &online{host: host, server: server, address: listener.Addr().String()}, nil
}

// closeOnline ends the editor's host, and gives back what it locked.
func (h *Hall) closeOnline() error {
	h.linking.Lock()
	defer h.linking.Unlock()
	if h.online == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := h.online.server.Shutdown(ctx)
	if err != nil {
		err = errors.Join(err, h.online.server.Close())
	}
	return errors.Join(err, h.online.host.Sweep(context.Background(), true))
}

// sweepOnline gives back the files that the editor left.
func (h *Hall) sweepOnline(ctx context.Context) error {
	h.linking.Lock()
	defer h.linking.Unlock()
	if h.online == nil {
		return nil
	}
	return h.online.host.Sweep(ctx, false)
}
