package drive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"golang.org/x/net/webdav"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// tree is the vault as WebDAV's file system.
type tree struct {
	o     Options
	aside webdav.FileSystem // of what programs leave for themselves
}

// known turns an error of the vault into one that WebDAV answers by its status.
func known(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrNotFound):
		return missing("")
	case rule.Find(err) != nil || errors.Is(err, vault.ErrLocked):
		return fmt.Errorf("%w: %w", fs.ErrPermission, err)
	}
	return err
}

// missing is what WebDAV's handler knows as absent: it does not look into wrapped errors.
func missing(name string) error { return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist} }

// own tells whether a name is a program's own affair: it never reaches the vault.
func own(name string) bool {
	base := path.Base(name)
	lower := strings.ToLower(base)
	return strings.HasPrefix(base, ".~lock.") || strings.HasPrefix(base, "~$") || strings.HasPrefix(base, "._") ||
		lower == ".ds_store" || lower == "thumbs.db" || lower == "desktop.ini" || strings.HasPrefix(base, ".Trash") || lower == "autorun.inf"
}

// asideName is where such a file lies.
func asideName(name string) string {
	sum := sha256.Sum256([]byte(path.Clean("/" + name)))
	return "/" + hex.EncodeToString(sum[:])
}

// node is a place of the tree: the top, a space, or an item.
type node struct {
	space *vault.Space
	item  *vault.Item
	name  string // as it is shown
}

func (n node) spaceID() string {
	if n.space == nil {
		return ""
	}
	return n.space.ID
}

func (n node) itemID() string {
	if n.item == nil {
		return ""
	}
	return n.item.ID
}

func (n node) IsDir() bool { return n.item == nil || n.item.Folder }

// shown gives each space its name, no two the same.
func (t *tree) shown(ctx context.Context) ([]node, error) {
	all, err := t.o.Vault.Spaces(ctx, t.o.Person)
	if err != nil {
		return nil, err
	}
	taken := map[string]bool{}
	var out []node
	for i := range all {
		if all[i].Locked {
			continue
		}
		out = append(out, node{space: &all[i], name: distinct(plain(t.o.Name(all[i])), taken)})
	}
	return out, nil
}

// plain is a name without what parts a path.
func plain(name string) string {
	return strings.NewReplacer("/", "-", `\`, "-").Replace(name)
}

// distinct adds a number to a name that is taken, and takes it.
func distinct(name string, taken map[string]bool) string {
	ending := path.Ext(name)
	stem := strings.TrimSuffix(name, ending)
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = fmt.Sprintf("%s (%d)%s", stem, n, ending)
	}
	taken[strings.ToLower(name)] = true
	return name
}

// perPage is how many items are read at a time.
const perPage = 2000

// inside gives what is in a folder or a space, no two names the same.
func (t *tree) inside(ctx context.Context, of node) (out []node, err error) {
	if of.space == nil {
		return t.shown(ctx)
	}
	taken := map[string]bool{}
	var after vault.After
	for more := true; more; {
		var page []vault.Item
		page, after, more, err = t.o.Vault.List(ctx, t.o.Person, of.space.ID, of.itemID(), after, perPage)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if page[i].Note() {
				continue // it is written in Airial
			}
			out = append(out, node{space: of.space, item: &page[i], name: distinct(plain(page[i].Name), taken)})
		}
	}
	return out, nil
}

// at finds a place by its path. fs.ErrNotExist.
func (t *tree) at(ctx context.Context, name string) (n node, err error) {
	for part := range strings.SplitSeq(strings.Trim(path.Clean("/"+name), "/"), "/") {
		if part == "" {
			continue
		}
		if n, err = t.child(ctx, n, part); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (t *tree) child(ctx context.Context, of node, name string) (node, error) {
	if !of.IsDir() {
		return node{}, missing(name)
	}
	if of.space != nil {
		i, err := t.o.Vault.Named(ctx, t.o.Person, of.space.ID, of.itemID(), name)
		if err == nil && i.Name == name && !i.Note() {
			return node{space: of.space, item: &i, name: name}, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return node{}, known(err)
		}
	}
	all, err := t.inside(ctx, of)
	if err != nil {
		return node{}, known(err)
	}
	for _, n := range all {
		if n.name == name {
			return n, nil
		}
	}
	return node{}, missing(name)
}

// find gives the file of a path, for locks; nil when there is none.
func (t *tree) find(ctx context.Context, name string) *vault.Item {
	if own(name) {
		return nil
	}
	n, err := t.at(ctx, name)
	if err != nil || n.item == nil || n.item.Folder {
		return nil
	}
	return n.item
}

// above gives the folder that a path stands in, which is in a space, and the path's last name.
func (t *tree) above(ctx context.Context, name string) (node, string, error) {
	dir, base := path.Split(path.Clean("/" + name))
	n, err := t.at(ctx, dir)
	if err == nil && n.space == nil {
		err = fmt.Errorf("a space is made in Airial: %w", fs.ErrPermission)
	}
	return n, base, err
}

// Mkdir implements webdav.FileSystem.
func (t *tree) Mkdir(ctx context.Context, name string, _ os.FileMode) error {
	if _, err := t.at(ctx, name); err == nil {
		return fs.ErrExist
	}
	in, base, err := t.above(ctx, name)
	if err != nil {
		return err
	}
	_, err = t.o.Vault.Folder(ctx, t.o.Person, in.spaceID(), in.itemID(), base)
	return known(err)
}

// RemoveAll implements webdav.FileSystem: to the trash. What a MOVE writes over is kept for Rename.
func (t *tree) RemoveAll(ctx context.Context, name string) error {
	if own(name) {
		return t.aside.RemoveAll(ctx, asideName(name))
	}
	n, err := t.at(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if n.item == nil {
		return fmt.Errorf("a space is closed in Airial: %w", fs.ErrPermission)
	}
	if r := requestOf(ctx); r.method == "MOVE" && !n.item.Folder {
		r.replaced = n.item
		return nil
	}
	return known(t.o.Vault.Trash(ctx, t.o.Person, n.item.ID))
}

// Rename implements webdav.FileSystem. Over a file, it makes a version of it.
func (t *tree) Rename(ctx context.Context, from, to string) error {
	if own(from) && own(to) {
		return t.aside.Rename(ctx, asideName(from), asideName(to))
	}
	if own(from) {
		return t.promote(ctx, from, to)
	}
	n, err := t.at(ctx, from)
	if err != nil {
		return err
	}
	in, base, err := t.above(ctx, to)
	if err != nil {
		return err
	}
	if n.item == nil || n.spaceID() != in.spaceID() {
		return fmt.Errorf("from one space to another, one copies: %w", fs.ErrPermission)
	}
	if r := requestOf(ctx); r.replaced != nil && r.replaced.ID != n.item.ID {
		return known(t.replace(ctx, *n.item, *r.replaced))
	}
	return known(t.o.Vault.Place(ctx, t.o.Person, n.item.ID, in.itemID(), base))
}

func (t *tree) replace(ctx context.Context, by, what vault.Item) error {
	c, err := t.o.Vault.Open(ctx, t.o.Person, by.ID, 0)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := t.o.Vault.AddVersion(ctx, t.o.Person, what.ID, by.Modified, c); err != nil {
		return err
	}
	return t.o.Vault.Trash(ctx, t.o.Person, by.ID)
}

// promote takes a program's own file into the vault, when it is renamed to a document.
func (t *tree) promote(ctx context.Context, from, to string) error {
	f, err := t.aside.OpenFile(ctx, asideName(from), os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	w, err := t.create(ctx, to)
	if err != nil {
		return err
	}
	w.expect = -1
	if _, err := io.Copy(w, f); err != nil {
		return errors.Join(err, w.abandon(err))
	}
	if err := w.Close(); err != nil {
		return err
	}
	return t.aside.RemoveAll(ctx, asideName(from))
}

// Stat implements webdav.FileSystem.
func (t *tree) Stat(ctx context.Context, name string) (os.FileInfo, error) {
	if own(name) {
		return t.aside.Stat(ctx, asideName(name))
	}
	n, err := t.at(ctx, name)
	if err != nil {
		return nil, err
	}
	return t.info(n), nil
}

// OpenFile implements webdav.FileSystem.
func (t *tree) OpenFile(ctx context.Context, name string, flag int, perm os.FileMode) (webdav.File, error) {
	if own(name) {
		return t.aside.OpenFile(ctx, asideName(name), flag, perm)
	}
	if flag&(os.O_WRONLY|os.O_RDWR) != 0 && flag&(os.O_TRUNC|os.O_CREATE) != 0 {
		return t.create(ctx, name)
	}
	n, err := t.at(ctx, name)
	if err != nil {
		return nil, err
	}
	if n.IsDir() {
		return &folder{t: t, ctx: ctx, n: n}, nil
	}
	c, err := t.o.Vault.Open(ctx, t.o.Person, n.item.ID, 0)
	if err != nil {
		return nil, known(err)
	}
	return &file{Content: c, info: t.info(n)}, nil
}

// info is a place as a file's description.
type info struct {
	name string
	size int64
	at   time.Time
	dir  bool
}

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return i.at }
func (i info) IsDir() bool        { return i.dir }
func (i info) Sys() any           { return nil }
func (i info) Mode() os.FileMode {
	if i.dir {
		return fs.ModeDir | 0o700
	}
	return 0o600
}

func (t *tree) info(n node) info {
	if n.item == nil {
		return info{name: n.name, at: t.o.Now(), dir: true}
	}
	return info{name: n.name, size: n.item.Size, at: n.item.At, dir: n.item.Folder}
}

// file is one being read.
type file struct {
	vault.Content
	info info
}

func (f *file) Stat() (os.FileInfo, error)         { return f.info, nil }
func (f *file) Readdir(int) ([]os.FileInfo, error) { return nil, fs.ErrInvalid }
func (f *file) Write([]byte) (int, error)          { return 0, fs.ErrPermission }

// folder is one being listed.
type folder struct {
	t    *tree
	ctx  context.Context
	n    node
	left []node
	read bool
}

func (f *folder) Close() error                   { return nil }
func (f *folder) Read([]byte) (int, error)       { return 0, fs.ErrInvalid }
func (f *folder) Write([]byte) (int, error)      { return 0, fs.ErrInvalid }
func (f *folder) Seek(int64, int) (int64, error) { return 0, fs.ErrInvalid }
func (f *folder) Stat() (os.FileInfo, error)     { return f.t.info(f.n), nil }

func (f *folder) Readdir(count int) (out []os.FileInfo, err error) {
	if !f.read {
		if f.left, err = f.t.inside(f.ctx, f.n); err != nil {
			return nil, known(err)
		}
		f.read = true
	}
	n := len(f.left)
	if count > 0 {
		if n == 0 {
			return nil, io.EOF
		}
		n = min(n, count)
	}
	for _, one := range f.left[:n] {
		out = append(out, f.t.info(one))
	}
	f.left = f.left[n:]
	return out, nil
}

// written is a file being written: encrypted into the vault as it comes.
type written struct {
	t      *tree
	name   string
	to     *io.PipeWriter
	done   chan error
	n      int64
	expect int64 // -1: unknown
}

// errCut: the sender stopped before the end: nothing is made of what came.
var errCut = errors.New("the file did not come whole")

// create begins a file, or a version of one that is there.
func (t *tree) create(ctx context.Context, name string) (*written, error) {
	in, base, err := t.above(ctx, name)
	if err != nil {
		return nil, err
	}
	if !in.IsDir() {
		return nil, fs.ErrNotExist
	}
	there, err := t.child(ctx, in, base)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err == nil && there.IsDir() {
		return nil, fs.ErrPermission
	}
	from, to := io.Pipe()
	w := &written{t: t, name: base, to: to, done: make(chan error, 1), expect: requestOf(ctx).length}
	if requestOf(ctx).method != "PUT" {
		w.expect = -1
	}
	go func() {
		// A request that is dropped is told by its length; what is whole is kept.
		kept := context.WithoutCancel(ctx)
		var err error
		if there.item != nil {
			err = t.o.Vault.AddVersion(kept, t.o.Person, there.item.ID, t.o.Now(), from)
		} else {
			_, err = t.o.Vault.Put(kept, t.o.Person, vault.NewFile{Space: in.spaceID(), Parent: in.itemID(), Name: base, Modified: t.o.Now()}, from)
		}
		from.CloseWithError(known(err))
		w.done <- err
	}()
	return w, nil
}

func (w *written) Write(p []byte) (int, error) {
	n, err := w.to.Write(p)
	w.n += int64(n)
	return n, err
}

func (w *written) abandon(why error) error {
	_ = w.to.CloseWithError(why) // never fails
	return <-w.done
}

// Close ends the file: when it returns nil, it is in the vault.
func (w *written) Close() error {
	if w.expect >= 0 && w.n != w.expect {
		return known(w.abandon(errCut))
	}
	if err := w.to.Close(); err != nil {
		return err
	}
	return known(<-w.done)
}

func (w *written) Read([]byte) (int, error)           { return 0, fs.ErrPermission }
func (w *written) Seek(int64, int) (int64, error)     { return 0, fs.ErrInvalid }
func (w *written) Readdir(int) ([]os.FileInfo, error) { return nil, fs.ErrInvalid }
func (w *written) Stat() (os.FileInfo, error) {
	return info{name: w.name, size: w.n, at: w.t.o.Now()}, nil
}
