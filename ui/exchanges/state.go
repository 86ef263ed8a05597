package exchanges

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// row is one line of the list: a disagreement, an item, or a thing that has documents.
type row struct {
	conflict *Conflict
	item     *Item
	shelf    *Shelf
}

// thing is what a row is about: its stream, its title if it has one, and where it is shown.
func (r row) thing() (stream, title string, at shell.Route) {
	switch {
	case r.conflict != nil:
		return r.conflict.Stream, r.conflict.Title, r.conflict.Route
	case r.shelf != nil:
		return r.shelf.Stream, r.shelf.Title, r.shelf.Route
	}
	return r.item.Stream, r.item.Title, r.item.Route
}

// moved tells whether documents have come, gone, or are to be kept since.
func moved(before, now *State) bool {
	a, b := &before.Stock, &now.Stock
	return a.Here != b.Here || a.Away != b.Away || before.Down != now.Down || len(a.Kept) != len(b.Kept)
}

// rows gives the list: what a person must decide, what failed, what moves, what waits.
func rows(s *State) []row {
	var out []row
	for i := range s.Conflicts {
		out = append(out, row{conflict: &s.Conflicts[i]})
	}
	rank := func(x *Item) int {
		switch {
		case x.Err != nil:
			return 0
		case x.Moving:
			return 1
		}
		return 2
	}
	for r := range 3 {
		for i := range s.Items {
			if rank(&s.Items[i]) == r {
				out = append(out, row{item: &s.Items[i]})
			}
		}
	}
	return out
}

// key tells a row from the others, so that it stays chosen when the list is read again.
func (r row) key() string {
	switch {
	case r.conflict != nil:
		return "conflict " + r.conflict.Stream
	case r.shelf != nil:
		return "shelf " + r.shelf.Stream
	}
	return fmt.Sprint(r.item.Kind, " ", r.item.Stream, " ", r.item.At.UnixMicro(), " ", r.item.Said, " ", r.item.Size)
}

// texts is what the catalogue offers.
type texts interface {
	Text(key string, args ...any) string
	Has(key string) bool
}

// said gives the words of an entry's kind.
func said(t texts, kind string) string {
	if key := "exchanges.said." + kind; t.Has(key) {
		return t.Text(key)
	}
	family, _, _ := strings.Cut(kind, ".")
	if key := "exchanges.of." + family; t.Has(key) {
		return t.Text(key)
	}
	return t.Text("exchanges.said.other")
}

// named gives the words of a field; a name that has none is shown as it is.
func named(t texts, name string) string {
	if key := "exchanges.field." + strings.ToLower(name); t.Has(key) {
		return t.Text(key)
	}
	return name
}

// badge tells in a word where an item stands.
func badge(t texts, x *Item) (widgets.Meaning, string) {
	switch {
	case x.Err != nil:
		return widgets.Late, t.Text("exchanges.badge.failed")
	case x.Moving && x.Size > 0:
		return widgets.Waiting, t.Text("exchanges.badge.percent", "n", int(100*x.Done/x.Size))
	case x.Moving:
		return widgets.Waiting, t.Text("exchanges.badge.moving")
	case x.Absent:
		return widgets.Plain, t.Text("exchanges.badge.absent")
	case x.Kind == Down:
		return widgets.Plain, t.Text("exchanges.badge.in")
	}
	return widgets.Plain, t.Text("exchanges.badge.out")
}

// place tells in a word where a thing's documents are.
func place(t texts, s *Shelf) (widgets.Meaning, string) {
	switch {
	case s.Coming > 0:
		return widgets.Waiting, t.Text("exchanges.badge.in")
	case s.Kept || s.Needed:
		return widgets.Done, t.Text("exchanges.badge.kept")
	case s.Away == 0:
		return widgets.Done, t.Text("exchanges.badge.here")
	case s.Here == 0:
		return widgets.Plain, t.Text("exchanges.badge.server")
	}
	return widgets.Plain, t.Text("exchanges.badge.part")
}

// sizes are the units of bytes, in the order of 1000.
var sizes = []string{"exchanges.bytes", "exchanges.kilo", "exchanges.mega", "exchanges.giga"}

// bytesText writes a number of bytes for a person.
func bytesText(t texts, n int64) string {
	v, unit := float64(n), 0
	for v >= 1000 && unit < len(sizes)-1 {
		v, unit = v/1000, unit+1
	}
	if unit == 0 || v >= 100 {
		return t.Text(sizes[unit], "n", lang.Number(int(v)))
	}
	return t.Text(sizes[unit], "n", strings.Replace(fmt.Sprintf("%.1f", v), ".", ",", 1))
}

// meaning is that of the whole page.
func meaning(st shell.SyncStatus) widgets.Meaning {
	switch {
	case st.Error == shell.SyncOffline, st.Error == shell.SyncPaused, st.Error == shell.SyncServerFault, st.Running, st.LastSuccess.IsZero():
		return widgets.Waiting
	case st.Conflicts > 0, st.Error != shell.SyncFine:
		return widgets.Late
	case st.Out+st.In > 0:
		return widgets.Waiting
	}
	return widgets.Done
}
