package office

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/parcel"
	"alpi40.fr/airial/local/release"
	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/training"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/client"
)

var (
	// ErrNoParcel: none of that kind is on this computer.
	ErrNoParcel = errors.New("no parcel of this kind")
	// ErrOlderParcel: the parcel is not newer than the one that is there.
	ErrOlderParcel = errors.New("the parcel is not newer than the present one")
)

const parcelsFolder = "parcels"

// parcels are what the agency handed out to this computer: files of the installation's folder,
// one a kind, for all authorities.
type parcels struct {
	// turn is held by who reads or replaces a file.
	turn sync.Mutex

	mu   sync.Mutex
	kept map[string]keptParcel
	came bell.Bell[string] // by kind
	// catalogue is that of the services, once it was read.
	catalogue *agency.Catalogue
}

// keptParcel is what is remembered of a file that was verified.
type keptParcel struct {
	version int
	digest  store.Digest
}

// ParcelKind is a kind of parcel that each exchange asks for.
type ParcelKind struct {
	Name string
	// Check tells whether this program can read what a parcel holds; one that it cannot does
	// not take the place of the former.
	Check func(*parcel.Parcel) error
}

// ParcelKinds are those that the exchanges bring by themselves: the explicit list. Others, like
// training modules, are fetched when a person asks for them.
func ParcelKinds() []ParcelKind {
	return []ParcelKind{
		{Name: civilstatus.FormulasKind, Check: func(p *parcel.Parcel) error { _, err := civilstatus.ParcelFormulas(p); return err }},
		{Name: release.Kind, Check: func(p *parcel.Parcel) error { _, err := release.Read(p); return err }},
		{Name: agency.CatalogueKind, Check: func(p *parcel.Parcel) error { _, err := agency.OfParcel(p); return err }},
	}
}

// CheckParcel tells whether computers can read what a parcel holds, as far as its kind is known here.
func CheckParcel(p *parcel.Parcel) error { return checkOf(p.Kind)(p) }

func checkOf(kind string) func(*parcel.Parcel) error {
	for _, k := range ParcelKinds() {
		if k.Name == kind {
			return k.Check
		}
	}
	return checkModule
}

// checkModule tells whether a training module can be read, where a parcel holds one.
func checkModule(p *parcel.Parcel) error {
	if p.Content[training.PackageFile] == nil && p.Content[training.ModuleFile] == nil {
		return nil
	}
	_, err := training.Read(p.Content)
	return err
}

func (o *Office) parcelPath(kind string) string {
	return filepath.Join(o.o.Dir, parcelsFolder, kind+".zip")
}

// Parcel reads the parcel of a kind, verified. Errors: ErrNoParcel, those of parcel.Open.
func (o *Office) Parcel(_ context.Context, kind string) (*parcel.Parcel, error) {
	if !parcel.ValidKind(kind) {
		return nil, fmt.Errorf("%.80q: %w", kind, ErrNoParcel)
	}
	keys, err := o.logKeys()
	if err != nil {
		return nil, err
	}
	raw, err := readSmall(o.parcelPath(kind), parcel.MaxSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", kind, ErrNoParcel)
	}
	if err != nil {
		return nil, err
	}
	p, err := parcel.Open(kind, raw, keys)
	if err != nil {
		return nil, err
	}
	o.parcels.mu.Lock()
	defer o.parcels.mu.Unlock()
	if o.parcels.kept == nil {
		o.parcels.kept = map[string]keptParcel{}
	}
	o.parcels.kept[kind] = keptParcel{p.Version, store.DigestOf(raw)}
	return p, nil
}

// InstallParcel takes a parcel, from the exchanges or a USB key; an empty kind takes any. Only
// one that a server of this computer has signed, and newer than the present one of its kind. It
// replaces that one whole, or not at all. Errors: those of parcel.Open and of its kind, ErrOlderParcel.
func (o *Office) InstallParcel(ctx context.Context, kind string, raw []byte) (*parcel.Parcel, error) {
	keys, err := o.logKeys()
	if err != nil {
		return nil, err
	}
	p, err := parcel.Open(kind, raw, keys)
	if err != nil {
		return nil, err
	}
	if err := checkOf(p.Kind)(p); err != nil {
		return nil, err
	}
	o.parcels.turn.Lock()
	defer o.parcels.turn.Unlock()
	// One that is there and damaged counts for none: the new one is better.
	if present, err := o.Parcel(ctx, p.Kind); err == nil && p.Version <= present.Version {
		return present, fmt.Errorf("version %d, after %d: %w", p.Version, present.Version, ErrOlderParcel)
	}
	if err := os.MkdirAll(filepath.Join(o.o.Dir, parcelsFolder), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of the parcels: %w", err)
	}
	if err := durable.WriteFile(o.parcelPath(p.Kind), raw); err != nil {
		return nil, err
	}
	o.parcels.mu.Lock()
	defer o.parcels.mu.Unlock()
	if o.parcels.kept == nil {
		o.parcels.kept = map[string]keptParcel{}
	}
	o.parcels.kept[p.Kind] = keptParcel{p.Version, store.DigestOf(raw)}
	if p.Kind == agency.CatalogueKind {
		o.parcels.catalogue = nil
	}
	o.parcels.came.Ring(p.Kind)
	return p, nil
}

// RemoveParcel frees the room of a parcel; it can be fetched again.
func (o *Office) RemoveParcel(kind string) error {
	o.parcels.turn.Lock()
	defer o.parcels.turn.Unlock()
	o.parcels.mu.Lock()
	delete(o.parcels.kept, kind)
	o.parcels.mu.Unlock()
	if err := durable.Remove(o.parcelPath(kind)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a parcel: %w", err)
	}
	return nil
}

// WatchParcels tells the kinds of the parcels that come, until ctx is done.
func (o *Office) WatchParcels(ctx context.Context) <-chan string {
	return o.parcels.came.Listen(ctx, 16)
}

// shelf is where the exchanges put the parcel of a kind.
type shelf struct {
	o    *Office
	kind string
}

// shelves are those of the kinds that each exchange asks for.
func (o *Office) shelves() map[string]client.Shelf {
	all := map[string]client.Shelf{}
	for _, k := range ParcelKinds() {
		all[k.Name] = shelf{o, k.Name}
	}
	return all
}

// Present implements client.Shelf. One that is damaged is none.
func (s shelf) Present(ctx context.Context) (int, store.Digest, error) {
	s.o.parcels.mu.Lock()
	kept, known := s.o.parcels.kept[s.kind]
	s.o.parcels.mu.Unlock()
	if known {
		return kept.version, kept.digest, nil
	}
	if _, err := s.o.Parcel(ctx, s.kind); err != nil {
		if !errors.Is(err, ErrNoParcel) {
			s.o.o.Log.Warn("reading a parcel", "kind", s.kind, "error", err.Error())
		}
		return 0, store.Digest{}, nil
	}
	s.o.parcels.mu.Lock()
	defer s.o.parcels.mu.Unlock()
	kept = s.o.parcels.kept[s.kind]
	return kept.version, kept.digest, nil
}

// Take implements client.Shelf.
func (s shelf) Take(ctx context.Context, raw []byte) error {
	_, err := s.o.InstallParcel(ctx, s.kind, raw)
	return err
}

// FetchParcel asks the server of an authority for its parcel of a kind, and gives what is then
// on this computer. Without a line, what is there is given. Errors: ErrNoParcel, those of the exchanges.
func (h *Hall) FetchParcel(ctx context.Context, kind string) (*parcel.Parcel, error) {
	_, err := h.Sync.FetchParcel(ctx, kind, shelf{h.office, kind})
	p, missing := h.office.Parcel(ctx, kind)
	if missing == nil {
		return p, nil
	}
	return nil, errors.Join(err, missing)
}
