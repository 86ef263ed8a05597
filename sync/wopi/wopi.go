// Package wopi lets an editor of office files (Collabora, OnlyOffice…) work on a file of the vault, by the open
// protocol WOPI, as its host: CheckFileInfo, GetFile, PutFile and locks.
//
// The editor reads what it edits: it is for the operator and the town hall to want one, and to keep it where
// contents may be read. The host runs on the laptop, which has the keys, and not on the server, which has none. It answers
// for one file and one person to who shows a token drawn for them, which ends after a while. A lock takes the
// file out of the vault, so that the other members see it; each save is a version.
package wopi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// Options say what the host stands on.
type Options struct {
	Vault *vault.Vault
	Now   func() time.Time
	Rand  io.Reader
	Log   *slog.Logger
}

const (
	// tokenTime is how long a file may be edited without being opened again.
	tokenTime = 10 * time.Hour
	// lockTime is that of the protocol.
	lockTime = 30 * time.Minute
)

// Host answers editors. It is an http.Handler.
type Host struct {
	o   Options
	mux *http.ServeMux

	mu     sync.Mutex
	grants map[[sha256.Size]byte]grant
	locks  map[string]lock                // by item
	opened map[[sha256.Size]byte]launched // pages that open the editor, by their numbers
}

// launched is a page that opens the editor, once.
type launched struct {
	Action, Token string
	TTL           int64 // the token's end, in milliseconds since 1970
	end           time.Time
}

type grant struct {
	item, person, name string
	writes             bool
	end                time.Time
}

type lock struct {
	id, person string
	end        time.Time
}

// New makes a host.
func New(o Options) *Host {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	h := &Host{o: o, mux: http.NewServeMux(), grants: map[[sha256.Size]byte]grant{}, locks: map[string]lock{}, opened: map[[sha256.Size]byte]launched{}}
	h.mux.HandleFunc("GET /open/{number}", h.launch)
	h.mux.HandleFunc("GET /wopi/files/{id}", h.with(h.check))
	h.mux.HandleFunc("GET /wopi/files/{id}/contents", h.with(h.get))
	h.mux.HandleFunc("POST /wopi/files/{id}/contents", h.with(h.put))
	h.mux.HandleFunc("POST /wopi/files/{id}", h.with(h.lock))
	return h
}

// ServeHTTP implements http.Handler.
func (h *Host) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Grant lets an editor work on a file in a person's name, and gives the token that says so and its end.
func (h *Host) Grant(person, name, item string, writes bool) (token string, end time.Time, err error) {
	secret := make([]byte, 32)
	if _, err := io.ReadFull(h.o.Rand, secret); err != nil {
		return "", end, fmt.Errorf("drawing an editor's token: %w", err)
	}
	token, end = base64.RawURLEncoding.EncodeToString(secret), h.o.Now().Add(tokenTime)
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, g := range h.grants {
		if h.o.Now().After(g.end) {
			delete(h.grants, k)
		}
	}
	h.grants[sha256.Sum256([]byte(token))] = grant{item: item, person: person, name: name, writes: writes, end: end}
	return token, end, nil
}

// launchTime is how long a page that opens the editor waits for the browser.
const launchTime = time.Minute

// Launch gives the path of a page that opens the editor on a file, once: the token stands in no address. editor is
// the editor's own page for such files, self how the editor reaches this host.
func (h *Host) Launch(editor, self, person, name, item string, writes bool) (path string, err error) {
	token, end, err := h.Grant(person, name, item, writes)
	if err != nil {
		return "", err
	}
	number := make([]byte, 32)
	if _, err := io.ReadFull(h.o.Rand, number); err != nil {
		return "", fmt.Errorf("drawing a page's number: %w", err)
	}
	action, err := url.Parse(editor)
	if err != nil {
		return "", fmt.Errorf("reading the editor's address: %w", err)
	}
	q := action.Query()
	q.Set("WOPISrc", strings.TrimSuffix(self, "/")+"/wopi/files/"+item)
	action.RawQuery = q.Encode()
	text := base64.RawURLEncoding.EncodeToString(number)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.opened[sha256.Sum256([]byte(text))] = launched{Action: action.String(), Token: token, TTL: end.UnixMilli(), end: h.o.Now().Add(launchTime)}
	return "/open/" + text, nil
}

// launchPage hands the token to the editor by a form, as the protocol has it.
var launchPage = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>Ouverture de l’éditeur</title></head>
<body><form method="post" action="{{.Action}}"><input type="hidden" name="access_token" value="{{.Token}}"><input type="hidden" name="access_token_ttl" value="{{.TTL}}">
<p><button type="submit">Ouvrir l’éditeur</button></p></form><script>document.forms[0].submit()</script></body></html>
`))

func (h *Host) launch(w http.ResponseWriter, r *http.Request) {
	key := sha256.Sum256([]byte(r.PathValue("number")))
	h.mu.Lock()
	l, known := h.opened[key]
	delete(h.opened, key)
	h.mu.Unlock()
	if !known || h.o.Now().After(l.end) {
		http.Error(w, "Cette page n’a servi qu’une fois. Rouvrez le fichier depuis Airial.", http.StatusGone)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_ = launchPage.Execute(w, l) // the browser has gone: nothing to do
}

// with lets through who shows the token of the file. A token is looked for by its hash: its time of answer tells nothing.
func (h *Host) with(do func(http.ResponseWriter, *http.Request, grant)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		g, known := h.grants[sha256.Sum256([]byte(r.URL.Query().Get("access_token")))]
		h.mu.Unlock()
		if !known || g.item != r.PathValue("id") || h.o.Now().After(g.end) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		do(w, r, g)
	}
}

func (h *Host) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, store.ErrNotFound):
		status = http.StatusNotFound
	case rule.Find(err) != nil:
		status = http.StatusConflict
	case errors.Is(err, store.ErrTooLarge):
		status = http.StatusRequestEntityTooLarge
	}
	h.o.Log.Info("an editor is refused", "method", r.Method, "error", err.Error())
	w.WriteHeader(status)
}

// info is CheckFileInfo's answer, in the protocol's names.
type info struct {
	BaseFileName            string
	OwnerID                 string `json:"OwnerId"`
	Size                    int64
	UserID                  string `json:"UserId"`
	UserFriendlyName        string
	Version                 string
	LastModifiedTime        string
	UserCanWrite            bool
	UserCanNotWriteRelative bool
	SupportsLocks           bool
	SupportsGetLock         bool
	SupportsUpdate          bool
}

func (h *Host) check(w http.ResponseWriter, r *http.Request, g grant) {
	i, err := h.o.Vault.Item(r.Context(), g.person, g.item)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(info{BaseFileName: i.Name, OwnerID: i.Space, Size: i.Size, UserID: g.person, UserFriendlyName: g.name, Version: strconv.Itoa(i.Version), // the editor has gone: nothing to do
		LastModifiedTime: i.At.Format("2006-01-02T15:04:05.0000000Z"), UserCanWrite: g.writes, UserCanNotWriteRelative: true, SupportsLocks: true, SupportsGetLock: true, SupportsUpdate: true})
}

func (h *Host) get(w http.ResponseWriter, r *http.Request, g grant) {
	i, err := h.o.Vault.Item(r.Context(), g.person, g.item)
	var c vault.Content
	if err == nil {
		c, err = h.o.Vault.Open(r.Context(), g.person, g.item, 0)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer c.Close()
	w.Header().Set("X-WOPI-ItemVersion", strconv.Itoa(i.Version))
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, c)
}

// held gives the lock of a file that has not ended; empty for none.
func (h *Host) held(item string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.locks[item]
	if h.o.Now().After(l.end) {
		return ""
	}
	return l.id
}

// conflict answers that another lock is held.
func conflict(w http.ResponseWriter, held string) {
	w.Header().Set("X-WOPI-Lock", held)
	w.WriteHeader(http.StatusConflict)
}

func (h *Host) put(w http.ResponseWriter, r *http.Request, g grant) {
	held := h.held(g.item)
	if r.Header.Get("X-WOPI-Override") != "PUT" || !g.writes {
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	if held == "" || r.Header.Get("X-WOPI-Lock") != held {
		conflict(w, held)
		return
	}
	body := &whole{from: http.MaxBytesReader(w, r.Body, store.MaxBlob), left: r.ContentLength}
	if err := h.o.Vault.AddVersion(r.Context(), g.person, g.item, h.o.Now(), body); err != nil {
		h.fail(w, r, err)
		return
	}
	if i, err := h.o.Vault.Item(r.Context(), g.person, g.item); err == nil {
		w.Header().Set("X-WOPI-ItemVersion", strconv.Itoa(i.Version))
	}
}

// whole makes an error of a body that ends before its length.
type whole struct {
	from io.Reader
	left int64 // -1: unknown
}

func (b *whole) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
		if errors.Is(err, io.EOF) && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

func (h *Host) lock(w http.ResponseWriter, r *http.Request, g grant) {
	asked, held := r.Header.Get("X-WOPI-Lock"), h.held(g.item)
	if !g.writes || len(asked) > 1024 {
		w.WriteHeader(http.StatusNotImplemented)
		return
	}
	switch r.Header.Get("X-WOPI-Override") {
	case "LOCK":
		if old := r.Header.Get("X-WOPI-OldLock"); old != "" && old != held || old == "" && held != "" && held != asked || asked == "" {
			conflict(w, held)
			return
		}
		if err := h.o.Vault.TakeOut(r.Context(), g.person, g.item); err != nil {
			if rule.Find(err) != nil {
				conflict(w, held)
				return
			}
			h.fail(w, r, err)
			return
		}
		h.hold(g, asked)
	case "GET_LOCK":
		w.Header().Set("X-WOPI-Lock", held)
	case "REFRESH_LOCK":
		if held == "" || held != asked {
			conflict(w, held)
			return
		}
		h.hold(g, asked)
	case "UNLOCK":
		if held == "" || held != asked {
			conflict(w, held)
			return
		}
		if err := h.free(r.Context(), g.item); err != nil {
			h.fail(w, r, err)
		}
	default:
		w.WriteHeader(http.StatusNotImplemented)
	}
}

func (h *Host) hold(g grant, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.locks[g.item] = lock{id: id, person: g.person, end: h.o.Now().Add(lockTime)}
}

// free ends a lock, and gives the file back.
func (h *Host) free(ctx context.Context, item string) error {
	h.mu.Lock()
	l := h.locks[item]
	delete(h.locks, item)
	h.mu.Unlock()
	if l.person == "" {
		return nil
	}
	return h.o.Vault.GiveBack(ctx, l.person, item)
}

// Sweep gives back the files whose locks have ended by themselves; all of them when all is set.
func (h *Host) Sweep(ctx context.Context, all bool) error {
	h.mu.Lock()
	var ended []string
	for item, l := range h.locks {
		if all || h.o.Now().After(l.end) {
			ended = append(ended, item)
		}
	}
	h.mu.Unlock()
	var errs []error
	for _, item := range ended {
		errs = append(errs, h.free(ctx, item))
	}
	return errors.Join(errs...)
}
