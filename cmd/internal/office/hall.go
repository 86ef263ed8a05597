package office

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/comedec"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/registers"
	agency "alpi40.fr/airial/local/services" // this package has services of its own
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/local/services/news"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/player"
	"alpi40.fr/airial/sync/tdt"
)

// Hall is one authority on this computer.
type Hall struct {
	Journal *journal.Journal
	Store   *store.DB
	People  *authority.Registry
	Folders *parapheur.Desk
	Council *council.Council
	Acts    *civilstatus.Registry
	Copies  *copies.Window
	// Verifications is the rehearsal of COMEDEC.
	Verifications *comedec.Desk
	// Practice is the certificates of who trained.
	Practice *practice.Book
	Counter  *agency.Counter
	// Privacy is the town hall's data protection, News what feeds say.
	Privacy *privacy.Office
	News    *news.Board
	// School is self-training, Diary the conferences.
	School *training.School
	Diary  *conference.Diary
	Public *publication.Publisher
	// Legality is what is transmitted to the State's representative.
	Legality *actes.Review
	// Registers is what follows sittings, and the mayor's own acts.
	Registers *registers.Registers
	// Vault is the digital vault.
	Vault *vault.Vault
	// Mail is the mail kept on this computer.
	Mail *mailbox.Box
	// Team is who answers what, in a mailbox that several read.
	Team *mailbox.Team
	Sync *client.Client

	office *Office
	device *device
	id     string
	gate   gate

	life    context.Context // of what Start began; nil before
	stop    context.CancelFunc
	running sync.WaitGroup

	carrying struct { // what thirdparty.go knows
		pass sync.Mutex
		sync.Mutex
		client  *tdt.Client
		trouble error
		asked   map[string]time.Time
	}

	bench       bench
	shared      shared
	playing     sync.Mutex
	player      *player.Player // the training module that plays, nil for none
	linking     sync.Mutex     // of what is to be sent by links, and of online
	online      *online
	mailing     mailing
	siteSending sync.Mutex
	siteQueued  chan struct{} // of one place, as those that follow
	watching    chan struct{} // another folder is watched
	taken       chan struct{} // something is in hand
}

// Projections are those of all modules: the explicit list of what Airial keeps.
func Projections() []journal.Projection {
	var all []journal.Projection
	all = append(all, authority.Projections()...)
	all = append(all, parapheur.Projections()...)
	all = append(all, council.Projections()...)
	all = append(all, registers.Projections()...)
	all = append(all, civilstatus.Projections()...)
	all = append(all, copies.Projections()...)
	all = append(all, comedec.Projections()...)
	all = append(all, practice.Projections()...)
	all = append(all, agency.Projections()...)
	all = append(all, privacy.Projections()...)
	all = append(all, training.Projections()...)
	all = append(all, mailbox.Projections()...)
	all = append(all, conference.Projections()...)
	all = append(all, publication.Projections()...)
	all = append(all, actes.Projections()...)
	all = append(all, vault.Projections()...)
	return all
}

// ErrOtherAuthority tells a code that joins another authority than the one that was expected.
var ErrOtherAuthority = errors.New("this code is another authority's")

// Enrol joins this computer to an authority's server with a code, and opens it.
// Errors: those of client.Enrol; an authority that is here already.
func (o *Office) Enrol(ctx context.Context, server client.Server, code, name string) (*Hall, error) {
	return o.EnrolIn(ctx, server, "", code, name)
}

// EnrolIn is Enrol where the authority (its SIREN) is known beforehand; an empty one is any.
// Errors: those of Enrol, ErrOtherAuthority.
func (o *Office) EnrolIn(ctx context.Context, server client.Server, authority, code, name string) (*Hall, error) {
	d, err := newDevice(name, o.o.Rand)
	if err != nil {
		return nil, err
	}
	exchange, err := d.exchangeKey()
	if err != nil {
		return nil, err
	}
	e, err := client.Enrol(ctx, o.through(server), code, name, d.signatureKey(), exchange)
	if err != nil {
		return nil, err
	}
	if authority != "" && e.Authority != authority {
		return nil, fmt.Errorf("%w: %s, not %s", ErrOtherAuthority, e.Authority, authority)
	}
	if _, err := o.readDevice(e.Authority); !errors.Is(err, ErrNoDevice) {
		return nil, errors.Join(fmt.Errorf("authority %s is on this computer already", e.Authority), err)
	}
	if d.Enrolment, err = json.Marshal(e); err != nil {
		return nil, fmt.Errorf("writing the enrolment: %w", err)
	}
	if err := o.keepDevice(e.Authority, d); err != nil {
		return nil, err
	}
	return o.Hall(ctx, e.Authority)
}

// secrets are an authority's keys. salt is its device's, or nil for a copy that
// stands on its own: a restored backup.
func (o *Office) secrets(id string, salt []byte) (s store.Secrets, err error) {
	for purpose, to := range map[keys.Purpose]*[32]byte{keys.Database: &s.Database, keys.Documents: &s.Documents} {
		derived, err := o.master.Derive(purpose, id)
		if err != nil {
			return s, err
		}
		salted, err := hkdf.Key(sha256.New, derived[:], salt, "airial hall 1", keys.Size)
		clear(derived[:])
		if err != nil {
			return s, fmt.Errorf("deriving the %s key: %w", purpose, err)
		}
		copy(to[:], salted)
		clear(salted)
	}
	s.Backups, err = o.master.Derive(keys.Backup, id)
	return s, err
}

func (o *Office) open(ctx context.Context, id string) (*Hall, error) {
	d, e, err := o.enrolled(id)
	if err != nil {
		return nil, err
	}
	secrets, err := o.secrets(id, d.Salt)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, store.Options{Dir: o.hallDir(id), Secrets: secrets, Now: o.o.Now})
	if err != nil {
		return nil, err
	}
	h := o.hall(id, d, db)
	if err := h.join(ctx, e); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

// hall is an authority whose database is open; join makes its modules.
func (o *Office) hall(id string, d *device, db *store.DB) *Hall {
	return &Hall{Store: db, office: o, device: d, id: id, stop: func() {}, gate: gate{moved: make(chan struct{}, 1)}, bench: bench{all: map[string]*inHand{}}, siteQueued: make(chan struct{}, 1),
		watching: make(chan struct{}, 1), taken: make(chan struct{}, 1)}
}

func (h *Hall) join(ctx context.Context, e client.Enrolment) (err error) {
	o := h.office.o
	h.Journal, err = journal.Open(ctx, h.Store, journal.Options{
		Authority: e.Authority, Device: journal.Device{ID: e.Device, Key: h.device.signatureKey()}, Projections: Projections(),
		Now: o.Now, Rand: o.Rand, NewID: h.office.newID,
	})
	if err != nil {
		return err
	}
	library, err := council.ReadLibrary()
	if err != nil {
		return err
	}
	formulas, err := civilstatus.Standard()
	if err != nil {
		return err
	}
	h.People, h.Folders = authority.New(h.Journal), parapheur.New(h.Journal)
	h.Folders.Against(h.office.schemas)
	h.Folders.Ask(h.office.revokedSince)
	h.Council, h.Acts = council.New(h.Journal, library), civilstatus.New(h.Journal, formulas)
	effects, err := copies.ReadEffects()
	if err != nil {
		return err
	}
	h.Copies = copies.New(h.Journal, h.Acts, effects)
	h.Verifications = comedec.New(h.Journal, h.Acts, h.Copies)
	h.Practice = practice.NewBook(h.Journal)
	h.Acts.Beside(append(copies.Annexes(), comedec.Annex(), practice.Annex())...)
	h.Counter = agency.New(h.Journal)
	own, err := privacy.Own()
	if err != nil {
		return err
	}
	h.Privacy, h.News = privacy.New(h.Journal, own), news.New(h.Store)
	h.School, h.Diary = training.New(h.Journal), conference.New(h.Journal)
	h.Team = mailbox.NewTeam(h.Journal)
	h.Public = publication.New(h.Journal, h.Council)
	h.Legality = actes.New(h.Journal, h.Folders.FollowFiling)
	orders, err := registers.ReadLibrary()
	if err != nil {
		return err
	}
	h.Registers = registers.New(h.Journal, h.Council, orders, publication.ListOnline, actes.Themes)
	e.Server = h.office.through(e.Server)
	h.Sync, err = client.New(client.Options{
		Journal: h.Journal, Enrolment: e, Key: h.device.signatureKey(), Now: o.Now, Rand: o.Rand, Log: o.Log, OnRevoked: h.revoked,
		Trust: fromServer{h.office}, Parcels: h.office.shelves(), Needed: h.needed, Shunned: h.shunned, First: first, Urgent: urgent, Network: h.office.line,
	})
	if err != nil {
		return err
	}
	if err := h.openVault(e); err != nil {
		return err
	}
	return h.openMail(ctx)
}

// newID makes a UUIDv7 of the office's randomness.
func (o *Office) newID() string {
	id, err := uuid.NewV7FromReader(o.o.Rand)
	if err != nil {
		// The system's randomness does not fail; an id made without it would be a lie.
		panic(fmt.Errorf("drawing an id: %w", err))
	}
	return id.String()
}

// Office is the installation that the hall is of.
func (h *Hall) Office() *Office { return h.office }

// ID is the authority's.
func (h *Hall) ID() string { return h.id }

// Device is the name people gave this computer.
func (h *Hall) Device() string { return h.device.Name }

// Enrolment is what the server knows this computer as.
func (h *Hall) Enrolment() (e client.Enrolment, err error) {
	return e, json.Unmarshal(h.device.Enrolment, &e)
}

const settingPerson = "person"

// Person is who works on this computer: the id of one of the authority's
// people, empty while nobody has said so.
func (h *Hall) Person(ctx context.Context) (id string, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { id, err = tx.Setting(settingPerson); return err })
	return id, err
}

// SetPerson says who works on this computer.
func (h *Hall) SetPerson(ctx context.Context, id string) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingPerson, id) })
}

// Authority describes the authority. store.ErrNotFound before the first exchange.
func (h *Hall) Authority(ctx context.Context) (a authority.Authority, err error) {
	err = h.Store.View(ctx, func(tx *store.Tx) (err error) { a, err = authority.Current(tx); return err })
	return a, err
}

// Raise timestamps what was signed offline on this computer.
func (h *Hall) Raise(ctx context.Context) (int, error) {
	person, err := h.Person(ctx)
	if err != nil {
		return 0, err
	}
	return h.Folders.Raise(ctx, person, h.office.raise)
}

// Exchange is one whole exchange: what waits for a timestamp is raised first,
// when that can be; its failure does not keep the rest from leaving.
func (h *Hall) Exchange(ctx context.Context) (client.Outcome, error) {
	_, raising := h.Raise(ctx)
	out, err := h.Sync.Once(ctx)
	if n, again := h.reconcile(ctx); again != nil {
		err = errors.Join(err, again)
	} else if n > 0 && err == nil {
		out, err = h.Sync.Once(ctx)
	}
	return out, errors.Join(err, raising)
}

// reconcile repeats what lost its place to what others wrote, where nobody need be asked.
func (h *Hall) reconcile(ctx context.Context) (int, error) {
	acts, err := h.Folders.Reconcile(ctx)
	files, again := h.Vault.Reconcile(ctx)
	texts, third := h.Council.Reconcile(ctx)
	minutes, fourth := h.Registers.Reconcile(ctx)
	return acts + files + texts + minutes, errors.Join(err, again, third, fourth)
}

// Quiet keeps the authority open with nothing that goes on by itself and its exchanges suspended: the safe mode.
func (h *Hall) Quiet(ctx context.Context) {
	h.life, h.stop = context.WithCancel(ctx)
	h.Sync.SetOnline(false)
}

// Start exchanges in the background until the hall is closed.
func (h *Hall) Start(ctx context.Context) {
	ctx, h.stop = context.WithCancel(ctx)
	h.life = ctx
	h.running.Go(func() {
		if err := h.Sync.Run(ctx); err != nil && ctx.Err() == nil {
			h.office.o.Log.Error("the exchanges have ended", "error", err.Error())
		}
	})
	h.running.Go(func() { h.raiseInTime(ctx) })
	h.running.Go(func() { h.carryInTime(ctx) })
	h.running.Go(func() { h.sendSiteInTime(ctx) })
	h.running.Go(func() { h.keepWorking(ctx) })
	h.running.Go(func() { h.wakeWithLine(ctx) })
	h.carryMails(ctx)
	h.running.Go(func() { h.fetchNewsInTime(ctx) })
	h.running.Go(func() { h.lookAtSiteInTime(ctx) })
}

// Go runs work beside the hall until the hall is closed; the hall was started.
func (h *Hall) Go(work func(ctx context.Context)) {
	h.running.Go(func() { work(h.life) })
}

// StartWatching imports what comes into the watched folder, and by the door of business
// software, until the hall is closed; the hall was started.
func (h *Hall) StartWatching(read Pager) {
	h.Go(func(ctx context.Context) { h.Watch(ctx, read) })
	h.Go(func(ctx context.Context) { h.RunGateway(ctx, read) })
	h.Go(func(ctx context.Context) { h.keepVault(ctx, read) })
}

// raiseInTime raises after each change of the exchanges' state that went well.
func (h *Hall) raiseInTime(ctx context.Context) {
	changed := h.Sync.Watch(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		if s := h.Sync.Status(); s.Running || s.Err != nil {
			continue
		}
		if _, err := h.reconcile(ctx); err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("repeating acts that lost their place", "error", err.Error())
		}
		if _, err := h.Raise(ctx); err != nil {
			h.office.o.Log.Info("raising signatures", "error", err.Error())
		}
		if err := h.office.RefreshEvidence(ctx); err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("asking for proofs of revocation state", "error", err.Error())
		}
	}
}

func (h *Hall) close() error {
	err := errors.Join(h.CloseDrive(), h.closeOnline())
	h.stop()
	h.running.Wait()
	return errors.Join(err, h.Store.Close())
}

// Backup writes the whole authority, encrypted, to a file that must not exist.
func (h *Hall) Backup(ctx context.Context, path string, progress func(done, of int)) error {
	return backup(ctx, h.Store, path, h.office.o.Now(), progress)
}

func backup(ctx context.Context, db *store.DB, path string, at time.Time, progress func(done, of int)) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making the backup: %w", err)
	}
	err = db.Backup(ctx, f, at, progress)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// BackupInto is Backup to a file of dir named after the authority and the time.
func (h *Hall) BackupInto(ctx context.Context, dir string, progress func(done, of int)) (path string, err error) {
	path = filepath.Join(dir, "airial-"+h.id+"-"+h.office.o.Now().Format("20060102-150405")+".age")
	return path, h.Backup(ctx, path, progress)
}

// Restore opens a backup into a folder where no authority is, with this
// installation's keys. Errors: those of store.Restore.
func (o *Office) Restore(ctx context.Context, backup, id, dir string) error {
	secrets, err := o.secrets(id, nil)
	if err != nil {
		return err
	}
	f, err := os.Open(backup)
	if err != nil {
		return fmt.Errorf("opening the backup: %w", err)
	}
	defer f.Close()
	return store.Restore(ctx, f, dir, secrets)
}

// OpenCopy opens a restored folder to look into it; nothing is exchanged from it.
func (o *Office) OpenCopy(ctx context.Context, id, dir string) (*store.DB, error) {
	secrets, err := o.secrets(id, nil)
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Options{Dir: dir, Secrets: secrets, Now: o.o.Now})
}
