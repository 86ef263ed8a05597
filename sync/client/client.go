package client

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// Options say what is exchanged with whom.
type Options struct {
	Journal   *journal.Journal
	Enrolment Enrolment
	// Key is the device's own, whose public half was enrolled.
	Key  ed25519.PrivateKey
	Now  func() time.Time
	Rand io.Reader
	Log  *slog.Logger
	// Stall is how long a line may carry nothing before it counts as dead; 0 is a minute.
	Stall time.Duration
	// OnRevoked is called once the server says that this laptop is revoked.
	OnRevoked func()
	// Trust takes the trust package that the server publishes; nil: it is not asked for.
	Trust Shelf
	// Parcels take the parcels of the kinds that each exchange asks for.
	Parcels map[string]Shelf
	// Needed gives the streams whose documents must be on this laptop by the town hall's rules; nil: none.
	Needed func(context.Context) (map[string]bool, error)
	// Shunned gives the streams whose documents a person leaves on the server; what is needed is kept all the same. nil: none.
	Shunned func(context.Context) (map[string]bool, error)
	// First are the beginnings of the streams that a new laptop works with whatever their age.
	First []string
	// FarBehind is how many entries a laptop lacks before it asks for the newest streams first; 0: 1000.
	FarBehind int
	// Urgent are the beginnings of the streams for which somebody waits.
	Urgent []string
	// Room is how many bytes the disk still takes; nil: it is asked.
	Room func() (int64, error)
	// Network tells of the line; nil: nothing is known of it.
	Network Network
	// Transport takes the place of the wire's own; nil: TLS to the server.
	Transport http.RoundTripper
}

// Network is what the system knows of the line. Its methods may be called from several goroutines.
type Network interface {
	// Changed tells that a line came, went or changed, until ctx is done.
	Changed(ctx context.Context) <-chan struct{}
	// Metered tells whether the line is paid by what it carries.
	Metered(ctx context.Context) bool
	// Portal tells whether the network wants one to sign in on a page before it lets through to host.
	Portal(ctx context.Context, host string) bool
}

// Client exchanges one authority's journal. It may be used from several goroutines.
type Client struct {
	o    Options
	w    *wire
	once chan struct{} // one exchange at a time

	first precedence // of what is small over what is large
	small chan struct{}
	large chan struct{}
	// sent is, in the exchange under way, the number in this device's chain of the last entry that the
	// server has taken, whose place may not have come back.
	sent int64

	mu        sync.Mutex
	status    Status
	online    context.Context // ends when a person goes offline
	offline   context.CancelFunc
	changed   bell.Bell[struct{}] // rung at each change of the status
	kick      chan struct{}
	resumed   chan struct{} // a person works online again
	revoked   bool
	refused   map[string]refusal // of each path, the last package that was not taken
	transfers transfers
	absent    map[store.Digest]bool // wanted documents that the server has not got
	brought   []store.Digest        // fetched for who opened them, and not noted yet
	settled   bool
	alone     bool  // small documents leave one by one
	load      int64 // how much of them one message holds; 0: not known yet
	madeRoom  time.Time

	company *company
}

// Status is the state of the exchanges.
type Status struct {
	LastSuccess time.Time
	// Out are entries that wait to be sent, or documents that follow them when none does; In,
	// documents that wait to be fetched.
	Out, In int
	// Behind are entries of the log that are still to come, the newest apart (see Outcome.Ahead).
	Behind    int
	Running   bool
	Err       error // of the last exchange; nil when it held
	NextTry   time.Time
	Conflicts int
	// Clock is by how much the server's clock is ahead of this one.
	Clock time.Duration
	// Early is by how much this computer's clock is before the newest entry here, which was written before: a clock that a
	// dead battery set back is told without a line too. 0 when it is not.
	Early time.Duration
	// Paused: a person asked to work offline.
	Paused bool
	// Trust is why the last trust package offered was not taken; nil when all is well. It
	// does not make an exchange fail: the one that was there stays.
	Trust error
	// Metered: the line is paid by what it carries, and large documents wait for another.
	Metered bool
}

// New makes a client; nothing is exchanged before Once or Run.
func New(o Options) (*Client, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.FarBehind == 0 {
		o.FarBehind = farBehind
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	own, err := certificate(o.Enrolment.Device, o.Key, o.Rand)
	if err != nil {
		return nil, err
	}
	w, err := newWire(o.Enrolment.Server, own, o.Now)
	if err != nil {
		return nil, err
	}
	if o.Transport != nil {
		w.http.Transport, w.bulk.Transport = o.Transport, o.Transport
	}
	w.device, w.name, w.key = o.Enrolment.Device, o.Enrolment.Enrolled.Server, o.Key
	c := &Client{
		o: o, w: w, once: make(chan struct{}, 1), small: make(chan struct{}, 1), large: make(chan struct{}, 1),
		kick: make(chan struct{}, 1), resumed: make(chan struct{}, 1), absent: map[store.Digest]bool{},
		transfers: transfers{moving: map[store.Digest]*Moving{}, failed: map[store.Digest]error{}}, company: newCompany(),
	}
	c.online, c.offline = context.WithCancel(context.Background())
	o.Journal.Store().Blobs().OnMissing(c.bring)
	return c, nil
}

// Status gives the present state.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Watch tells of each change of the status until ctx is done.
func (c *Client) Watch(ctx context.Context) <-chan struct{} {
	return c.changed.Listen(ctx, 1)
}

// SetOnline pauses or resumes the exchanges: a person's wish to work offline.
// Pausing stops the one under way; what it has not sent leaves later.
func (c *Client) SetOnline(online bool) {
	c.change(func(s *Status) {
		if s.Paused = !online; s.Paused {
			c.offline()
		} else if c.online.Err() != nil {
			c.online, c.offline = context.WithCancel(context.Background())
		}
	})
	if online {
		c.wake()
		bell.Wake(c.resumed)
	}
}

func (c *Client) wake() { bell.Wake(c.kick) }

func (c *Client) change(do func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.status)
	c.changed.Ring(struct{}{})
}

// Outcome is what one exchange did.
type Outcome struct {
	Sent, Contested, Received int
	Uploaded, Downloaded      int
	// Ahead are entries that came before their turn; they are received once more in it.
	Ahead   int
	Trust   bool // another trust package was taken
	Parcels int  // other parcels that were taken
}

// Once makes one whole exchange, documents and all. Errors: those of this package and of protocol.
func (c *Client) Once(ctx context.Context) (Outcome, error) {
	out, err := c.exchange(ctx)
	if err != nil {
		return out, err
	}
	err = classify(c.pausable(ctx, func(ctx context.Context) error { return c.carry(ctx, &out) }))
	count := c.counted(context.WithoutCancel(ctx))
	c.change(func(s *Status) {
		s.Err = err
		count(s)
	})
	return out, err
}

// exchange sends and receives entries, with the small documents that go along.
func (c *Client) exchange(ctx context.Context) (out Outcome, err error) {
	select {
	case c.once <- struct{}{}:
		defer func() { <-c.once }()
	case <-ctx.Done():
		return out, ctx.Err()
	}
	c.first.enter()
	defer c.first.leave()
	metered, err := c.metered(ctx)
	if err != nil {
		return out, err
	}
	c.change(func(s *Status) { s.Running, s.Metered = true, metered })
	err = classify(c.pausable(ctx, func(ctx context.Context) error { return c.talk(ctx, &out) }))
	if errors.Is(err, protocol.ErrRevoked) {
		c.tellRevoked()
	}
	err = c.portal(ctx, err)
	c.finish(ctx, err)
	return out, err
}

// Metering is what a person says of the line.
type Metering string

// The words for it.
const (
	AsSystemSays  Metering = ""
	AlwaysMetered Metering = "always"
	NeverMetered  Metering = "never"
)

const settingMetering = "sync.metering"

// Metering gives what was said.
func (c *Client) Metering(ctx context.Context) (m Metering, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(settingMetering)
		m = Metering(text)
		return err
	})
	return m, err
}

// SetMetering says whether the line is paid by what it carries: large documents then wait.
func (c *Client) SetMetering(ctx context.Context, m Metering) error {
	if m != AsSystemSays && m != AlwaysMetered && m != NeverMetered {
		return fmt.Errorf("a line that is %q", m)
	}
	err := c.o.Journal.Store().Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingMetering, string(m)) })
	c.wake()
	return err
}

func (c *Client) metered(ctx context.Context) (bool, error) {
	m, err := c.Metering(ctx)
	if err != nil || m != AsSystemSays {
		return m == AlwaysMetered, err
	}
	return c.o.Network != nil && c.o.Network.Metered(ctx), nil
}

// portal says so when a failure is that of a network that wants one to sign in first.
func (c *Client) portal(ctx context.Context, err error) error {
	if c.o.Network == nil || !errors.Is(err, ErrOffline) && !errors.Is(err, ErrUntrusted) && !errors.Is(err, ErrRubbish) {
		return err
	}
	if u, bad := url.Parse(c.o.Enrolment.Server.URL); bad == nil && c.o.Network.Portal(ctx, u.Hostname()) {
		return fmt.Errorf("%w: %w", ErrPortal, err)
	}
	return err
}

func (c *Client) tellRevoked() {
	c.mu.Lock()
	told := c.revoked
	c.revoked = true
	c.mu.Unlock()
	if !told && c.o.OnRevoked != nil {
		c.o.OnRevoked()
	}
}

func (c *Client) finish(ctx context.Context, err error) {
	count := c.counted(context.WithoutCancel(ctx))
	c.w.mu.Lock()
	clock := c.w.clock
	c.w.mu.Unlock()
	c.change(func(s *Status) {
		s.Running, s.Err, s.Clock = false, err, clock
		count(s)
		if err == nil {
			s.LastSuccess = c.o.Now()
		}
	})
}

// counted reads what waits, for the status; nothing changes when it cannot be read.
func (c *Client) counted(ctx context.Context) func(*Status) {
	var waiting, owed, wanted, conflicts int
	var newest int64
	read := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
		if waiting, err = c.o.Journal.Waiting(tx); err != nil {
			return err
		}
		if err := tx.Get(`SELECT count(*) FROM document WHERE state = 'owed'`, nil, &owed); err != nil {
			return err
		}
		if err := tx.Get(`SELECT count(*) FROM document WHERE state = 'wanted'`, nil, &wanted); err != nil {
			return err
		}
		if conflicts, err = journal.CountConflicts(tx); err != nil {
			return err
		}
		// The last ones to come: those of this computer may be dated by a clock that is wrong already.
		return tx.Get(`SELECT coalesce(max(at), 0) FROM (SELECT at FROM entry ORDER BY place DESC LIMIT 200)`, nil, &newest)
	})
	if waiting == 0 {
		waiting = owed
	}
	return func(s *Status) {
		if read == nil {
			s.Out, s.In, s.Conflicts = waiting, wanted, conflicts
			s.Early = max(0, time.UnixMicro(newest).Sub(c.o.Now()))
		}
	}
}

// pausable runs do, unless or until a person wants to work offline.
func (c *Client) pausable(ctx context.Context, do func(context.Context) error) error {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	paused, online := c.status.Paused, c.online
	c.mu.Unlock()
	if paused {
		return ErrPaused
	}
	defer context.AfterFunc(online, stop)()
	err := do(inner)
	if err != nil && ctx.Err() == nil && inner.Err() != nil {
		return fmt.Errorf("%w: %w", ErrPaused, err)
	}
	return err
}

func (c *Client) talk(ctx context.Context, out *Outcome) error {
	c.sent = 0
	sending := c.send(ctx, out)
	if sending != nil && !receivesAfter(sending) {
		return sending
	}
	if err := errors.Join(c.receive(ctx, out), sending); err != nil {
		return err
	}
	c.receiveTrust(ctx, out)
	c.receiveParcels(ctx, out)
	return nil
}

// receiveTrust notes what became of the trust package. What was exchanged before stands.
func (c *Client) receiveTrust(ctx context.Context, out *Outcome) {
	taken, err := false, error(nil)
	if c.o.Trust != nil {
		taken, err = c.fetchOffer(ctx, offer{protocol.PathTrust, protocol.MaxTrust, c.o.Trust})
	}
	out.Trust, err = taken, classify(err)
	if err != nil && ctx.Err() == nil {
		c.o.Log.Warn("the trust package", "error", err.Error())
	}
	c.change(func(s *Status) { s.Trust = err })
}

func (c *Client) send(ctx context.Context, out *Outcome) error {
	if err := c.sendKeys(ctx); err != nil {
		return fmt.Errorf("sending keys: %w", err)
	}
	if err := c.push(ctx, out); err != nil {
		return fmt.Errorf("sending entries: %w", err)
	}
	return nil
}

// receivesAfter tells whether a failure to send leaves receiving a chance: what
// others wrote is not held up by one entry refused or by a server without room.
func receivesAfter(sending error) bool {
	return errors.Is(sending, ErrStuck) || errors.Is(sending, protocol.ErrServer) || errors.Is(sending, protocol.ErrRefused)
}

func (c *Client) receive(ctx context.Context, out *Outcome) error {
	if err := c.pull(ctx, out); err != nil {
		return fmt.Errorf("receiving entries: %w", err)
	}
	return nil
}

func (c *Client) sendKeys(ctx context.Context) error {
	for {
		var keys []journal.SubjectKey
		err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) { keys, err = journal.OutgoingKeys(tx); return err })
		if err != nil || len(keys) == 0 {
			return err
		}
		if _, err := ask[struct{}](ctx, c.w, http.MethodPost, protocol.PathKeys, protocol.Keys{Keys: keys}, false); err != nil {
			return err
		}
		if err := c.o.Journal.KeysSent(ctx, keys); err != nil {
			return err
		}
	}
}

func (c *Client) pull(ctx context.Context, out *Outcome) error {
	given, renewed := false, false // what a server had lost
	var next *asking
	defer func() { next.drop() }()
	for first := true; ; {
		cursor, keysCursor, err := c.cursors(ctx)
		if err != nil {
			return err
		}
		answer, err := next.orAsk(ctx, c, cursor, keysCursor)
		next = nil
		if err != nil {
			if errors.Is(err, protocol.ErrNotFound) && !given {
				// It has fewer places than it once gave: a server put back from a copy.
				given = true
				if err := c.giveBack(ctx, cursor); err != nil {
					return fmt.Errorf("giving back the places that the server has lost: %w", err)
				}
				continue
			}
			return err
		}
		if again, err := c.restored(ctx, answer.Restored); err != nil {
			return err
		} else if again && !renewed {
			renewed = true
			continue
		}
		if answer.Last > answer.Head.Size {
			next = c.askNext(ctx, answer.Head.Size, answer.KeysCursor)
		}
		if err := c.take(ctx, cursor, &answer); err != nil {
			return err
		}
		out.Received += len(answer.Entries)
		next.wait() // one question at a time
		lacking, err := c.behind(ctx, answer.Last)
		if err != nil {
			return err
		}
		if first {
			// What was just sent comes back in its turn, and is here.
			worth, err := c.worthAhead(ctx, lacking-int64(out.Sent), answer.Last)
			if err == nil && worth {
				err = c.ahead(ctx, out)
			}
			if err != nil {
				return err
			}
		}
		first = false
		if len(answer.Entries) == 0 && len(answer.Keys) < protocol.MaxSubjects {
			return nil
		}
		if len(answer.Entries) == 0 && answer.KeysCursor <= keysCursor {
			return fmt.Errorf("keys without end: %w", ErrRubbish)
		}
		if lacking == 0 {
			continue
		}
		// What is done here meanwhile does not wait for the end.
		if err := c.send(ctx, out); err != nil && !receivesAfter(err) {
			return err
		}
	}
}

// cursors gives the last place known of the log, and of the keys.
func (c *Client) cursors(ctx context.Context) (entries, keys int64, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
		if entries, err = journal.Cursor(tx); err != nil {
			return err
		}
		keys, err = number(tx, settingKeys)
		return err
	})
	return entries, keys, err
}

func (c *Client) page(ctx context.Context, cursor, keysCursor int64, limit int) (protocol.Pulled, error) {
	path := fmt.Sprintf("%s?after=%d&keysAfter=%d&limit=%d", protocol.PathPull, cursor, keysCursor, limit)
	return ask[protocol.Pulled](ctx, c.w, http.MethodGet, path, nil, false)
}

// asking is a page on its way while the one before it is being taken.
type asking struct {
	cursor, keys int64
	stop         context.CancelFunc
	done         chan struct{}
	answer       protocol.Pulled
	err          error
}

func (c *Client) askNext(ctx context.Context, cursor, keys int64) *asking {
	ctx, stop := context.WithCancel(ctx)
	a := &asking{cursor: cursor, keys: keys, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(a.done)
		a.answer, a.err = c.page(ctx, cursor, keys, protocol.MaxEntries)
	}()
	return a
}

// orAsk gives the page after the cursors, which may be on its way.
func (a *asking) orAsk(ctx context.Context, c *Client, cursor, keys int64) (protocol.Pulled, error) {
	if a == nil || a.cursor != cursor || a.keys != keys {
		a.drop()
		return c.page(ctx, cursor, keys, protocol.MaxEntries)
	}
	a.wait()
	a.stop()
	return a.answer, a.err
}

func (a *asking) wait() {
	if a != nil {
		<-a.done
	}
}

// drop gives up a page that is on its way; nil is none.
func (a *asking) drop() {
	if a != nil {
		a.stop()
		a.wait()
	}
}

// pullKeys brings the keys that the server has, with as few entries as it gives.
func (c *Client) pullKeys(ctx context.Context, out *Outcome) error {
	for {
		cursor, keysCursor, err := c.cursors(ctx)
		if err != nil {
			return err
		}
		answer, err := c.page(ctx, cursor, keysCursor, 1)
		if err != nil {
			return err
		}
		if err := c.take(ctx, cursor, &answer); err != nil {
			return err
		}
		out.Received += len(answer.Entries)
		if len(answer.Keys) < protocol.MaxSubjects || answer.KeysCursor <= keysCursor {
			return nil
		}
	}
}

// take verifies one answer to pull and takes it, or nothing of it.
func (c *Client) take(ctx context.Context, cursor int64, p *protocol.Pulled) error {
	if len(p.Entries) > protocol.MaxEntries || len(p.Devices) > maxDevices || len(p.Keys) > protocol.MaxSubjects || len(p.Sought) > protocol.MaxSought {
		return fmt.Errorf("%d entries, %d devices, %d keys in one answer: %w", len(p.Entries), len(p.Devices), len(p.Keys), ErrRubbish)
	}
	if p.Head.Authority != c.o.Enrolment.Authority || p.Head.Size != cursor+int64(len(p.Entries)) || !p.Head.Verify(c.o.Enrolment.LogKey) {
		return fmt.Errorf("the head of the log is not signed as it should be: %w", ErrLies)
	}
	known, err := c.Devices(ctx)
	if err != nil {
		return err
	}
	if err := c.checkDevices(p, known); err != nil {
		return err
	}
	keys := map[string]ed25519.PublicKey{}
	for _, d := range p.Devices {
		keys[d.ID] = d.Signature
	}
	if err := c.resend(ctx, p.Sought); err != nil {
		return err
	}
	root := p.Head.Root
	if nothing, err := c.nothingNew(ctx, p, known); err != nil || nothing {
		return err
	}
	return c.o.Journal.Receive(ctx, journal.Delivery{
		Entries: p.Entries, Keys: p.Keys, Root: &root,
		KeyOf: func(device string) ed25519.PublicKey { return keys[device] },
		Also: func(tx *store.Tx) error {
			if err := setDevices(tx, p.Devices); err != nil {
				return err
			}
			if err := c.want(tx, p.Entries); err != nil {
				return err
			}
			if err := setHead(tx, &p.Head); err != nil {
				return err
			}
			return tx.SetSetting(settingKeys, fmt.Sprint(p.KeysCursor))
		},
	})
}

const (
	settingKeys    = "sync.keys"
	settingDevices = "sync.devices"
	settingHead    = "sync.head"
	// settingRestored is the last restoration of the server of which this laptop has drawn the
	// consequences.
	settingRestored = "sync.restored"
)

// nothingNew tells whether an answer says what is known, so that nothing need be written. The
// root is compared all the same.
func (c *Client) nothingNew(ctx context.Context, p *protocol.Pulled, known []protocol.Device) (nothing bool, err error) {
	if len(p.Entries) > 0 || len(p.Keys) > 0 || protocol.DevicesHash(known) != p.Head.Devices {
		return false, nil
	}
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		keys, err := number(tx, settingKeys)
		if err != nil {
			return err
		}
		head, err := headOf(tx)
		if err != nil || head == nil || head.Size != p.Head.Size || keys != p.KeysCursor {
			return err
		}
		mine, err := journal.Root(tx, p.Head.Size)
		nothing = err == nil && mine == p.Head.Root
		return err
	})
	return nothing, err
}

// setHead keeps the head of the log as the server signed it: the proof of what it gave.
func setHead(tx *store.Tx, h *protocol.Head) error {
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return tx.SetSetting(settingHead, string(text))
}

// headOf is the head kept, nil for none.
func headOf(tx *store.Tx) (*protocol.Head, error) {
	text, err := tx.Setting(settingHead)
	if err != nil || text == "" {
		return nil, err
	}
	var h protocol.Head
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		return nil, fmt.Errorf("reading the head of the log: %w: %w", store.ErrDamaged, err)
	}
	return &h, nil
}

func number(tx *store.Tx, key string) (n int64, err error) {
	text, err := tx.Setting(key)
	if err != nil || text == "" {
		return 0, err
	}
	if _, err := fmt.Sscan(text, &n); err != nil {
		return 0, fmt.Errorf("setting %s is %q: %w", key, text, store.ErrDamaged)
	}
	return n, nil
}

// maxDevices bounds an authority's devices.
const maxDevices = 10_000

// checkDevices verifies the devices that the server names against its signed
// head and those known here. A device never goes, its key never changes, and a
// revocation is never undone: a server that says otherwise lies.
func (c *Client) checkDevices(p *protocol.Pulled, known []protocol.Device) error {
	if protocol.DevicesHash(p.Devices) != p.Head.Devices {
		return fmt.Errorf("the devices are not those of the signed head: %w", ErrLies)
	}
	named := map[string]*protocol.Device{}
	for i := range p.Devices {
		named[p.Devices[i].ID] = &p.Devices[i]
	}
	for _, was := range known {
		now := named[was.ID]
		switch {
		case now == nil:
			return fmt.Errorf("device %s is left out: %w", was.ID, ErrLies)
		case !was.Signature.Equal(now.Signature):
			return fmt.Errorf("device %s has another key: %w", was.ID, ErrLies)
		case was.Revoked != nil && now.Revoked == nil:
			return fmt.Errorf("device %s is no longer revoked: %w", was.ID, ErrLies)
		}
	}
	mine := named[c.o.Enrolment.Device]
	if mine == nil || !mine.Signature.Equal(c.o.Key.Public()) {
		return fmt.Errorf("this laptop is given another key, or none: %w", ErrLies)
	}
	return nil
}

func setDevices(tx *store.Tx, devices []protocol.Device) error {
	text, err := json.Marshal(devices)
	if err != nil {
		return err
	}
	return tx.SetSetting(settingDevices, string(text))
}

func devicesOf(tx *store.Tx) (devices []protocol.Device, err error) {
	text, err := tx.Setting(settingDevices)
	if err != nil || text == "" {
		return nil, err
	}
	if err := json.Unmarshal([]byte(text), &devices); err != nil {
		return nil, fmt.Errorf("reading the devices: %w: %w", store.ErrDamaged, err)
	}
	return devices, nil
}

// Devices gives the authority's devices as last heard.
func (c *Client) Devices(ctx context.Context) (devices []protocol.Device, err error) {
	err = c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) { devices, err = devicesOf(tx); return err })
	return devices, err
}

// KeyOf gives the keys of all devices, for journal.Verify.
func (c *Client) KeyOf(ctx context.Context) (func(device string) ed25519.PublicKey, error) {
	devices, err := c.Devices(ctx)
	if err != nil {
		return nil, err
	}
	keys := map[string]ed25519.PublicKey{c.o.Enrolment.Device: c.o.Key.Public().(ed25519.PublicKey)}
	for _, d := range devices {
		keys[d.ID] = d.Signature
	}
	return func(device string) ed25519.PublicKey { return keys[device] }, nil
}
