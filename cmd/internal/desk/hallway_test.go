package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/shell"
)

// Thirty tasks of a newcomer (testdata/hallway.txt) are done in the window by what is written on it, in as many gestures as the
// list says, which are never more than half as many again as the least possible.
func TestHallwayInTheWindow(t *testing.T) {
	errands, err := readErrands()
	if err != nil {
		t.Fatal(err)
	}
	if len(errands) < 30 {
		t.Errorf("%d tasks", len(errands))
	}
	for _, e := range errands {
		if 2*e.takes > 3*e.least {
			t.Errorf("«%s» takes %d gestures, where %d could do", e.name, e.takes, e.least)
		}
	}
	inTheWindow(t, "hallway")
}

// errand is one task of the list.
type errand struct {
	name, at     string
	takes, least int
	gestures     [][2]string // what is done, with what
}

func readErrands() (all []errand, err error) {
	raw, err := os.ReadFile(filepath.Join("testdata", "hallway.txt"))
	if err != nil {
		return nil, err
	}
	for n, line := range strings.Split(string(raw), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "", "#":
		case "task":
			all = append(all, errand{name: rest})
		case "at":
			e := &all[len(all)-1]
			if _, err := fmt.Sscanf(rest, "%s takes %d least %d", &e.at, &e.takes, &e.least); err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
		default:
			e := &all[len(all)-1]
			e.gestures = append(e.gestures, [2]string{word, rest})
		}
	}
	return all, nil
}

// share is how many tasks are done unless AIRIAL_JOBS=all asks for all of them.
const share = 8

// hallway does the tasks, each from the first page; those that cannot be done, or take another number of gestures than the list
// says, are told together.
func (h *hands) hallway() error {
	errands, err := readErrands()
	if err != nil {
		return err
	}
	only := os.Getenv("AIRIAL_TASK")
	var failed []error
	for n, e := range errands {
		if only != "" && !strings.Contains(e.name, only) {
			continue
		}
		if only == "" && n >= share && !whole() {
			break
		}
		if err := h.begin(e.at); err != nil {
			return err
		}
		err := h.run(e)
		if err == nil && h.made != e.takes {
			err = fmt.Errorf("%d gestures, and the list says %d", h.made, e.takes)
		}
		name := fmt.Sprintf("%02d", n+1)
		if err != nil {
			err = fmt.Errorf("«%s»: %w\nwhat is read on the window: %s", e.name, err, h.read())
			name += "-failed"
		}
		h.failed = nil
		failed = append(failed, err, h.shoot(name))
	}
	return errors.Join(failed...)
}

// begin sits down at a laptop, at its first page.
func (h *hands) begin(at string) error {
	seat := slices.Index([]string{"maire", "secretariat"}, at)
	if seat < 0 {
		return fmt.Errorf("no laptop %q", at)
	}
	if _, there := h.where(h.seats[seat].Name); !there {
		if err := errors.Join(h.click(h.seats[1-seat].Name), h.click(h.seats[seat].Name), h.see(h.seats[seat].Name)); err != nil {
			return err
		}
	}
	fyne.DoAndWait(func() { h.shell.Go(shell.Route{Page: home.Name}) })
	return errors.Join(h.see("À faire"), h.until("the page is there", func() bool { return !h.busy() }), h.frame())
}

func (h *hands) run(e errand) error {
	h.made = 0
	for _, g := range e.gestures {
		var err error
		switch g[0] {
		case "click":
			err = h.click(g[1])
		case "type":
			err = h.x("type", "--delay", "25", g[1])
		case "key":
			err = h.x("key", g[1])
		case "pick":
			h.made++ // the desktop's dialog answers
		case "see":
			err = h.see(g[1])
		default:
			err = fmt.Errorf("no gesture %q", g[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
