package desk

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/shell"
)

// asked is what the program was started for: files to send into the parapheur, a place to show.
type asked struct {
	Files []string `json:"files,omitempty"`
	Link  string   `json:"link,omitempty"`
}

// empty: the program was started for nothing in particular.
func (a asked) empty() bool { return len(a.Files) == 0 && a.Link == "" }

// scheme begins the links to places of Airial: airial:parapheur/folder/0193….
const scheme = "airial:"

// arguments reads the program's arguments: links, provisioning files, and files for the parapheur.
func arguments(args []string) (a asked, provisioning string) {
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, scheme):
			a.Link = arg
		case strings.EqualFold(filepath.Ext(arg), provision.Extension):
			provisioning = arg
		default:
			if path, err := filepath.Abs(arg); err == nil {
				arg = path
			}
			a.Files = append(a.Files, arg)
		}
	}
	return a, provisioning
}

// maxAsked bounds what another start of the program says; handTime, how long each waits for the other.
const (
	maxAsked = 256 << 10
	handTime = 3 * time.Second
)

// instance is the one window of a person: the first start listens, the next hand over what they were asked and end.
type instance struct{ listener net.Listener }

// claim makes this start the first, or hands a over to the one that is (then there is no instance, and no error).
// A system without such sockets has as many windows as starts: the store keeps them from one another.
func claim(ctx context.Context, path string, a asked) (*instance, bool) {
	switch err := handOver(ctx, path, a); {
	case err == nil:
		return nil, false
	case !errors.Is(err, errAlone):
		slog.Info("speaking to the window that is open", "error", err.Error())
	}
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), removed(path)); err != nil {
		slog.Info("keeping to one window", "error", err.Error())
		return nil, true
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		slog.Info("keeping to one window", "error", err.Error())
		return nil, true
	}
	return &instance{l}, true
}

var errAlone = errors.New("no window is open")

func removed(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing what a former start left: %w", err)
	}
	return nil
}

// handOver tells the open window what is asked. Error: errAlone.
func handOver(ctx context.Context, path string, a asked) error {
	ctx, stop := context.WithTimeout(ctx, handTime)
	defer stop()
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return errors.Join(errAlone, err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(handTime)); err != nil {
		return fmt.Errorf("bounding the wait: %w", err)
	}
	if err := json.NewEncoder(c).Encode(a); err != nil {
		return fmt.Errorf("handing over: %w", err)
	}
	if answer, err := bufio.NewReader(io.LimitReader(c, 8)).ReadString('\n'); err != nil || answer != "ok\n" {
		return fmt.Errorf("the open window did not answer: %w", errors.Join(errAlone, err))
	}
	return nil
}

// hear gives take what later starts are asked, until ctx ends.
func (i *instance) hear(ctx context.Context, take func(asked)) {
	context.AfterFunc(ctx, func() { _ = i.listener.Close() }) // Accept then ends; the socket goes with it
	for {
		c, err := i.listener.Accept()
		if err != nil {
			if ctx.Err() == nil {
				slog.Info("listening for other starts", "error", err.Error())
			}
			return
		}
		a, err := heard(c)
		if err := errors.Join(err, c.Close()); err != nil {
			slog.Info("hearing another start", "error", err.Error())
			continue
		}
		take(a)
	}
}

func heard(c net.Conn) (a asked, err error) {
	if err := c.SetDeadline(time.Now().Add(handTime)); err != nil {
		return a, fmt.Errorf("bounding the wait: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(c, maxAsked)).Decode(&a); err != nil {
		return a, fmt.Errorf("reading what is asked: %w", err)
	}
	_, err = io.WriteString(c, "ok\n")
	return a, err
}

// take does what a start of the program was asked, on the window's thread.
func (d *desk) take(a asked) {
	if d.shell == nil {
		d.later = append(d.later, a) // somebody is at the door still
		return
	}
	if r, ok := place(a.Link); ok {
		d.shell.Go(r)
	}
	if len(a.Files) > 0 {
		d.shell.Take(parapheur.Name, a.Files)
	}
}

// place reads a link to a place of Airial. What it names beyond the page is the page's to look up.
func place(link string) (r shell.Route, ok bool) {
	const longest = 400
	rest, ok := strings.CutPrefix(link, scheme)
	rest = strings.Trim(rest, "/")
	if !ok || rest == "" || len(rest) > longest || strings.ContainsFunc(rest, func(c rune) bool { return c <= ' ' || c == 0x7f }) {
		return r, false
	}
	page, arg, _ := strings.Cut(rest, "/")
	return shell.Route{Page: shell.PageName(page), Arg: arg}, true
}

// onlyWindow claims the window of this person. It tells false when another one took what is asked.
func onlyWindow(ctx context.Context, a asked) (*instance, bool) {
	cache, err := os.UserCacheDir()
	if err != nil {
		slog.Info("keeping to one window", "error", err.Error())
		return nil, true
	}
	return claim(ctx, filepath.Join(cache, "airial", "window.sock"), a)
}

// again does what another start was asked, and brings the window forward.
func (d *desk) again(a asked) {
	d.thread.do(func() {
		d.w.RequestFocus()
		d.take(a)
	})
}
