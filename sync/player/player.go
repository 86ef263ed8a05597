// Package player serves a SCORM 1.2 or cmi5 package to the system's browser from loopback, and
// notes what it says of the person's progress.
//
// The package is a stranger's program: it is served from memory under an address that nobody can
// guess, to this computer alone, and the browser is told to let it reach nothing else (CSP). What it
// may keep is bounded by who is told of it.
package player

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"alpi40.fr/airial/local/services/training"
)

// Told is what a package says of the progress.
type Told struct {
	// State is what it keeps for the next time: the SCORM data model, or cmi5's documents, of each of its units.
	State map[string]string
	// Points of 100, the mean of the units that gave a score; Of is then 100.
	Points, Of int
	// Complete: all its units are.
	Complete bool
	// Unit is the one that says it.
	Unit string
}

// Options say what is played.
type Options struct {
	Content *training.Content
	// State is what the package kept last.
	State map[string]string
	// Person is who learns, as the package may show; ID a name of hers that tells nothing.
	Person, ID string
	// Rand draws the address.
	Rand io.Reader
	// Tell notes what the package says; its error is told to the package.
	Tell func(context.Context, Told) error
	// Text is shown around the package: a title, and what to do at the end.
	Title, Leave string
}

const (
	maxBody = 256 << 10
	idle    = 30 * time.Second
)

//go:embed scorm.js
var scormJS string

// Player is a package being played.
type Player struct {
	o       Options
	secret  string
	address string
	server  *http.Server

	mu    sync.Mutex
	state map[string]string
	token string // of cmi5, once given
}

// said is what one unit says of itself.
type said struct {
	part     map[string]string
	points   int
	scored   bool
	complete bool
}

// Play serves a package until ctx is done, or Close.
func Play(ctx context.Context, o Options) (*Player, error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(o.Rand, raw); err != nil {
		return nil, fmt.Errorf("drawing an address: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	p := &Player{o: o, secret: fmt.Sprintf("%x", raw[:16]), token: fmt.Sprintf("%x", raw[16:]), address: listener.Addr().String(), state: map[string]string{}}
	for k, v := range o.State {
		p.state[k] = v
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: idle, IdleTimeout: idle, BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) }}
	context.AfterFunc(ctx, func() { _ = p.server.Close() })
	go func() { _ = p.server.Serve(listener) }() // ends with Close
	return p, nil
}

// Close ends it.
func (p *Player) Close() error {
	if err := p.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("ending the player: %w", err)
	}
	return nil
}

// URL is what the browser opens.
func (p *Player) URL() string { return "http://" + p.address + "/" + p.secret + "/" }

// ServeHTTP implements http.Handler: everything stands under the secret.
func (p *Player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page of the web that has its own name lead here is not this address (DNS rebinding).
	if r.Host != p.address {
		http.Error(w, "", http.StatusMisdirectedRequest)
		return
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/"+p.secret+"/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'self'; object-src 'self'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	switch {
	case rest == "":
		p.frame(w, r)
	case strings.HasPrefix(rest, "commit/") && r.Method == http.MethodPost:
		if unit, ok := p.unit(strings.TrimPrefix(rest, "commit/")); ok {
			p.commit(w, r, unit)
		} else {
			http.NotFound(w, r)
		}
	case strings.HasPrefix(rest, "content/") && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		p.file(w, r, strings.TrimPrefix(rest, "content/"))
	case strings.HasPrefix(rest, "xapi/"):
		number, what, _ := strings.Cut(strings.TrimPrefix(rest, "xapi/"), "/")
		if unit, ok := p.unit(number); ok {
			p.xapi(w, r, unit, what)
		} else {
			http.NotFound(w, r)
		}
	default:
		http.NotFound(w, r)
	}
}

// unit reads the number of a unit, from 0.
func (p *Player) unit(number string) (int, bool) {
	n, err := strconv.Atoi(number)
	return n, err == nil && n >= 0 && n < len(p.o.Content.Units)
}

// frame is the page around the package: the list of its units where it has several, and the one that is asked for, else the
// first that is not done.
func (p *Player) frame(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c := p.o.Content
	p.mu.Lock()
	state := p.state
	p.mu.Unlock()
	standings := c.Standings(state)
	at, asked := p.unit(r.URL.Query().Get("unit"))
	if !asked {
		at = max(0, slices.IndexFunc(standings, func(s training.Standing) bool { return !s.Done }))
	}
	script, launch := "", "content/"+c.Units[at].Launch
	if c.Kind == training.SCORM {
		text, err := json.Marshal(p.initial(at, c.Part(state, at)))
		if err != nil {
			http.Error(w, "", http.StatusInternalServerError)
			return
		}
		script = "<script>const airialState = " + string(text) + ", airialCommit = \"commit/" + strconv.Itoa(at) + "\";\n" + scormJS + "</script>"
	} else {
		launch = p.launchCMI5(at, launch)
	}
	list := ""
	if len(c.Units) > 1 {
		var b strings.Builder
		b.WriteString(`<nav>`)
		for i, u := range c.Units {
			mark, here := "", ""
			if standings[i].Done {
				mark = "✓ "
			}
			if i == at {
				here = ` aria-current="page"`
			}
			fmt.Fprintf(&b, `<a href="?unit=%d"%s>%s%s</a>`, i, here, mark, html.EscapeString(u.Title))
		}
		b.WriteString(`</nav>`)
		list = b.String()
	}
	fmt.Fprintf(w, `<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>%s</title><style>html,body{margin:0;height:100%%;font:15px sans-serif}body{display:flex;flex-direction:column}header{min-height:40px;display:flex;align-items:center;gap:1em;padding:0 12px;background:#1c6349;color:#fff}main{flex:1;display:flex;min-height:0}nav{width:260px;overflow:auto;background:#eef3f0;border-right:1px solid #c5d3cb}nav a{display:block;padding:10px 12px;color:#17332a;text-decoration:none}nav a[aria-current]{background:#fff;font-weight:bold;border-left:4px solid #1c6349}iframe{border:0;flex:1;height:100%%}</style>%s</head><body><header><strong>%s</strong><span id="airial">%s</span></header><main>%s<iframe src="%s" title="%s"></iframe></main></body></html>`,
		html.EscapeString(p.o.Title), script, html.EscapeString(p.o.Title), html.EscapeString(p.o.Leave), list, html.EscapeString(launch), html.EscapeString(c.Units[at].Title))
}

// file gives one of the package's.
func (p *Player) file(w http.ResponseWriter, r *http.Request, name string) {
	content, ok := p.o.Content.Files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
}

// initial is the data model of SCORM 1.2 that a package begins with (RTE, 3.4).
func (p *Player) initial(unit int, part map[string]string) map[string]string {
	s := map[string]string{}
	for k, v := range part {
		if strings.HasPrefix(k, "cmi.") {
			s[k] = v
		}
	}
	s["cmi.core.student_id"], s["cmi.core.student_name"] = p.o.ID, p.o.Person
	if s["cmi.core.lesson_status"] == "" {
		s["cmi.core.lesson_status"] = "not attempted"
	}
	s["cmi.core.entry"] = "ab-initio"
	if s["cmi.core.exit"] == "suspend" {
		s["cmi.core.entry"] = "resume"
	}
	s["cmi.core.credit"], s["cmi.core.lesson_mode"] = "credit", "normal"
	if m := p.o.Content.Units[unit].Mastery; m > 0 {
		s["cmi.student_data.mastery_score"] = strconv.Itoa(int(m * 100))
	}
	return s
}

// commit takes the data model of SCORM.
func (p *Player) commit(w http.ResponseWriter, r *http.Request, unit int) {
	var state map[string]string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&state); err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	kept := map[string]string{}
	for k, v := range state {
		if strings.HasPrefix(k, "cmi.") && k != "cmi.core.student_name" && k != "cmi.core.student_id" {
			kept[k] = v
		}
	}
	told := said{part: kept}
	status := kept["cmi.core.lesson_status"]
	if raw, err := strconv.ParseFloat(kept["cmi.core.score.raw"], 64); err == nil && raw >= 0 && raw <= 100 {
		told.points, told.scored = int(raw+0.5), true
	}
	// A package that gives a score and no verdict is judged by its mastery score (RTE, 3.4.4).
	mastery := p.o.Content.Units[unit].Mastery * 100
	told.complete = status == "passed" || status == "completed" && (mastery == 0 || !told.scored || float64(told.points) >= mastery)
	p.tell(w, r, unit, told)
}

// tell notes what a unit says: what was done once stays done. p.mu is not held.
func (p *Player) tell(w http.ResponseWriter, r *http.Request, unit int, x said) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.o.Content
	before := c.Standings(p.state)[unit]
	if x.complete || before.Done {
		x.part[training.KeyDone] = "1"
	}
	switch {
	case x.scored:
		x.part[training.KeyPoints] = strconv.Itoa(x.points)
	case before.Scored:
		x.part[training.KeyPoints] = strconv.Itoa(before.Points)
	}
	told := Told{State: c.Join(p.state, unit, x.part), Complete: true, Unit: c.Units[unit].ID}
	sum, scored := 0, 0
	for _, s := range c.Standings(told.State) {
		told.Complete = told.Complete && s.Done
		if s.Scored {
			sum, scored = sum+s.Points, scored+1
		}
	}
	if scored > 0 {
		told.Points, told.Of = (sum+scored/2)/scored, 100
	}
	if len(c.Units) == 1 { // what it says now is what counts
		told.Complete = x.complete
	}
	if err := p.o.Tell(r.Context(), told); err != nil {
		http.Error(w, "", http.StatusInsufficientStorage)
		return
	}
	p.state = told.State
	w.WriteHeader(http.StatusNoContent)
}

// part is what a unit keeps now.
func (p *Player) part(unit int) map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o.Content.Part(p.state, unit)
}

// The cmi5 side: what the specification asks of a learning record store, for one unit of one person.

func (p *Player) launchCMI5(unit int, launch string) string {
	u := url.Values{}
	base := p.URL() + "xapi/" + strconv.Itoa(unit) + "/"
	u.Set("endpoint", base)
	u.Set("fetch", base+"fetch")
	u.Set("actor", `{"objectType":"Agent","account":{"homePage":"https://airial.invalid","name":"`+p.o.ID+`"}}`)
	u.Set("registration", p.registration())
	u.Set("activityId", p.o.Content.Units[unit].ID)
	sep := "?"
	if strings.Contains(launch, "?") {
		sep = "&"
	}
	return launch + sep + u.Encode()
}

// registration is a UUID of this person in this package, the same on each of her computers (cmi5, 9.6).
func (p *Player) registration() string {
	s := fmt.Sprintf("%x", sha256.Sum256([]byte(p.o.ID+"/"+p.o.Content.Units[0].ID)))
	return s[:8] + "-" + s[8:12] + "-4" + s[13:16] + "-8" + s[17:20] + "-" + s[20:32]
}

// statement is what is read of an xAPI statement.
type statement struct {
	ID   string `json:"id"`
	Verb struct {
		ID string `json:"id"`
	} `json:"verb"`
	Result struct {
		Score struct {
			Scaled *float64 `json:"scaled"`
		} `json:"score"`
	} `json:"result"`
}

const verbs = "http://adlnet.gov/expapi/verbs/"

func (p *Player) xapi(w http.ResponseWriter, r *http.Request, unit int, what string) {
	w.Header().Set("X-Experience-API-Version", "1.0.3")
	if what == "fetch" && r.Method == http.MethodPost {
		writeJSON(w, map[string]string{"auth-token": p.token})
		return
	}
	if r.Header.Get("Authorization") != "Basic "+p.token {
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	switch {
	case what == "statements" && (r.Method == http.MethodPost || r.Method == http.MethodPut):
		p.statements(w, r, unit)
	case what == "activities/state", what == "agents/profile":
		p.document(w, r, unit, what)
	default:
		http.NotFound(w, r)
	}
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the browser has gone
}

func (p *Player) statements(w http.ResponseWriter, r *http.Request, unit int) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var all []statement
	if err == nil {
		if err = json.Unmarshal(raw, &all); err != nil {
			all = make([]statement, 1)
			err = json.Unmarshal(raw, &all[0])
		}
	}
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	told := said{part: p.part(unit)}
	told.complete = told.part[training.KeyDone] != ""
	ids := []string{}
	for _, s := range all {
		ids = append(ids, s.ID)
		if x := s.Result.Score.Scaled; x != nil && *x >= 0 && *x <= 1 {
			told.points, told.scored = int(*x*100+0.5), true
		}
		switch s.Verb.ID {
		case verbs + "passed":
			told.complete = true
		case verbs + "completed":
			told.complete = told.complete || p.o.Content.Units[unit].Mastery == 0
		}
	}
	answer := &recorder{}
	p.tell(answer, r, unit, told)
	if answer.code != http.StatusNoContent {
		http.Error(w, "", answer.code)
		return
	}
	if r.Method == http.MethodPut {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	writeJSON(w, ids)
}

// recorder takes the code of an answer.
type recorder struct{ code int }

func (r *recorder) Header() http.Header         { return http.Header{} }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) WriteHeader(code int)        { r.code = code }

// document keeps what a unit keeps for itself; LMS.LaunchData is given to it (cmi5, 10.0).
func (p *Player) document(w http.ResponseWriter, r *http.Request, unit int, what string) {
	id := r.URL.Query().Get("stateId") + r.URL.Query().Get("profileId")
	key := what + "/" + id
	switch r.Method {
	case http.MethodGet:
		if id == "LMS.LaunchData" {
			data := map[string]any{"contextTemplate": map[string]any{"registration": p.registration()}, "launchMode": "Normal", "moveOn": "CompletedOrPassed", "returnURL": p.URL()}
			if m := p.o.Content.Units[unit].Mastery; m > 0 {
				data["masteryScore"] = m
			}
			writeJSON(w, data)
			return
		}
		text, ok := p.part(unit)[key]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	case http.MethodPut, http.MethodPost, http.MethodDelete:
		raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "", http.StatusRequestEntityTooLarge)
			return
		}
		told := said{part: p.part(unit)}
		told.complete = told.part[training.KeyDone] != ""
		if told.part[key] = string(raw); r.Method == http.MethodDelete {
			delete(told.part, key)
		}
		p.tell(w, r, unit, told)
	default:
		http.Error(w, "", http.StatusMethodNotAllowed)
	}
}
