package civilstatus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
)

// errExport: the file of an export is not what it should be.
var errExport = errors.New("the export is not valid")

// restoring reads an export back.
type restoring struct {
	r     *Registry
	ctx   context.Context
	actor string
	dir   string
	out   *Restored
	// files are the images by the first digits of their digests, as their names end.
	files map[string]string
	// batch are the entries to come, stream by stream; count is told which had some.
	batch [][]journal.Draft
	count []func(known bool)
}

func (in *restoring) index() error {
	in.files = map[string]string{}
	err := filepath.WalkDir(filepath.Join(in.dir, imagesFolder), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // no image at all
		}
		if err != nil || d.IsDir() {
			return err
		}
		stem := strings.TrimSuffix(d.Name(), filepath.Ext(d.Name()))
		if at := strings.LastIndexByte(stem, '-'); at >= 0 {
			in.files[stem[at+1:]] = name
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("looking into the images of the export: %w", err)
	}
	return nil
}

func (in *restoring) read(d *json.Decoder) error {
	if err := open(d, '{'); err != nil {
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return fmt.Errorf("%w: %w", errExport, err)
		}
		if err := in.field(d, key); err != nil {
			return err
		}
	}
	return in.flush()
}

func open(d *json.Decoder, want json.Delim) error {
	if t, err := d.Token(); err != nil || t != want {
		return fmt.Errorf("%w: %v for %v: %w", errExport, t, want, errors.Join(err))
	}
	return nil
}

func (in *restoring) field(d *json.Decoder, key json.Token) error {
	switch key {
	case "format":
		var format string
		if err := d.Decode(&format); err != nil || format != exportFormat {
			return fmt.Errorf("%w: format %.40q", errExport, format)
		}
	case "settings":
		var s Settings
		if err := d.Decode(&s); err != nil {
			return fmt.Errorf("%w: settings: %w", errExport, err)
		}
		return in.add([]journal.Draft{{Stream: settledStream, Kind: KindSettled, Data: s}}, nil)
	case "formulas":
		var all []Revision
		if err := d.Decode(&all); err != nil {
			return fmt.Errorf("%w: formulas: %w", errExport, err)
		}
		return in.revisions(all)
	case "acts":
		return each(d, func(a Act) error {
			pages := a.Images
			pages = append(pages[:len(pages):len(pages)], a.Former...)
			for i := range a.Mentions {
				for k := range a.Mentions[i].Notices {
					pages = append(pages, a.Mentions[i].Notices[k].ReceiptPages...)
				}
			}
			if a.ID == "" || a.Kind.Name() == "" {
				return fmt.Errorf("%w: an act without kind or id", errExport)
			}
			return in.keep("act/"+a.ID, KindImported, a, pages, func(known bool) {
				if known {
					in.out.Known++
				} else {
					in.out.Acts++
				}
			})
		})
	case "notices":
		return each(d, func(n Incoming) error {
			return in.keep(incomingPrefix+n.ID, KindRestored, n, n.Pages, func(known bool) {
				if !known {
					in.out.Notices++
				}
			})
		})
	case "links":
		return each(d, func(l Link) error {
			kind := KindParted
			if l.Linked {
				kind = KindLinked
			}
			return in.keep(linkStream(l.A, l.B), kind, l, nil, nil)
		})
	case "deaths":
		return each(d, func(x Demise) error { return in.keep(deathPrefix+x.ID, KindDeathRestored, x, nil, nil) })
	default:
		for _, a := range in.r.annexes {
			if a.Name == key {
				return in.annexed(d, a)
			}
		}
		// The commune, what a later form may add.
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return fmt.Errorf("%w: %w", errExport, err)
		}
	}
	return nil
}

// each reads the elements of a list, one in memory at a time.
func each[T any](d *json.Decoder, do func(T) error) error {
	if err := open(d, '['); err != nil {
		return err
	}
	for d.More() {
		var v T
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%w: %w", errExport, err)
		}
		if err := do(v); err != nil {
			return err
		}
	}
	return open(d, ']')
}

// revisions keeps the history of the formulas, where there is none.
func (in *restoring) revisions(all []Revision) error {
	return in.commit(func(tx *store.Tx) (drafts []journal.Draft, err error) {
		there, err := revisions(tx)
		if err != nil || len(there) > 0 {
			return nil, err
		}
		for _, v := range all {
			drafts = append(drafts, journal.Draft{Stream: formulaStream, Kind: KindFormulas, Data: v})
		}
		return drafts, nil
	})
}

// keep puts the pages of a thing into the store, and the thing into the batch.
func (in *restoring) keep(stream, kind string, data any, pages []Image, count func(known bool)) error {
	var digests []store.Digest
	for _, p := range pages {
		if err := in.page(p); err != nil {
			return err
		}
		digests = append(digests, p.Digest)
	}
	return in.add([]journal.Draft{{Stream: stream, Kind: kind, Data: data, Blobs: digests}}, count)
}

func (in *restoring) page(p Image) error {
	blobs := in.r.j.Store().Blobs()
	if blobs.Has(p.Digest) {
		return nil
	}
	name, known := in.files[p.Digest.String()[:16]]
	if !known {
		return fmt.Errorf("%w: the page %.80q is missing", errExport, p.Name)
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("opening a page of the export: %w", err)
	}
	defer f.Close()
	if _, _, err := blobs.PutAs(in.ctx, p.Digest, io.LimitReader(f, MaxImage+1)); err != nil {
		return fmt.Errorf("keeping the page %.80q: %w", p.Name, err)
	}
	return nil
}

// add puts the entries of one stream into the batch.
func (in *restoring) add(d []journal.Draft, count func(known bool)) error {
	if count == nil {
		count = func(bool) {}
	}
	in.batch, in.count = append(in.batch, d), append(in.count, count)
	if len(in.batch) < restoredBatch {
		return nil
	}
	return in.flush()
}

func (in *restoring) flush() error {
	known := make([]bool, len(in.batch))
	err := in.commit(func(tx *store.Tx) (drafts []journal.Draft, err error) {
		drafts = nil
		for i, d := range in.batch {
			records, err := journal.Stream(tx, d[0].Stream)
			if err != nil {
				return nil, err
			}
			if known[i] = len(records) > 0; !known[i] {
				drafts = append(drafts, d...)
			}
		}
		return drafts, nil
	})
	if err != nil {
		return err
	}
	for i, count := range in.count {
		count(known[i])
	}
	in.batch, in.count = in.batch[:0], in.count[:0]
	return nil
}

func (in *restoring) commit(do func(*store.Tx) ([]journal.Draft, error)) error {
	_, err := in.r.j.Commit(in.ctx, in.actor, do)
	return err
}
