package server

import (
	"slices"
	"sync"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// sought are the documents that laptops asked for and that the server lacks, by authority. It is
// a word passed on, not kept: who looks for a document asks again at each exchange.
type sought struct {
	mu  sync.Mutex
	all map[string][]store.Digest // the last asked for at the end
}

func newSought() *sought { return &sought{all: map[string][]store.Digest{}} }

// ask notes that documents are looked for; the oldest make room.
func (s *sought) ask(authority string, digests []store.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range digests {
		if !slices.Contains(s.all[authority], d) {
			s.all[authority] = append(s.all[authority], d)
		}
	}
	if over := len(s.all[authority]) - protocol.MaxSought; over > 0 {
		s.all[authority] = slices.Delete(s.all[authority], 0, over)
	}
}

// found strikes a document.
func (s *sought) found(authority string, d store.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[authority] = slices.DeleteFunc(s.all[authority], func(x store.Digest) bool { return x == d })
	if len(s.all[authority]) == 0 {
		delete(s.all, authority)
	}
}

// of gives those of an authority.
func (s *sought) of(authority string) []store.Digest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all[authority])
}
