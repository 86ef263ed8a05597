package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/ui/shell/dragout"
)

// System is what the shell asks of the operating system. Open and Print are given a file; Pick and SavePath show the
// system's own dialogs and return ErrNoDialog when there is none (the shell then shows Fyne's) or no path when the
// person gave up. All run off the window's thread. TempDir is a private folder, emptied by its owner.
type System interface {
	Open(ctx context.Context, path string) error
	Print(ctx context.Context, path string) error
	Pick(ctx context.Context, f Files) ([]string, error)
	SavePath(ctx context.Context, title, name string) (string, error)
	// Carry drags files out of the window; see [dragout.Carry].
	Carry(ctx context.Context, c dragout.Cargo) (dragout.Outcome, error)
	TempDir() string
}

// ErrNoDialog tells that the system has no file dialog of its own.
var ErrNoDialog = errors.New("no file dialog of the system")

func trimmed(s string) string { return strings.TrimSpace(s) }

func (s *Shell) pickFiles(f Files, picked func([]string)) {
	go func() {
		paths, err := s.c.System.Pick(s.ctx, f)
		s.c.Schedule(func() {
			switch {
			case errors.Is(err, ErrNoDialog):
				s.pickInWindow(f, picked)
			case err != nil:
				s.fail(err)
			case len(paths) > 0:
				picked(paths)
			}
		})
	}()
}

func (s *Shell) pickInWindow(f Files, picked func([]string)) {
	if f.Folder {
		dialog.ShowFolderOpen(func(u fyne.ListableURI, err error) {
			switch {
			case err != nil:
				s.fail(err)
			case u != nil:
				picked([]string{u.Path()})
			}
		}, s.c.Window)
		return
	}
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil {
			s.fail(err)
			return
		}
		if r != nil {
			path := r.URI().Path()
			_ = r.Close() // only its path is wanted
			picked([]string{path})
		}
	}, s.c.Window)
	if len(f.Extensions) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(f.Extensions))
	}
	d.Show()
}

func (s *Shell) save(d Document) {
	go func() {
		path, err := s.c.System.SavePath(s.ctx, d.Name, d.Name)
		s.c.Schedule(func() {
			switch {
			case errors.Is(err, ErrNoDialog):
				s.saveInWindow(d)
			case err != nil:
				s.fail(err)
			case path != "":
				s.write(d, path)
			}
		})
	}()
}

func (s *Shell) saveInWindow(d Document) {
	box := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
		if err != nil {
			s.fail(err)
			return
		}
		if w != nil {
			path := w.URI().Path()
			_ = w.Close() // written by write, to tell progress and errors; until then nothing stands there
			_ = os.Remove(path)
			s.write(d, path)
		}
	}, s.c.Window)
	box.SetFileName(d.Name)
	box.Show()
}

func (s *Shell) write(d Document, path string) {
	t := s.c.Text
	s.run(Action{ID: "save " + path, Label: t.Text("shell.saving", "name", d.Name),
		Run:  func(ctx context.Context, _ Progress) error { return copyTo(ctx, d, path) },
		Done: func() { s.toast(Done, t.Text("shell.saved", "name", filepath.Base(path)), nil) }})
}

// openPath hands a file that is there to the system.
func (s *Shell) openPath(path string) {
	name := filepath.Base(path)
	s.run(Action{ID: "open " + path, Label: s.c.Text.Text("shell.opening", "name", name),
		Run: func(ctx context.Context, _ Progress) error { return s.c.System.Open(ctx, path) }})
}

// openWith writes a private copy and hands it to the system.
func (s *Shell) openWith(d Document, key string, open func(context.Context, string) error) {
	s.run(Action{ID: key + " " + d.Name, Label: s.c.Text.Text(key, "name", d.Name),
		Run: func(ctx context.Context, _ Progress) error {
			dir, err := os.MkdirTemp(s.c.System.TempDir(), "doc-")
			if err != nil {
				return fmt.Errorf("making a private folder: %w", err)
			}
			path := filepath.Join(dir, safeName(d.Name))
			if err := copyTo(ctx, d, path); err != nil {
				return err
			}
			return open(ctx, path)
		}})
}

// ErrAddress: not an address that is opened from here.
var ErrAddress = errors.New("not an address of the web")

// browse opens an address in the system's browser.
func (s *Shell) browse(address string) {
	s.run(Action{ID: "browse " + address, Label: s.c.Text.Text("shell.browsing"), Run: func(ctx context.Context, _ Progress) error {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(u.Scheme == "http" && u.Hostname() == "127.0.0.1") {
			return fmt.Errorf("%.200q: %w", address, ErrAddress)
		}
		return s.c.System.Open(ctx, u.String())
	}})
}

// copyTo writes a document: a stop in the middle leaves what stood there before, or nothing.
func copyTo(ctx context.Context, d Document, path string) error {
	from, err := d.Open(ctx)
	if err != nil {
		return fmt.Errorf("opening %s: %w", d.Name, err)
	}
	defer from.Close()
	if err := durable.Copy(path, stopped{ctx, from}); err != nil {
		return fmt.Errorf("writing %s: %w", d.Name, err)
	}
	return nil
}

// stopped is a content that is read no further once ctx is done.
type stopped struct {
	ctx  context.Context
	from io.Reader
}

func (s stopped) Read(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.from.Read(b)
}

// safeName makes a file name that any system takes.
func safeName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`<>:"/\|?*`, r) {
			return '-'
		}
		return r
	}, name)
	if clean = strings.Trim(clean, ". "); clean == "" {
		return "document.pdf"
	}
	return clean
}
