package journal

import (
	"sort"
	"strings"
	"sync"
)

// Change tells which streams have changed; it is sent after the commit.
type Change struct{ Streams []string }

type listeners struct {
	mu  sync.Mutex
	all map[int]*listener
	n   int
}

type listener struct {
	prefix string
	out    chan Change
	// waiting are the changes that the reader has not fetched, each once.
	waiting map[string]bool
}

// Subscribe gives the changes of the streams that begin with prefix, those made
// here and those that came from afar. Changes that the reader is slow to fetch
// are joined, never dropped. cancel ends it and closes the channel.
func (j *Journal) Subscribe(prefix string) (changes <-chan Change, cancel func()) {
	l := &listener{prefix: prefix, out: make(chan Change, 1), waiting: map[string]bool{}}
	j.listeners.mu.Lock()
	defer j.listeners.mu.Unlock()
	if j.listeners.all == nil {
		j.listeners.all = map[int]*listener{}
	}
	j.listeners.n++
	id := j.listeners.n
	j.listeners.all[id] = l
	return l.out, func() {
		j.listeners.mu.Lock()
		defer j.listeners.mu.Unlock()
		if _, on := j.listeners.all[id]; on {
			delete(j.listeners.all, id)
			close(l.out)
		}
	}
}

func (j *Journal) announce(entries []Entry) {
	if len(entries) == 0 {
		return
	}
	j.listeners.mu.Lock()
	defer j.listeners.mu.Unlock()
	for _, l := range j.listeners.all {
		l.tell(entries)
	}
}

// tell puts the changes into the channel's one place; what lies there
// unfetched is taken back and joined.
func (l *listener) tell(entries []Entry) {
	fresh := false
	for i := range entries {
		if strings.HasPrefix(entries[i].Stream, l.prefix) {
			l.waiting[entries[i].Stream] = true
			fresh = true
		}
	}
	if !fresh {
		return
	}
	select {
	case old := <-l.out:
		for _, s := range old.Streams {
			l.waiting[s] = true
		}
	default:
	}
	c := Change{Streams: make([]string, 0, len(l.waiting))}
	for s := range l.waiting {
		c.Streams = append(c.Streams, s)
	}
	sort.Strings(c.Streams)
	clear(l.waiting)
	l.out <- c
}
