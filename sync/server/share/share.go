package share

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"slices"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

// member is who holds one of a link's tokens.
type member struct {
	ID      string            `json:"id"`
	Token   [sha256.Size]byte `json:"token"` // SHA-256 of it
	Role    protocol.LinkRole `json:"role"`
	Sealed  []byte            `json:"sealed,omitempty"`
	Words   []byte            `json:"words,omitempty"`
	Expires time.Time         `json:"expires,omitzero"`
	Removed bool              `json:"removed,omitempty"`
}

// ticket is a download under way.
type ticket struct {
	File   string    `json:"file"`
	Member string    `json:"member"`
	Until  time.Time `json:"until"`
	Ended  bool      `json:"ended,omitempty"`
}

// link is all that is kept of one.
type link struct {
	ID        string               `json:"id"`
	Authority string               `json:"authority"`
	Kind      protocol.LinkKind    `json:"kind"`
	Made      time.Time            `json:"made"`
	Expires   time.Time            `json:"expires"`
	Max       int                  `json:"max,omitempty"` // downloads; 0: as many as one likes
	Recipient string               `json:"recipient"`
	Members   []member             `json:"members"`
	Files     []protocol.LinkFile  `json:"files,omitempty"`
	Log       []protocol.LinkEvent `json:"log,omitempty"`
	Tickets   map[string]ticket    `json:"tickets,omitempty"`
	Downloads int                  `json:"downloads"`
	Bytes     int64                `json:"bytes"`  // of the files
	Stored    int64                `json:"stored"` // of all that was sent, kept or not
	Closed    bool                 `json:"closed,omitempty"`
}

// Storage keeps links and their pieces. ErrNotFound, ErrFull, ErrFrozen.
type Storage interface {
	Create(ctx context.Context, l *link) error
	// Update changes a link, one change at a time; an error of do leaves it as it was.
	Update(ctx context.Context, id string, do func(*link) error) error
	Read(ctx context.Context, id string) (*link, error)
	Of(ctx context.Context, authority string) ([]*link, error)
	Erase(ctx context.Context, id string) error
	// EraseContents removes the pieces, and leaves the link and its log.
	EraseContents(ctx context.Context, id string) error
	HasPiece(ctx context.Context, id string, d store.Digest) bool
	PutPiece(ctx context.Context, id string, d store.Digest, content io.Reader) error
	OpenPiece(ctx context.Context, id string, d store.Digest) (io.ReadSeekCloser, error)
}

// Why something is not done, for errors.Is.
var (
	ErrNotFound = errors.New("no such link")
	ErrFull     = errors.New("no room for what is shared")
	ErrFrozen   = errors.New("links are being moved")
	errGone     = errors.New("the link has ended")
	errUsedUp   = errors.New("the link's downloads are used up")
	errRole     = errors.New("the link does not allow it")
	errTooLarge = errors.New("more than a link holds")
	errGuessing = errors.New("too many unknown links were tried")
)

// Limits.
const (
	maxEvents  = 5_000
	maxFiles   = 2_000
	maxMembers = 100
	// kept is how long a link's log outlives it.
	kept = 60 * 24 * time.Hour
	// ticketTime is how long a download may take.
	ticketTime = 24 * time.Hour
	// longest is how long a link may last.
	longest = 366 * 24 * time.Hour
)

// over tells whether a link has ended.
func (l *link) over(now time.Time) bool { return l.Closed || !now.Before(l.Expires) }

// holder gives the member of a token. All are compared, in constant time.
func (l *link) holder(token string, now time.Time) (m member, ok bool) {
	have := sha256.Sum256([]byte(token))
	for _, one := range l.Members {
		if subtle.ConstantTimeCompare(have[:], one.Token[:]) == 1 {
			m, ok = one, !one.Removed && (one.Expires.IsZero() || now.Before(one.Expires))
		}
	}
	return m, ok
}

func (l *link) note(e protocol.LinkEvent) {
	l.Log = append(l.Log, e)
	if n := len(l.Log) - maxEvents; n > 0 {
		l.Log = slices.Delete(l.Log, 0, n)
	}
}

func (l *link) file(id string) (protocol.LinkFile, bool) {
	i := slices.IndexFunc(l.Files, func(f protocol.LinkFile) bool { return f.ID == id })
	if i < 0 {
		return protocol.LinkFile{}, false
	}
	return l.Files[i], true
}

// begin counts a download of a file.
func (l *link) begin(m member, file, id, address string, now time.Time) error {
	if _, there := l.file(file); !there {
		return ErrNotFound
	}
	if !m.Role.Reads() {
		return errRole
	}
	if l.Max > 0 && l.Downloads >= l.Max {
		return errUsedUp
	}
	for old, t := range l.Tickets {
		if now.After(t.Until) {
			delete(l.Tickets, old)
		}
	}
	if l.Tickets == nil {
		l.Tickets = map[string]ticket{}
	}
	l.Tickets[id] = ticket{File: file, Member: m.ID, Until: now.Add(ticketTime)}
	l.Downloads++
	l.note(protocol.LinkEvent{At: now, What: protocol.LinkBegun, File: file, Member: m.ID, Address: address})
	return nil
}

// may tells whether a ticket opens a piece.
func (l *link) may(m member, id string, d store.Digest, now time.Time) bool {
	t, there := l.Tickets[id]
	if !there || t.Member != m.ID || now.After(t.Until) {
		return false
	}
	f, there := l.file(t.File)
	return there && slices.Contains(f.Pieces, d)
}

// end notes that a download came whole, once.
func (l *link) end(m member, id, address string, now time.Time) error {
	t, there := l.Tickets[id]
	if !there || t.Member != m.ID {
		return ErrNotFound
	}
	if t.Ended {
		return nil
	}
	t.Ended = true
	l.Tickets[id] = t
	l.note(protocol.LinkEvent{At: now, What: protocol.LinkEnded, File: t.File, Member: m.ID, Address: address})
	return nil
}

// told gives the file that somebody adds again, since no answer came: pieces are encrypted once, so that they are those of one file.
func (l *link) told(f protocol.LinkFile) (id string, known bool) {
	i := slices.IndexFunc(l.Files, func(o protocol.LinkFile) bool {
		return o.By == f.By && slices.Equal(o.Pieces, f.Pieces) && (len(f.Pieces) > 0 || bytes.Equal(o.Manifest, f.Manifest))
	})
	if i < 0 {
		return "", false
	}
	return l.Files[i].ID, true
}

// add adds a file whose pieces are all there.
func (l *link) add(f protocol.LinkFile, address string, now time.Time) error {
	if len(l.Files) >= maxFiles || len(f.Manifest) > protocol.MaxManifest || len(f.Pieces) > protocol.MaxPieces || l.Bytes+f.Size > protocol.MaxLink {
		return errTooLarge
	}
	l.Files, l.Bytes = append(l.Files, f), l.Bytes+f.Size
	l.note(protocol.LinkEvent{At: now, What: protocol.LinkAdded, File: f.ID, Member: f.By, Address: address})
	return nil
}

// shown is a link as its authority sees it.
func (l *link) shown(now time.Time) protocol.Link {
	out := protocol.Link{ID: l.ID, Kind: l.Kind, Made: l.Made, Expires: l.Expires, Max: l.Max, Recipient: l.Recipient, Downloads: l.Downloads, Over: l.over(now), Files: l.Files, Log: l.Log}
	for _, m := range l.Members {
		out.Members = append(out.Members, protocol.LinkMember{ID: m.ID, Role: m.Role, Expires: m.Expires, Removed: m.Removed})
	}
	return out
}
