package server

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// notes note documents in the storage. Those that are finished while one note waits for the disk are noted together with
// the next: one transaction for many, rather than one for each.
type notes struct {
	storage Storage
	mu      sync.Mutex
	waiting map[string][]note // by authority
	working map[string]bool
}

type note struct {
	blobs []Blob
	done  chan<- error
}

func newNotes(s Storage) *notes {
	return &notes{storage: s, waiting: map[string][]note{}, working: map[string]bool{}}
}

// add notes documents, and returns once they are noted.
func (n *notes) add(ctx context.Context, authority string, blobs ...Blob) error {
	done := make(chan error, 1)
	n.mu.Lock()
	n.waiting[authority] = append(n.waiting[authority], note{blobs, done})
	begin := !n.working[authority]
	n.working[authority] = true
	n.mu.Unlock()
	if begin {
		// Whoever began may be gone before the others are served.
		go n.work(context.WithoutCancel(ctx), authority)
	}
	return <-done
}

// work notes what waits of an authority, until nothing does.
func (n *notes) work(ctx context.Context, authority string) {
	for {
		n.mu.Lock()
		some := n.waiting[authority]
		delete(n.waiting, authority)
		if len(some) == 0 {
			delete(n.working, authority)
		}
		n.mu.Unlock()
		if len(some) == 0 {
			return
		}
		var blobs []Blob
		for i := range some {
			blobs = append(blobs, some[i].blobs...)
		}
		err := n.storage.NoteBlobs(ctx, authority, blobs)
		for _, x := range some {
			x.done <- err
		}
	}
}

// stocks know what the documents of authorities take without adding them up for each one that comes: what was read a moment
// ago, and what was let in since.
type stocks struct {
	storage Storage
	mu      sync.Mutex
	all     map[string]stock
}

type stock struct {
	bytes int64
	read  time.Time
}

// stockLife is how long a sum is believed: other processes let documents in too.
const stockLife = 15 * time.Second

func newStocks(s Storage) *stocks { return &stocks{storage: s, all: map[string]stock{}} }

// admit lets so many bytes in if the authority's documents then take no more than most. It gives what they took.
func (s *stocks) admit(ctx context.Context, authority string, size, most int64, now time.Time) (taken int64, ok bool, err error) {
	s.mu.Lock()
	known := s.all[authority]
	age := now.Sub(known.read)
	if fresh := !known.read.IsZero() && age >= 0 && age < stockLife; fresh && known.bytes+size <= most {
		s.all[authority] = stock{known.bytes + size, known.read}
		s.mu.Unlock()
		return known.bytes, true, nil
	}
	s.mu.Unlock()
	use, err := s.storage.Use(ctx, authority)
	if err != nil {
		return 0, false, fmt.Errorf("asking what the authority's documents take: %w", err)
	}
	if use.Bytes+size > most {
		return use.Bytes, false, nil
	}
	s.mu.Lock()
	s.all[authority] = stock{use.Bytes + size, now}
	s.mu.Unlock()
	return use.Bytes, true, nil
}
