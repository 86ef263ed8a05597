package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
	"alpi40.fr/airial/sync/server/sqlite"
)

// Why a moment is not given back, for errors.Is.
var (
	// ErrNone: no whole copy was made before that moment.
	ErrNone = errors.New("no whole copy is as old")
	// ErrHole: a part is missing between two others.
	ErrHole = errors.New("a part of the copies is missing")
	// ErrNotEmpty: something is where the server would go.
	ErrNotEmpty = errors.New("the folder is not empty")
	// ErrMissing: the server is given back, but for documents that no copy has.
	ErrMissing = errors.New("documents are missing from the copies")
)

// Report tells what was given back.
type Report struct {
	// Moment is that of the last copy that was used.
	Moment                          time.Time
	Authorities, Entries, Documents int64
	Missing                         []string // authority/digest
}

// Restore makes the server of a folder's copies as it was at a moment, in another folder, which is
// empty or missing; the zero moment is the last. Each log is computed again from its entries, each
// document's digest from its content.
func Restore(ctx context.Context, from string, identities []age.Identity, until time.Time, to string) (Report, error) {
	if some, err := os.ReadDir(to); err == nil && len(some) > 0 {
		return Report{}, fmt.Errorf("%s: %w", to, ErrNotEmpty)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Report{}, err
	}
	r := restoring{from: from, identities: identities}
	if !until.IsZero() {
		r.until = until.UTC().Format(stamp)
	}
	report, err := r.run(ctx, to)
	if err != nil {
		return report, fmt.Errorf("giving back a copy: %w", err)
	}
	if len(report.Missing) > 0 {
		return report, fmt.Errorf("%d: %w", len(report.Missing), ErrMissing)
	}
	return report, nil
}

type restoring struct {
	from, until string
	identities  []age.Identity
}

func (r *restoring) run(ctx context.Context, to string) (report Report, err error) {
	wholes, err := r.names("whole")
	if err != nil {
		return report, err
	}
	if len(wholes) == 0 {
		return report, ErrNone
	}
	last := wholes[len(wholes)-1]
	if err := r.whole(last, to); err != nil {
		return report, err
	}
	storage, err := sqlite.Open(ctx, filepath.Join(to, databaseFile), nil)
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, storage.Close()) }()
	parts, err := r.names("part")
	if err != nil {
		return report, err
	}
	for whole := last; len(parts) > 0; parts = parts[1:] {
		if parts[0] <= whole {
			continue
		}
		if err := r.part(ctx, parts[0], whole, last, storage); err != nil {
			return report, fmt.Errorf("part %s: %w", parts[0], err)
		}
		last = parts[0]
	}
	if report.Moment, err = time.Parse(stamp, last); err != nil {
		return report, err
	}
	return report, r.finish(ctx, storage, to, &report)
}

// names lists the copies of a sort that are not later than the moment.
func (r *restoring) names(sort string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(r.from, sort))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".age")
		if ok && !strings.HasPrefix(name, ".") && (r.until == "" || name <= r.until) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// open gives what a file holds.
func (r *restoring) open(name ...string) (io.Reader, io.Closer, error) {
	f, err := os.Open(filepath.Join(append([]string{r.from}, name...)...))
	if err != nil {
		return nil, nil, err
	}
	content, err := age.Decrypt(bufio.NewReaderSize(f, 1<<20), r.identities...)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("opening %s: %w", filepath.Base(f.Name()), err), f.Close())
	}
	return content, f, nil
}

func (r *restoring) whole(name, to string) error {
	content, file, err := r.open("whole", name+".age")
	if err != nil {
		return err
	}
	defer file.Close()
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for t := tar.NewReader(content); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Name != databaseFile && !slices.Contains(keyFiles, h.Name) {
			return fmt.Errorf("%q is no file of a server", h.Name)
		}
		f, err := os.OpenFile(filepath.Join(to, h.Name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, t)
		if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
			return err
		}
	}
}

// part adds what a part holds.
func (r *restoring) part(ctx context.Context, name, whole, last string, storage server.Storage) error {
	content, file, err := r.open("part", name+".age")
	if err != nil {
		return err
	}
	defer file.Close()
	z, err := zstd.NewReader(content)
	if err != nil {
		return err
	}
	defer z.Close()
	d := json.NewDecoder(z)
	var first record
	if err := d.Decode(&first); err != nil {
		return err
	}
	// A whole copy made by hand between two parts is older than what the second follows.
	if first.After > last || first.After > whole && first.After != last {
		return fmt.Errorf("it follows %s, which is not there: %w", first.After, ErrHole)
	}
	for {
		var line record
		err := d.Decode(&line)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = apply(ctx, storage, &line)
		}
		if err != nil {
			return err
		}
	}
}

func apply(ctx context.Context, s server.Storage, line *record) error {
	if h := line.House; h != nil {
		if err := applyHouse(ctx, s, h); err != nil {
			return err
		}
	}
	for _, l := range line.Acts {
		last, err := s.Acts(ctx, 0, 1)
		if err == nil && (len(last) == 0 || last[0].Seq < l.Seq) {
			_, err = s.NoteAct(ctx, l)
		}
		if err != nil {
			return err
		}
	}
	if line.Authority == nil {
		return nil
	}
	id := line.Authority.ID
	if err := s.AddAuthority(ctx, *line.Authority); err != nil && !errors.Is(err, server.ErrExists) {
		return err
	}
	for _, d := range line.Devices {
		if err := s.PutDevice(ctx, id, d); err != nil {
			return err
		}
	}
	if err := s.PutPlacedKeys(ctx, id, line.Keys); err != nil {
		return err
	}
	if err := s.NoteBlobs(ctx, id, line.Blobs); err != nil {
		return err
	}
	return s.Write(ctx, id, func(l server.Log) error {
		size, err := l.Size()
		if err != nil {
			return err
		}
		rest := line.Entries
		for len(rest) > 0 && rest[0].Seq <= size {
			rest = rest[1:] // the whole copy has it already
		}
		if len(rest) > 0 && rest[0].Seq != size+1 {
			return fmt.Errorf("entry %d of %s after %d: %w", rest[0].Seq, id, size, ErrHole)
		}
		return server.Append(l, rest)
	})
}

func applyHouse(ctx context.Context, s server.Storage, h *house) error {
	for _, a := range h.Administrators {
		if err := s.PutAdministrator(ctx, a); err != nil {
			return err
		}
	}
	if h.Trust != nil {
		if err := s.SetTrust(ctx, *h.Trust); err != nil && !errors.Is(err, server.ErrNotNewer) {
			return err
		}
	}
	for kind, p := range h.Parcels {
		if err := s.SetParcel(ctx, kind, p); err != nil && !errors.Is(err, server.ErrNotNewer) {
			return err
		}
	}
	return nil
}

// finish brings the documents back and verifies everything.
func (r *restoring) finish(ctx context.Context, s server.Storage, to string, report *Report) error {
	folder, err := server.NewFolder(filepath.Join(to, "blobs"))
	if err != nil {
		return err
	}
	h := house{}
	if t, err := s.Trust(ctx); err == nil {
		h.Trust = &t
	}
	if h.Parcels, err = s.Parcels(ctx); err != nil {
		return err
	}
	if h.Trust != nil {
		if err := r.document(ctx, folder, server.TrustShelf, h.Trust.Digest, report); err != nil {
			return err
		}
	}
	for _, p := range h.Parcels {
		if err := r.document(ctx, folder, server.ParcelShelf, p.Digest, report); err != nil {
			return err
		}
	}
	authorities, err := s.Authorities(ctx)
	if err != nil {
		return err
	}
	for _, a := range authorities {
		err := s.Read(ctx, a.ID, func(l server.Log) error {
			n, _, err := server.VerifyLog(l)
			report.Entries += n
			return err
		})
		if err != nil {
			return fmt.Errorf("authority %s: %w", a.ID, err)
		}
		report.Authorities++
		for after := (store.Digest{}); ; {
			some, err := s.BlobsAfter(ctx, a.ID, after, page)
			if err != nil {
				return err
			}
			if len(some) == 0 {
				break
			}
			for _, b := range some {
				if err := r.document(ctx, folder, a.ID, b.Digest, report); err != nil {
					return err
				}
			}
			after = some[len(some)-1].Digest
		}
	}
	// The list of the documents is that of the database: none is to be looked for in the folder. And
	// the server first takes back what it had given since: nothing gets a place before the operator
	// says that the laptops have come by.
	return errors.Join(os.WriteFile(filepath.Join(to, "blobs", ".listed"), nil, 0o600), durable.WriteFile(filepath.Join(to, embedded.RecoveringFile), nil))
}

func (r *restoring) document(ctx context.Context, folder *server.Folder, authority string, d store.Digest, report *Report) error {
	content, file, err := r.open("blobs", authority, d.String()+".age")
	if errors.Is(err, fs.ErrNotExist) {
		report.Missing = append(report.Missing, authority+"/"+d.String())
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	if err := folder.Take(ctx, authority, d, content); err != nil {
		return err
	}
	report.Documents++
	return nil
}
