package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// NewFile is a file that comes into the vault.
type NewFile struct {
	Space, Parent string
	Name          string
	Modified      time.Time
}

// Folder makes a folder and gives its id. Errors: refusals, ErrLocked.
func (v *Vault) Folder(ctx context.Context, actor, space, parent, name string) (id string, err error) {
	err = v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := v.create(tx, actor, NewFile{Space: space, Parent: parent, Name: name}, nil)
		id = strings.TrimPrefix(d.Stream, PrefixItem)
		return []journal.Draft{d}, err
	})
	return id, err
}

// encrypted is a content on the disk, under a space's key, that no entry names yet.
type encrypted struct {
	blob store.Digest
	size int64
	key  string
}

// encrypt stores a content under the present key of a space, of at most store.MaxBlob bytes.
// Errors: ErrLocked, store.ErrTooLarge, a refusal when actor may not write there.
func (v *Vault) encrypt(ctx context.Context, actor, space string, from io.Reader) (e encrypted, err error) {
	var r ring
	err = v.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		var s spaceRow
		if s, r, err = v.opened(tx, space); err != nil {
			return err
		}
		return MayUse(s.public(), actor, Writer, v.today())
	})
	if err != nil {
		return e, err
	}
	e.key = r.current.id
	e.blob, _, err = v.j.Store().Blobs().PutSealed(ctx, func(w io.Writer) error {
		plain, err := age.Encrypt(w, r.current.identity.Recipient())
		if err != nil {
			return err
		}
		if e.size, err = io.CopyBuffer(struct{ io.Writer }{plain}, struct{ io.Reader }{from}, make([]byte, 256<<10)); err != nil {
			return err
		}
		return plain.Close()
	})
	if err != nil {
		return e, fmt.Errorf("putting a file into the vault: %w", err)
	}
	return e, nil
}

// Put brings a file in and gives its id. It is on the disk, encrypted, when Put returns.
// Errors: refusals, ErrLocked, store.ErrTooLarge, store.ErrDiskFull.
func (v *Vault) Put(ctx context.Context, actor string, n NewFile, from io.Reader) (id string, err error) {
	if err := CheckName(n.Name); err != nil {
		return "", err
	}
	e, err := v.encrypt(ctx, actor, n.Space, from)
	if err != nil {
		return "", err
	}
	err = v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := v.create(tx, actor, n, &e)
		id = strings.TrimPrefix(d.Stream, PrefixItem)
		return []journal.Draft{d}, err
	})
	return id, err
}

func (v *Vault) create(tx *store.Tx, actor string, n NewFile, e *encrypted) (d journal.Draft, err error) {
	s, r, err := v.opened(tx, n.Space)
	if err != nil {
		return d, err
	}
	if err := MayUse(s.public(), actor, Writer, v.today()); err != nil {
		return d, err
	}
	p := place{Parent: n.Parent, Name: n.Name, Folder: e == nil}
	if err := v.mayStand(tx, n.Space, "", p); err != nil {
		return d, err
	}
	return v.creation(r, PrefixItem+v.j.NewID(), n.Space, p, e, n.Modified)
}

// creation drafts the first entry of an item. Its content lies under whatever key of the ring it
// was encrypted with.
func (v *Vault) creation(r ring, stream, space string, p place, e *encrypted, modified time.Time) (d journal.Draft, err error) {
	data := created{Space: space}
	if data.Place, err = r.current.seal(v.o.Rand, stream, p); err != nil {
		return d, err
	}
	d = journal.Draft{Stream: stream, Kind: KindCreated}
	if e != nil {
		b, err := v.sealContent(r, stream, *e, modified)
		if err != nil {
			return d, err
		}
		data.Content, d.Blobs = &b, []store.Digest{e.blob}
	}
	d.Data = data
	return d, nil
}

// sealContent seals a version's description under the key of its content.
func (v *Vault) sealContent(r ring, stream string, e encrypted, modified time.Time) (box, error) {
	k := r.keys[e.key]
	if k == nil {
		return box{}, ErrLocked
	}
	return k.seal(v.o.Rand, stream, content{Size: e.size, Modified: modified.UnixMicro()})
}

// mayStand tells whether an item may have a place: its folder is there, and the name is free.
func (v *Vault) mayStand(tx *store.Tx, space, id string, p place) error {
	if err := CheckName(p.Name); err != nil {
		return err
	}
	if p.Parent != "" {
		parent, err := v.item(tx, p.Parent)
		if errors.Is(err, store.ErrNotFound) || err == nil && (parent.Space != space || !parent.Folder || parent.Trashed) {
			return &rule.Refusal{Why: "Ce dossier n’est plus là.", Cure: "Choisissez un autre dossier."}
		}
		if err != nil {
			return err
		}
		for at := p.Parent; p.Folder && at != ""; {
			if at == id {
				return &rule.Refusal{Why: "Un dossier ne se range pas dans lui-même.", Cure: "Choisissez un autre dossier."}
			}
			if err := tx.Get(`SELECT shown FROM vault_open WHERE item = ?`, []any{at}, &at); err != nil {
				return err
			}
		}
	}
	var n int
	if err := tx.Get(`SELECT count(*) FROM vault_open WHERE space = ? AND trashed = 0 AND shown = ? AND folder IN (0, 1) AND sorted = ? AND name = ? COLLATE NOCASE AND item <> ?`,
		[]any{space, p.Parent, sortedAs(p.Name), p.Name, id}, &n); err != nil {
		return err
	}
	if n > 0 {
		return &rule.Refusal{Why: "« " + p.Name + " » existe déjà dans ce dossier.", Cure: "Donnez un autre nom, ou ajoutez une version à ce qui existe."}
	}
	return nil
}

// act makes one act on an item that actor may write.
func (v *Vault) act(ctx context.Context, actor, id string, decide func(*store.Tx, Item, ring) (journal.Draft, error)) error {
	return v.commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		i, err := v.item(tx, id)
		if err != nil {
			return nil, err
		}
		s, r, err := v.opened(tx, i.Space)
		if err != nil {
			return nil, err
		}
		if err := MayUse(s.public(), actor, Writer, v.today()); err != nil {
			return nil, err
		}
		d, err := decide(tx, i, r)
		if err != nil || d.Kind == "" {
			return nil, err
		}
		d.Stream = PrefixItem + id
		return []journal.Draft{d}, nil
	})
}

// AddVersion gives a file another content; the same content makes no version. Errors: those of Put.
func (v *Vault) AddVersion(ctx context.Context, actor, id string, modified time.Time, from io.Reader) error {
	var i Item
	err := v.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if i, err = v.item(tx, id); err != nil {
			return err
		}
		return mayEdit(i, actor, v.j.Device())
	})
	if err != nil {
		return err
	}
	e, err := v.encrypt(ctx, actor, i.Space, from)
	if err != nil {
		return err
	}
	return v.act(ctx, actor, id, func(tx *store.Tx, i Item, r ring) (journal.Draft, error) {
		if err := mayEdit(i, actor, v.j.Device()); err != nil {
			return journal.Draft{}, err
		}
		if same, err := v.same(tx, i, r, e); err != nil || same {
			return journal.Draft{}, err
		}
		b, err := v.sealContent(r, PrefixItem+id, e, modified)
		return journal.Draft{Kind: KindVersion, Data: versioned{Content: b}, Blobs: []store.Digest{e.blob}}, err
	})
}

// same tells whether a content is that of the last version.
func (v *Vault) same(tx *store.Tx, i Item, r ring, e encrypted) (bool, error) {
	if i.Size != e.size || !v.j.Store().Blobs().Has(i.Blob) {
		return false, nil
	}
	row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, i.ID)
	if err != nil {
		return false, err
	}
	k := r.keys[row.Versions[len(row.Versions)-1].Content.Key]
	if k == nil || r.keys[e.key] == nil {
		return false, nil
	}
	before, err := v.decrypt(i.Blob, k)
	if err != nil {
		return false, err
	}
	defer before.Close()
	after, err := v.decrypt(e.blob, r.keys[e.key])
	if err != nil {
		return false, err
	}
	defer after.Close()
	return equal(before, after)
}

func equal(a, b io.Reader) (bool, error) {
	x, y := make([]byte, 256<<10), make([]byte, 256<<10)
	for {
		n, err := io.ReadFull(a, x)
		m, again := io.ReadFull(b, y)
		if n != m || string(x[:n]) != string(y[:m]) {
			return false, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return true, nil
		}
		if err = errors.Join(err, again); err != nil {
			return false, err
		}
	}
}

// Place renames an item, or moves it to another folder of its space. Errors: refusals, ErrLocked.
func (v *Vault) Place(ctx context.Context, actor, id, parent, name string) error {
	return v.act(ctx, actor, id, func(tx *store.Tx, i Item, r ring) (journal.Draft, error) {
		p := place{Parent: parent, Name: name, Folder: i.Folder, Note: i.Note()}
		if i.Parent == parent && i.Name == name {
			return journal.Draft{}, nil
		}
		if err := v.mayStand(tx, i.Space, id, p); err != nil {
			return journal.Draft{}, err
		}
		return v.placing(id, p, r)
	})
}

func (v *Vault) placing(id string, p place, r ring) (journal.Draft, error) {
	b, err := r.current.seal(v.o.Rand, PrefixItem+id, p)
	return journal.Draft{Stream: PrefixItem + id, Kind: KindPlaced, Data: placed{Place: b}}, err
}

// Trash puts an item, and what is in it, into the trash. Errors: refusals.
func (v *Vault) Trash(ctx context.Context, actor, id string) error {
	return v.act(ctx, actor, id, func(_ *store.Tx, i Item, _ ring) (journal.Draft, error) {
		if i.Trashed {
			return journal.Draft{}, nil
		}
		if !i.Folder && !i.Note() {
			if err := mayEdit(i, actor, v.j.Device()); err != nil {
				return journal.Draft{}, err
			}
		}
		return journal.Draft{Kind: KindTrashed, Data: struct{}{}}, nil
	})
}

// Restore takes an item out of the trash: to its place, or to the top of the space when its folder
// is gone; under another name when its own was taken meanwhile.
func (v *Vault) Restore(ctx context.Context, actor, id string) error {
	err := v.act(ctx, actor, id, func(_ *store.Tx, i Item, _ ring) (journal.Draft, error) {
		if !i.Trashed {
			return journal.Draft{}, nil
		}
		return journal.Draft{Kind: KindRestored, Data: struct{}{}}, nil
	})
	if err != nil {
		return err
	}
	return v.act(ctx, actor, id, func(tx *store.Tx, i Item, r ring) (journal.Draft, error) {
		p := place{Parent: i.Parent, Name: i.Name, Folder: i.Folder, Note: i.Note()}
		for at := p.Parent; at != ""; {
			above, err := v.item(tx, at)
			if errors.Is(err, store.ErrNotFound) || err == nil && above.Trashed {
				p.Parent = ""
				break
			}
			if err != nil {
				return journal.Draft{}, err
			}
			at = above.Parent
		}
		for n := 2; ; n++ {
			err := v.mayStand(tx, i.Space, id, p)
			if err == nil {
				break
			}
			if rule.Find(err) == nil || n > 100 {
				return journal.Draft{}, err
			}
			p.Name = numbered(i.Name, n)
		}
		if p.Parent == i.Parent && p.Name == i.Name {
			return journal.Draft{}, nil
		}
		return v.placing(id, p, r)
	})
}

// numbered is «devis (2).pdf».
func numbered(name string, n int) string { return beside(name, fmt.Sprint(n)) }

// beside is «devis (note).pdf», cut where file systems cut.
func beside(name, note string) string {
	ending := path.Ext(name)
	if ending == name {
		ending = ""
	}
	stem := strings.TrimSuffix(name, ending)
	note = " (" + note + ")"
	for len(stem)+len(note)+len(ending) > maxName && stem != "" {
		_, size := lastRune(stem)
		stem = stem[:len(stem)-size]
	}
	return stem + note + ending
}

// RestoreVersion makes a former version the last one again, as a version of its own.
func (v *Vault) RestoreVersion(ctx context.Context, actor, id string, number int) error {
	return v.act(ctx, actor, id, func(tx *store.Tx, i Item, r ring) (journal.Draft, error) {
		if err := mayEdit(i, actor, v.j.Device()); err != nil {
			return journal.Draft{}, err
		}
		row, err := store.GetDecoded[itemRow](tx, `SELECT data FROM vault_item WHERE id = ?`, id)
		if err != nil {
			return journal.Draft{}, err
		}
		if number < 1 || number >= len(row.Versions) {
			return journal.Draft{}, &rule.Refusal{Why: "Cette version est déjà la dernière, ou n’existe pas.", Cure: "Choisissez une version plus ancienne."}
		}
		from := row.Versions[number-1]
		if !v.j.Store().Blobs().Has(from.Blob) {
			return journal.Draft{}, fmt.Errorf("version %d: %w", number, store.ErrNotFound)
		}
		var c content
		if err := r.open(from.Content, PrefixItem+id, &c); err != nil {
			return journal.Draft{}, err
		}
		b, err := v.sealContent(r, PrefixItem+id, encrypted{blob: from.Blob, size: c.Size, key: from.Content.Key}, v.j.Now())
		return journal.Draft{Kind: KindVersion, Data: versioned{Content: b}, Blobs: []store.Digest{from.Blob}}, err
	})
}

// TakeOut marks a file as being in actor's hands on this computer, which others see; nobody else
// writes a version meanwhile. Errors: refusals.
func (v *Vault) TakeOut(ctx context.Context, actor, id string) error {
	return v.act(ctx, actor, id, func(_ *store.Tx, i Item, _ ring) (journal.Draft, error) {
		if err := mayEdit(i, actor, v.j.Device()); err != nil || i.Out != nil {
			return journal.Draft{}, err
		}
		return journal.Draft{Kind: KindTakenOut, Data: takenOut{Person: actor}}, nil
	})
}

// GiveBack ends TakeOut. A manager of the space may do it for somebody who forgot.
func (v *Vault) GiveBack(ctx context.Context, actor, id string) error {
	return v.act(ctx, actor, id, func(tx *store.Tx, i Item, _ ring) (journal.Draft, error) {
		if i.Out == nil {
			return journal.Draft{}, nil
		}
		if i.Out.Person != actor {
			s, _, err := v.space(tx, i.Space)
			if err != nil {
				return journal.Draft{}, err
			}
			if err := MayUse(s.public(), actor, Manager, v.today()); err != nil {
				return journal.Draft{}, &rule.Refusal{Why: "Ce fichier est entre les mains d’une autre personne.", Cure: "Demandez-lui de le rendre, ou à un gestionnaire de l’espace de le reprendre."}
			}
		}
		return journal.Draft{Kind: KindGivenBack, Data: struct{}{}}, nil
	})
}
