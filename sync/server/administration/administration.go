package administration

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"alpi40.fr/airial/sync/server"
)

//go:embed pages/*.html pages/style.css
var files embed.FS

// Options say what the page administers.
type Options struct {
	Server  *server.Server
	Storage server.Storage
	Quota   int64     // bytes an authority's documents may take
	OIDC    *Provider // nil: local accounts alone
	// CheckParcel looks into a parcel before it is offered; nil: nothing is looked at.
	CheckParcel ParcelCheck
	Now         func() time.Time
	Rand        io.Reader
	Log         *slog.Logger
}

// Page is the administration page. It is an http.Handler.
type Page struct {
	o       Options
	handler http.Handler
	key     [32]byte // seals sessions: derived from the server's own, the same in each process
	pages   map[string]*template.Template
	tries   *tries
	// nobody is compared with when a name is none; entering bounds comparing.
	nobody   string
	entering chan struct{}
}

// New makes the page.
func New(o Options) (*Page, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	key, err := o.Server.Key("administration 1")
	if err != nil {
		return nil, err
	}
	nobody, err := argon2id.CreateHash("", &passwordCost)
	if err != nil {
		return nil, fmt.Errorf("sealing a password: %w", err)
	}
	p := &Page{o: o, key: key, pages: map[string]*template.Template{}, tries: newTries(o.Now), nobody: nobody, entering: make(chan struct{}, entering)}
	for _, name := range []string{"login", "authorities", "authority", "confirm", "secret", "distribution", "audit", "administrators", "fault"} {
		t, err := template.New("frame.html").Funcs(template.FuncMap{"day": day, "moment": moment, "bytes": bytesText, "short": short, "name": nameOf}).ParseFS(files, "pages/frame.html", "pages/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("preparing the page %s: %w", name, err)
		}
		p.pages[name] = t
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /style.css", p.style)
	mux.HandleFunc("GET /login", p.loginForm)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("GET /oidc/start", p.oidcStart)
	mux.HandleFunc("GET /oidc/callback", p.oidcCallback)
	mux.HandleFunc("POST /logout", p.inside(p.logout))
	mux.HandleFunc("GET /{$}", p.inside(p.authorities))
	mux.HandleFunc("POST /authorities", p.inside(p.addAuthority))
	mux.HandleFunc("GET /authorities/{id}", p.inside(p.authority))
	mux.HandleFunc("POST /authorities/{id}/codes", p.inside(p.newCode))
	mux.HandleFunc("POST /authorities/{id}/codes/{mark}/drop", p.inside(p.dropCode))
	mux.HandleFunc("GET /authorities/{id}/devices/{device}/{act}", p.inside(p.confirm))
	mux.HandleFunc("POST /authorities/{id}/devices/{device}/revoke", p.inside(p.revoke))
	mux.HandleFunc("POST /authorities/{id}/devices/{device}/rescue", p.inside(p.rescue))
	mux.HandleFunc("GET /distribution", p.inside(p.distribution))
	mux.HandleFunc("POST /distribution", p.inside(p.publish))
	mux.HandleFunc("GET /audit", p.inside(p.audit))
	mux.HandleFunc("GET /audit.csv", p.inside(p.auditExport))
	mux.HandleFunc("GET /administrators", p.inside(p.administrators))
	mux.HandleFunc("POST /administrators/{name}/{act}", p.inside(p.setAdministrator))
	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.fault(w, r, http.StatusForbidden, "Cette demande vient d’un autre site ; rien n’a été fait.")
	}))
	p.handler = strict(origins.Handler(mux))
	return p, nil
}

// ServeHTTP implements http.Handler.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.handler.ServeHTTP(w, r) }

// strict lets the browser load nothing but the page's own style, and keep nothing.
func strict(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// maxForm is the largest parcel and what goes around it.
const maxForm = 80 << 20

func (p *Page) style(w http.ResponseWriter, _ *http.Request) {
	text, err := files.ReadFile("pages/style.css")
	if err != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(text) // the browser has gone: nothing to do
}

// view is what every page shows.
type view struct {
	Title string
	Who   string // empty before one is in
	Token string // of the forms
	Place string // which part of the menu one is in
	OIDC  bool
	Data  any
}

func (p *Page) show(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	if s, ok := r.Context().Value(sessionKey{}).(session); ok {
		v.Who, v.Token = s.who, p.formToken(s)
	}
	v.OIDC = p.o.OIDC != nil
	var out strings.Builder
	if err := p.pages[name].Execute(&out, v); err != nil {
		p.o.Log.Error("making a page", "page", name, "cause", err.Error())
		http.Error(w, "La page n’a pas pu être composée.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out.String()) // the browser has gone: nothing to do
}

// fault tells what did not work.
func (p *Page) fault(w http.ResponseWriter, r *http.Request, status int, words string) {
	p.show(w, r, status, "fault", view{Title: "Cela n’a pas marché", Data: words})
}

// failed tells a fault of the server, and logs its cause.
func (p *Page) failed(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, server.ErrNotFound):
		p.fault(w, r, http.StatusNotFound, "Ce que vous cherchez n’est pas, ou n’est plus, sur ce serveur.")
	case errors.Is(err, server.ErrFrozen):
		p.fault(w, r, http.StatusServiceUnavailable, "Le serveur est en cours de déménagement : rien n’est modifié pour l’instant. Recommencez dans quelques minutes.")
	default:
		p.o.Log.Error("administration", "path", r.Pattern, "cause", err.Error())
		p.fault(w, r, http.StatusInternalServerError, "Le serveur a rencontré une erreur. Le journal technique en dit la cause ; rien d’autre n’a changé.")
	}
}

// note writes a line of the audit log: before the act, which is not done when it cannot be written.
func (p *Page) note(ctx context.Context, who, act, authority, detail string) error {
	_, err := p.o.Storage.NoteAct(ctx, server.AuditLine{At: p.o.Now().UTC(), Who: who, Act: act, Authority: authority, Detail: detail})
	if err != nil {
		return fmt.Errorf("writing the audit log: %w", err)
	}
	return nil
}

func day(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.Format("02/01/2006")
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "jamais"
	}
	return t.In(paris()).Format("02/01/2006 15 h 04")
}

// paris is the hour of the people who read; the machine's own where it has no table of hours.
func paris() *time.Location {
	l, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.Local
	}
	return l
}

func bytesText(n int64) string {
	units := []string{"o", "ko", "Mo", "Go", "To"}
	v, i := float64(n), 0
	for v >= 1000 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	if i == 0 {
		return fmt.Sprintf("%d o", n)
	}
	return strings.Replace(fmt.Sprintf("%.1f %s", v, units[i]), ".", ",", 1)
}

func short(id string) string { return id[:min(len(id), 8)] }

// nameOf is how one who acts is called: a local account by its name, another by its address.
func nameOf(who string) string {
	_, name, ok := strings.Cut(who, ":")
	if !ok {
		return who
	}
	return name
}
