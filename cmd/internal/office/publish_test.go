package office_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/webdav"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/sync/webpublish"
)

// What is published while the website's server is away waits, and goes when it is asked for
// again; a wrong password waits for a person; the password is in no setting's target.
func TestSiteWaitsForTheLine(t *testing.T) {
	ctx := t.Context()
	s, address := serve(t)
	_, h := laptop(t, s, address, "secrétariat")
	a := authority.Authority{ID: ours, Name: "Commune d’essai", Short: "Essai", Place: "Essai", Kind: authority.Commune, Population: 400}
	me, err := h.People.Found(ctx, a, authority.Person{Civility: "Mme", FirstName: "Solène", LastName: "Brouillon", Title: "Maire", Roles: []authority.Role{authority.RoleMayor}, Since: "2026-01-01"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := h.Public.Add(ctx, me, publication.NewAct{Kind: publication.Order, Number: "2026-01", Subject: "Essai", Adopted: "2026-01-02", PDF: []byte("%PDF-1.7\n"),
		Author: publication.Author{First: "Solène", Last: "Brouillon", Quality: "Maire"}})
	if err == nil {
		err = h.Public.Publish(ctx, me, id)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SendSite(ctx, nil); !errors.Is(err, office.ErrNoWebsite) {
		t.Errorf("nowhere to send: %v", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	place := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	target := webpublish.Target{Protocol: webpublish.WebDAV, Address: "http://" + place, Folder: "actes", User: "mairie"}
	if err := h.SetWebsite(ctx, target, &webpublish.Secret{Password: "faux"}); err != nil {
		t.Fatal(err)
	}
	if err := h.QueueSite(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := h.SendSite(ctx, nil); !errors.Is(err, webpublish.ErrOffline) {
		t.Fatalf("the server is away: %v", err)
	}
	state := func() office.Website {
		w, err := h.Website(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	if w := state(); !w.Sending.Pending() || w.Sending.Stuck || !w.HasSecret {
		t.Fatalf("it should wait: %+v", w)
	}
	dir := t.TempDir()
	if l, err = net.Listen("tcp", place); err != nil {
		t.Fatal(err)
	}
	files := &webdav.Handler{FileSystem: webdav.Dir(dir), LockSystem: webdav.NewMemLS()}
	site := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, given, _ := r.BasicAuth(); given != "juste" {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	})}
	go func() { _ = site.Serve(l) }()
	defer site.Close()
	if _, err := h.SendSite(ctx, nil); !errors.Is(err, webpublish.ErrDenied) || !state().Sending.Stuck {
		t.Fatalf("a wrong password waits for a person: %v, %+v", err, state())
	}
	if err := h.SetWebsite(ctx, target, &webpublish.Secret{Password: "juste"}); err != nil {
		t.Fatal(err)
	}
	life, stop := context.WithCancel(ctx)
	defer stop()
	h.Start(life)
	if err := h.QueueSite(ctx); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); state().Sending.Pending(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the site was not sent: %+v", state())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "actes", "2026", "arrete-2026-01", "arrete-2026-01.pdf")); err != nil {
		t.Error(err)
	}
	if w := state(); w.Sending.Wrote == 0 || w.Sending.Last.IsZero() || w.Sending.Fault != "" {
		t.Errorf("%+v", w)
	}
}
