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
	"sync"
	"time"

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
}

// Client exchanges one authority's journal. It may be used from several goroutines.
type Client struct {
	o    Options
	w    *wire
	once chan struct{} // one exchange at a time

	mu       sync.Mutex
	status   Status
	stop     context.CancelFunc // of the exchange under way
	watchers map[chan struct{}]bool
	kick     chan struct{}
	revoked  bool
	refused  map[string]refusal // of each path, the last package that was not taken
}

// Status is the state of the exchanges.
type Status struct {
	LastSuccess time.Time
	// Out are entries that wait to be sent, In documents that wait to be fetched.
	Out, In   int
	Running   bool
	Err       error // of the last exchange; nil when it held
	NextTry   time.Time
	Conflicts int
	// Clock is by how much the server's clock is ahead of this one.
	Clock time.Duration
	// Paused: a person asked to work offline.
	Paused bool
	// Trust is why the last trust package offered was not taken; nil when all is well. It
	// does not make an exchange fail: the one that was there stays.
	Trust error
}

// New makes a client; nothing is exchanged before Once or Run.
func New(o Options) (*Client, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	w, err := newWire(o.Enrolment.Server, o.Now)
	if err != nil {
		return nil, err
	}
	w.device, w.name, w.key = o.Enrolment.Device, o.Enrolment.Enrolled.Server, o.Key
	return &Client{o: o, w: w, once: make(chan struct{}, 1), watchers: map[chan struct{}]bool{}, kick: make(chan struct{}, 1)}, nil
}

// Status gives the present state.
func (c *Client) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.status
}

// Watch tells of each change of the status until ctx is done.
func (c *Client) Watch(ctx context.Context) <-chan struct{} {
	told := make(chan struct{}, 1)
	c.mu.Lock()
	c.watchers[told] = true
	c.mu.Unlock()
	context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, told)
	})
	return told
}

// SetOnline pauses or resumes the exchanges: a person's wish to work offline.
// Pausing stops the one under way; what it has not sent leaves later.
func (c *Client) SetOnline(online bool) {
	c.change(func(s *Status) {
		s.Paused = !online
		if !online && c.stop != nil {
			c.stop()
		}
	})
	if online {
		c.wake()
	}
}

func (c *Client) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

func (c *Client) change(do func(*Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do(&c.status)
	for told := range c.watchers {
		select {
		case told <- struct{}{}:
		default:
		}
	}
}

// Outcome is what one exchange did.
type Outcome struct {
	Sent, Contested, Received int
	Uploaded, Downloaded      int
	Trust                     bool // another trust package was taken
	Parcels                   int  // other parcels that were taken
}

// Once makes one whole exchange. Errors: those of this package and of protocol.
func (c *Client) Once(ctx context.Context) (Outcome, error) {
	select {
	case c.once <- struct{}{}:
		defer func() { <-c.once }()
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	}
	c.change(func(s *Status) { s.Running = true })
	out, err := c.pausable(ctx)
	err = classify(err)
	if errors.Is(err, protocol.ErrRevoked) {
		c.tellRevoked()
	}
	c.finish(ctx, err)
	return out, err
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
	var waiting, wanted, conflicts int
	read := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
		if waiting, err = c.o.Journal.Waiting(tx); err != nil {
			return err
		}
		list, err := wantedOf(tx)
		if err != nil {
			return err
		}
		wanted = len(list)
		all, err := journal.Conflicts(tx)
		conflicts = len(all)
		return err
	})
	return func(s *Status) {
		if read == nil {
			s.Out, s.In, s.Conflicts = waiting, wanted, conflicts
		}
	}
}

// pausable makes the exchange, unless or until a person wants to work offline.
func (c *Client) pausable(ctx context.Context) (Outcome, error) {
	inner, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	paused := c.status.Paused
	c.stop = stop
	c.mu.Unlock()
	if paused {
		return Outcome{}, ErrPaused
	}
	out, err := c.exchange(inner)
	if err != nil && ctx.Err() == nil && inner.Err() != nil {
		return out, fmt.Errorf("%w: %w", ErrPaused, err)
	}
	return out, err
}

func (c *Client) exchange(ctx context.Context) (out Outcome, err error) {
	sending := c.send(ctx, &out)
	if sending != nil && !receivesAfter(sending) {
		return out, sending
	}
	if err := errors.Join(c.receive(ctx, &out), sending); err != nil {
		return out, err
	}
	c.receiveTrust(ctx, &out)
	c.receiveParcels(ctx, &out)
	return out, nil
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
	if err := c.fetchWanted(ctx, out); err != nil {
		return fmt.Errorf("receiving documents: %w", err)
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

// pushBytes bounds one batch, well under protocol.MaxBody.
const pushBytes = 4 << 20

func (c *Client) push(ctx context.Context, out *Outcome) error {
	sent := map[string]bool{}
	for {
		batch, err := c.outgoing(ctx, sent)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := c.uploadFor(ctx, batch, out); err != nil {
			return err
		}
		answer, err := ask[protocol.Pushed](ctx, c.w, http.MethodPost, protocol.PathPush, protocol.Push{Entries: batch}, false)
		if err != nil {
			return err
		}
		if len(answer.Outcomes) == 0 || len(answer.Outcomes) > len(batch) {
			return fmt.Errorf("%d outcomes for %d entries: %w", len(answer.Outcomes), len(batch), ErrRubbish)
		}
		for i, o := range answer.Outcomes {
			if o.ID != batch[i].ID {
				return fmt.Errorf("an outcome for another entry: %w", ErrRubbish)
			}
			switch o.Fate {
			case protocol.FateAccepted, protocol.FateKnown:
				out.Sent++
			case protocol.FateContested:
				out.Sent++
				out.Contested++
			default:
				return fmt.Errorf("entry %s (%s): %s %s: %w", o.ID, batch[i].Kind, o.Code, o.Detail, ErrStuck)
			}
			sent[o.ID] = true
		}
		// The places come back with pull: that is what acknowledges an entry here.
		// Further batches are those after the last one sent.
	}
}

// outgoing gives the next entries to send, those sent in this exchange left out.
func (c *Client) outgoing(ctx context.Context, sent map[string]bool) ([]journal.Entry, error) {
	var batch []journal.Entry
	err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) error {
		all, err := c.o.Journal.Outgoing(tx, len(sent)+protocol.MaxEntries)
		if err != nil {
			return err
		}
		size := 0
		for i := range all {
			if sent[all[i].ID] {
				continue
			}
			if size += len(all[i].Data)*4/3 + 2000; len(batch) > 0 && (size > pushBytes || len(batch) == protocol.MaxEntries) {
				break
			}
			batch = append(batch, all[i])
		}
		return nil
	})
	return batch, err
}

func (c *Client) pull(ctx context.Context, out *Outcome) error {
	for {
		var cursor, keysCursor int64
		err := c.o.Journal.Store().View(ctx, func(tx *store.Tx) (err error) {
			if cursor, err = journal.Cursor(tx); err != nil {
				return err
			}
			keysCursor, err = number(tx, settingKeys)
			return err
		})
		if err != nil {
			return err
		}
		path := fmt.Sprintf("%s?after=%d&keysAfter=%d", protocol.PathPull, cursor, keysCursor)
		answer, err := ask[protocol.Pulled](ctx, c.w, http.MethodGet, path, nil, false)
		if err != nil {
			if errors.Is(err, protocol.ErrNotFound) {
				// It has fewer places than it once gave: a server put back from an old copy.
				return fmt.Errorf("the server has forgotten places it gave: %w: %w", ErrLies, err)
			}
			return err
		}
		if err := c.take(ctx, cursor, &answer); err != nil {
			return err
		}
		out.Received += len(answer.Entries)
		if len(answer.Entries) == 0 && len(answer.Keys) < protocol.MaxSubjects {
			return nil
		}
		if len(answer.Entries) == 0 && answer.KeysCursor <= keysCursor {
			return fmt.Errorf("keys without end: %w", ErrRubbish)
		}
	}
}

// take verifies one answer to pull and takes it, or nothing of it.
func (c *Client) take(ctx context.Context, cursor int64, p *protocol.Pulled) error {
	if len(p.Entries) > protocol.MaxEntries || len(p.Devices) > maxDevices || len(p.Keys) > protocol.MaxSubjects {
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
	root := p.Head.Root
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
			return tx.SetSetting(settingKeys, fmt.Sprint(p.KeysCursor))
		},
	})
}

const (
	settingKeys    = "sync.keys"
	settingDevices = "sync.devices"
)

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
