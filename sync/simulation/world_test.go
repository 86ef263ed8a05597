package simulation_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// reader makes random bytes of a seed.
type reader struct{ *rand.Rand }

func (r reader) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return len(b), nil
}

// world is everything there is. It is used from one goroutine; only requests of one exchange
// come from several.
type world struct {
	t     testing.TB
	seed  uint64
	r     *rand.Rand
	dir   string
	now   time.Time
	step  int
	trace []string

	server    *embedded.Server
	serverDir string
	backup    string           // the last one; empty: none
	waiting   map[*laptop]bool // after a restoration: those that have not come by
	net       *network

	laptops []*laptop
	// placed is what the server has acknowledged to anybody: by authority, by place.
	placed map[string][]placed
	serial int
}

type placed struct {
	id        string
	hash      journal.Hash
	contested bool
}

// laptop is one computer, open or not.
type laptop struct {
	w         *world
	name      string
	authority string
	dir       string
	key       ed25519.PrivateKey
	e         client.Enrolment
	skew      time.Duration
	db        *store.DB
	j         *journal.Journal
	c         *client.Client
	checked   int64           // the places of its log that were held against the world's
	written   map[string]bool // ids of what it has committed
	revoked   bool
	parted    bool // it was revoked, and has seen what the server no longer has
}

func newWorld(t testing.TB, seed uint64, laptops int) *world {
	t.Helper()
	dir := t.TempDir()
	if memory, err := os.MkdirTemp("/dev/shm", "simulation-"); err == nil {
		// The disk itself plays no part here: crashes of real files have their own campaign.
		dir = memory
		t.Cleanup(func() { os.RemoveAll(memory) })
	}
	w := &world{
		t: t, seed: seed, r: rand.New(rand.NewPCG(seed, 40)), dir: dir, serverDir: filepath.Join(dir, "server"),
		now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC), placed: map[string][]placed{}, waiting: map[*laptop]bool{},
	}
	w.net = &network{w: w, parted: map[string]int{}, nth: map[string]int{}}
	o := w.serverOptions()
	w.must(embedded.Init(o, "alpi-simulation", []string{"simulation.test"}))
	w.startServer()
	t.Cleanup(func() {
		for _, l := range w.laptops {
			l.stop()
		}
		w.server.Close()
	})
	for _, a := range []string{"111111111", "222222222"} {
		w.must(w.server.AddAuthority(context.Background(), server.Authority{ID: a, Name: a}))
	}
	for i := range laptops {
		w.enrol(fmt.Sprint("portable", i), []string{"111111111", "222222222"}[min(i%3, 1)])
	}
	return w
}

func (w *world) serverOptions() embedded.Options {
	return embedded.Options{Dir: w.serverDir, Now: func() time.Time { return w.now }, Rand: reader{rand.New(rand.NewPCG(w.seed, 41))}}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.fail("%v", err)
	}
}

// fail ends the run, with what led to it.
func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("seed %d, step %d: %s\n%s", w.seed, w.step, fmt.Sprintf(format, args...), strings.Join(w.trace[max(0, len(w.trace)-60):], "\n"))
}

func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%d %s ", w.step, w.now.Format("02 15:04:05"))+fmt.Sprintf(format, args...))
	if len(w.trace) > 1000 {
		w.trace = w.trace[500:]
	}
}

func (w *world) startServer() {
	var err error
	w.server, err = embedded.Open(context.Background(), w.serverOptions())
	w.must(err)
}

func (w *world) enrol(name, authority string) {
	code, err := w.server.NewCode(context.Background(), authority)
	w.must(err)
	seed := make([]byte, ed25519.SeedSize)
	reader{w.r}.Read(seed)
	l := &laptop{w: w, name: name, authority: authority, dir: filepath.Join(w.dir, name), key: ed25519.NewKeyFromSeed(seed), written: map[string]bool{}}
	address := client.Server{URL: "https://simulation.test"}
	l.e = client.Enrolment{Server: address, Enrolled: w.joined(protocol.Enrol{Code: code, Name: name, Signature: l.key.Public().(ed25519.PublicKey), Exchange: make([]byte, 32)})}
	w.laptops = append(w.laptops, l)
	l.start()
}

// joined enrols over a line on which nothing goes wrong.
func (w *world) joined(q protocol.Enrol) protocol.Enrolled {
	text, err := json.Marshal(q)
	w.must(err)
	r := httptest.NewRequest(http.MethodPost, protocol.PathEnrol, bytes.NewReader(text))
	r.Header.Set(protocol.Header, strconv.Itoa(protocol.Version))
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	e, err := protocol.Read[protocol.Enrolled](answer.Body)
	w.must(err)
	return e
}

func (l *laptop) now() time.Time { return l.w.now.Add(l.skew) }

func (l *laptop) start() {
	ctx := context.Background()
	var err error
	l.db, err = store.Open(ctx, store.Options{Dir: l.dir, Secrets: store.Secrets{Database: [32]byte{1}, Documents: [32]byte{2}}, Now: l.now})
	l.w.must(err)
	l.j, err = journal.Open(ctx, l.db, journal.Options{
		Authority: l.authority, Device: journal.Device{ID: l.e.Device, Key: l.key}, Projections: []journal.Projection{notes()},
		Now: l.now, NewID: l.w.id, Rand: reader{l.w.r},
	})
	l.w.must(err)
	l.c, err = client.New(client.Options{
		Journal: l.j, Enrolment: l.e, Key: l.key, Now: l.now, Rand: reader{l.w.r}, Stall: time.Hour,
		FarBehind: 20, First: []string{"thing/1"}, // many come by with more to take than that
		Transport: &line{l: l}, Room: func() (int64, error) { return 1 << 40, nil },
	})
	l.w.must(err)
}

func (l *laptop) stop() {
	if l.db != nil {
		l.w.must(l.db.Close())
		l.db = nil
	}
}

// id makes an identifier of the seed.
func (w *world) id() string {
	w.serial++
	var b [16]byte
	reader{w.r}.Read(b[:8])
	binary.BigEndian.PutUint64(b[8:], uint64(w.serial))
	return hex.EncodeToString(b[:])
}

// notes is the least projection: what was said of each thing, in order.
func notes() journal.Projection {
	return journal.Projection{
		Name: "note", Version: 1, Prefix: "thing/", Tables: []string{"note"},
		Schema: `CREATE TABLE note (stream TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			d := struct{ Note string }{"∅"}
			if ev.Forgotten {
				ev.Data = []byte("{}")
			}
			if err := json.Unmarshal(ev.Data, &d); err != nil {
				return err
			}
			// What was said long ago is cut, so that a long run stays quick.
			_, err := tx.Exec(`INSERT INTO note VALUES (?1, ?2) ON CONFLICT (stream) DO UPDATE SET text = substr(text || ' ' || ?2, -200)`, ev.Stream, d.Note)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM note WHERE stream = ?`, stream)
			return err
		},
	}
}

func (l *laptop) tables() (all []string) {
	l.w.must(l.db.View(context.Background(), func(tx *store.Tx) (err error) {
		all, err = store.All(tx, `SELECT stream || ': ' || text FROM note ORDER BY 1`, nil, func(scan func(...any) error) (s string, err error) { return s, scan(&s) })
		return err
	}))
	return all
}

// write commits one act, on one of a few things that others write about too.
func (l *laptop) write() {
	ctx := context.Background()
	draft := journal.Draft{Stream: fmt.Sprint("thing/", l.w.r.IntN(40)), Kind: "thing.noted", Data: map[string]string{"Note": fmt.Sprint(l.name, l.w.serial)}}
	switch l.w.r.IntN(20) {
	case 0:
		content := make([]byte, 1+l.w.r.IntN(3000))
		reader{l.w.r}.Read(content)
		d, err := l.db.Blobs().PutBytes(ctx, content)
		l.w.must(err)
		draft.Blobs = []store.Digest{d}
	case 2:
		draft.Subject = fmt.Sprint(l.name, "-", l.w.r.IntN(5)) // a subject is one laptop's: its id is drawn there
	case 3:
		l.settle()
		return
	}
	entries, err := l.j.Commit(ctx, "personne", func(*store.Tx) ([]journal.Draft, error) { return []journal.Draft{draft}, nil })
	switch {
	case err == nil:
	case store.Full(err), errors.Is(err, journal.ErrForgotten):
		return
	default:
		l.w.fail("%s writing: %v", l.name, err)
	}
	for i := range entries {
		l.written[entries[i].ID] = true
	}
}

// settle decides one of the disagreements that the laptop sees, if any.
func (l *laptop) settle() {
	ctx := context.Background()
	var open map[string]bool
	l.w.must(l.db.View(ctx, func(tx *store.Tx) (err error) { open, err = journal.Unsettled(tx, "thing/"); return err }))
	if len(open) == 0 {
		return
	}
	stream := slices.Sorted(maps.Keys(open))[l.w.r.IntN(len(open))]
	var again func(*store.Tx) ([]journal.Draft, error)
	if l.w.r.IntN(2) == 0 {
		again = func(*store.Tx) ([]journal.Draft, error) {
			return []journal.Draft{{Stream: stream, Kind: "thing.noted", Data: map[string]string{"Note": "refait"}}}, nil
		}
	}
	entries, err := l.j.Settle(ctx, "personne", stream, "vu", again)
	if err != nil && !store.Full(err) {
		l.w.fail("%s settling: %v", l.name, err)
	}
	for i := range entries {
		l.written[entries[i].ID] = true
	}
}

// exchange makes one exchange, and says what came of it.
func (l *laptop) exchange() error {
	l.w.net.begin()
	out, err := l.c.Once(context.Background())
	l.w.note("%s exchanges: %+v %v", l.name, out, err)
	switch {
	case err == nil:
	case errors.Is(err, protocol.ErrRevoked) && l.revoked:
	case errors.Is(err, client.ErrLies), errors.Is(err, client.ErrStuck), errors.Is(err, client.ErrLocal) && !store.Full(err):
		l.w.fail("%s: no bad luck explains %v", l.name, err)
	}
	l.check()
	l.w.cameBy(l)
	return err
}

// check holds what the laptop has of the server's order against what anybody has seen of it:
// one place, one act, for ever, and versions without a hole.
func (l *laptop) check() {
	if l.parted {
		return
	}
	known := l.w.placed[l.authority]
	l.w.must(l.db.View(context.Background(), func(tx *store.Tx) error {
		size, err := journal.LogSize(tx)
		if err != nil {
			return err
		}
		if size < l.checked {
			l.w.fail("%s has forgotten places: %d, it had %d", l.name, size, l.checked)
		}
		for l.checked < size {
			places, err := journal.Places(tx, l.checked, 500)
			if err != nil {
				return err
			}
			if len(places) == 0 {
				l.w.fail("%s has %d places, and no entry after %d", l.name, size, l.checked)
			}
			for i := range places {
				p := &places[i]
				if p.Seq > size {
					break
				}
				if p.Seq != l.checked+1 {
					l.w.fail("%s: place %d after %d", l.name, p.Seq, l.checked)
				}
				if p.Authority != l.authority {
					l.w.fail("%s has an entry of %s", l.name, p.Authority)
				}
				now := placed{p.ID, p.Hash, p.Contested}
				if p.Seq <= int64(len(known)) {
					if known[p.Seq-1] != now {
						l.w.fail("%s: place %d holds %+v, others know %+v", l.name, p.Seq, now, known[p.Seq-1])
					}
				} else {
					known = append(known, now)
				}
				l.checked++
			}
		}
		return nil
	}))
	l.w.placed[l.authority] = known
}

// verify reads the whole journal of a laptop, and makes its tables anew.
func (l *laptop) verify() journal.Proof {
	ctx := context.Background()
	keyOf, err := l.c.KeyOf(ctx)
	l.w.must(err)
	p, err := l.j.Verify(ctx, keyOf)
	if err != nil {
		l.w.fail("%s: %v", l.name, err)
	}
	live := l.tables()
	l.w.must(l.j.Rebuild(ctx))
	if made := l.tables(); !slices.Equal(live, made) {
		l.w.fail("%s: its tables are not those of its journal:\n%v\n%v", l.name, live, made)
	}
	return p
}

// digest is a number decided by the seed and some words.
func (w *world) digest(words ...any) uint64 {
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, words)
	return h.Sum64()
}

var _ io.Reader = reader{}
