package server

import (
	"maps"
	"net/http"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/sync/protocol"
)

const (
	// walked is how many of the last entries are looked through for streams that changed lately.
	walked = 5000
	// firstShare is how much of an answer the streams asked for whatever their age take at most.
	firstShare = protocol.MaxAhead * 3 / 4
)

// ahead gives a computer whole streams before their turn, with the proof that each of their
// entries is in the log: what it asks for first, and what changed last.
func (s *Server) ahead(w http.ResponseWriter, r *http.Request) {
	q, err := read[protocol.AheadRequest](w, r)
	if err == nil && len(q.First) > protocol.MaxFirst {
		err = protocol.Fail(protocol.CodeBadRequest, "too many beginnings of streams")
	}
	m := memberOf(r.Context())
	var out protocol.Ahead
	if err == nil {
		err = s.o.Storage.Read(r.Context(), m.authority, func(l Log) error {
			out, err = s.gather(l, q.First)
			return err
		})
	}
	if err == nil {
		// After the entries: each device of theirs was enrolled before it wrote.
		out.Devices, err = s.o.Storage.Devices(r.Context(), m.authority)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	out.Head.Authority, out.Head.Devices = m.authority, protocol.DevicesHash(out.Devices)
	out.Head.Sign(s.o.LogKey)
	answer(w, http.StatusOK, out)
}

func (s *Server) gather(l Log, first []string) (out protocol.Ahead, err error) {
	size, err := l.Size()
	if err != nil {
		return out, err
	}
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		return out, err
	}
	out.Head = protocol.Head{Size: size, Root: journal.Hash(root), At: s.o.Now().UTC()}
	g := gathering{l: l, places: map[int64]bool{}, met: map[string]bool{}}
	for _, prefix := range first {
		if prefix == "" {
			continue
		}
		whole, err := l.Whole(nil, prefix, firstShare)
		if err != nil {
			return out, err
		}
		for _, name := range slices.Sorted(maps.Keys(whole)) {
			g.add(name, whole[name], firstShare)
		}
	}
	if err := g.newest(size); err != nil {
		return out, err
	}
	entries, err := l.At(slices.Sorted(maps.Keys(g.places)))
	if err != nil {
		return out, err
	}
	out.Entries = within(entries)
	return out, out.Prove(l)
}

// gathering chooses the streams of an answer.
type gathering struct {
	l      Log
	places map[int64]bool
	met    map[string]bool
}

func (g *gathering) add(stream string, places []int64, room int) {
	if g.met[stream] || len(g.places)+len(places) > room {
		return
	}
	g.met[stream] = true
	for _, p := range places {
		g.places[p] = true
	}
}

// newest adds the streams that changed last, the last one first.
func (g *gathering) newest(size int64) error {
	for upTo := size; upTo > max(0, size-walked) && len(g.places) < protocol.MaxAhead; upTo -= protocol.MaxEntries {
		from := max(0, upTo-protocol.MaxEntries)
		some, err := g.l.Entries(from, int(upTo-from))
		if err != nil {
			return err
		}
		var names []string
		asked := map[string]bool{}
		for _, p := range slices.Backward(some) {
			if !asked[p.Stream] && !g.met[p.Stream] {
				asked[p.Stream] = true
				names = append(names, p.Stream)
			}
		}
		if len(names) == 0 {
			continue
		}
		whole, err := g.l.Whole(names, "", len(names))
		if err != nil {
			return err
		}
		for _, name := range names {
			if places, known := whole[name]; known {
				g.add(name, places, protocol.MaxAhead)
			}
		}
	}
	return nil
}

// within leaves out streams whose versions have a hole, and those of the oldest that would make the
// answer too long.
func within(entries []journal.Placed) []journal.Placed {
	size, last := map[string]int{}, map[string]int64{}
	versions, broken := map[string]int{}, map[string]bool{}
	for i := range entries {
		p := &entries[i]
		size[p.Stream] += len(p.Data)*4/3 + 1000
		last[p.Stream] = p.Seq
		if p.Contested {
			continue
		}
		if versions[p.Stream]++; p.Version != versions[p.Stream] {
			broken[p.Stream] = true
		}
	}
	room := pullBytes
	for _, name := range slices.SortedFunc(maps.Keys(last), func(a, b string) int { return int(last[b] - last[a]) }) {
		if room -= size[name]; room < 0 {
			broken[name] = true
		}
	}
	return slices.DeleteFunc(entries, func(p journal.Placed) bool { return broken[p.Stream] })
}
