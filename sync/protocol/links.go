package protocol

import (
	"time"

	"alpi40.fr/airial/local/store"
)

// The paths of links: those of the authority's computers, and those of browsers.
const (
	PathLinks  = "/v1/links/"
	PathPublic = "/l/"
)

// Limits of links.
const (
	MaxLink     = 22 << 30 // bytes of one link's pieces
	PieceSize   = 8 << 20  // bytes of a file's pieces but the last, before they are encrypted
	MaxPiece    = 9 << 20  // bytes of one piece, encrypted
	MaxPieces   = 4_000    // of one file
	MaxManifest = 1 << 20  // bytes
)

// LinkKind is what a link is for.
type LinkKind string

// The kinds of links.
const (
	LinkSend    LinkKind = "send"    // files sent to whoever has the link and the passphrase
	LinkDeposit LinkKind = "deposit" // files asked for
	LinkRoom    LinkKind = "room"    // files exchanged with several
)

// LinkRole is what a token allows.
type LinkRole string

// The roles.
const (
	LinkReads  LinkRole = "read"
	LinkAdds   LinkRole = "add"
	LinkShares LinkRole = "share" // both
)

// Reads tells whether the role downloads.
func (r LinkRole) Reads() bool { return r == LinkReads || r == LinkShares }

// Adds tells whether the role adds files.
func (r LinkRole) Adds() bool { return r == LinkAdds || r == LinkShares }

// What a link's log tells.
const (
	LinkMade    = "made"
	LinkOpened  = "opened"
	LinkBegun   = "begun"   // a download
	LinkEnded   = "ended"   // it came whole
	LinkAdded   = "added"   // a file
	LinkJoined  = "joined"  // a member
	LinkRemoved = "removed" // a member
	LinkClosed  = "closed"
)

// LinkEvent is one line of a link's log.
type LinkEvent struct {
	At      time.Time `json:"at"`
	What    string    `json:"what"`
	File    string    `json:"file,omitempty"`
	Member  string    `json:"member,omitempty"`
	Address string    `json:"address,omitempty"` // of the network; empty for the authority's computers
}

// LinkFile is one file of a link. Manifest is an age file of a LinkManifest for the link's
// recipient; Pieces are the digests of the pieces, for who is to fetch or erase them.
type LinkFile struct {
	ID       string         `json:"id"`
	Manifest []byte         `json:"manifest"`
	Pieces   []store.Digest `json:"pieces"`
	Size     int64          `json:"size"` // bytes of the pieces
	By       string         `json:"by"`   // member; empty for the authority
	At       time.Time      `json:"at"`
}

// LinkManifest is what a link's file is, sealed.
type LinkManifest struct {
	Name     string         `json:"name"`
	Size     int64          `json:"size"`     // bytes
	Modified int64          `json:"modified"` // milliseconds since 1970
	Pieces   []store.Digest `json:"pieces"`   // in order, each an age file of its own
}

// LinkMember is who holds a token.
type LinkMember struct {
	ID string `json:"id"`
	// Token is the SHA-256 of the token, in hexadecimal; the server never tells it.
	Token string   `json:"token,omitempty"`
	Role  LinkRole `json:"role"`
	// Sealed is the link's identity, an age file under the member's secret and passphrase; none for
	// who adds alone. Words is a LinkWords, an age file under the secret.
	Sealed  []byte    `json:"sealed,omitempty"`
	Words   []byte    `json:"words,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Removed bool      `json:"removed,omitempty"`
}

// LinkWords is what the recipient's page says first.
type LinkWords struct {
	From  string `json:"from"`
	Title string `json:"title"`
	Words string `json:"words,omitempty"`
}

// NewLink makes a link.
type NewLink struct {
	Kind      LinkKind     `json:"kind"`
	Expires   time.Time    `json:"expires"`
	Max       int          `json:"max,omitempty"` // downloads; 0: as many as one likes
	Recipient string       `json:"recipient"`     // age1…
	Members   []LinkMember `json:"members"`
}

// MadeLink answers NewLink.
type MadeLink struct {
	ID string `json:"id"`
}

// Link is a link as its authority sees it.
type Link struct {
	ID        string       `json:"id"`
	Kind      LinkKind     `json:"kind"`
	Made      time.Time    `json:"made"`
	Expires   time.Time    `json:"expires"`
	Max       int          `json:"max,omitempty"`
	Recipient string       `json:"recipient"`
	Downloads int          `json:"downloads"`
	Over      bool         `json:"over"`
	Members   []LinkMember `json:"members"`
	Files     []LinkFile   `json:"files"`
	Log       []LinkEvent  `json:"log"`
}

// Links are those of an authority, the last first.
type Links struct {
	Links []Link `json:"links"`
}

// PublicLink is a link as a browser sees it.
type PublicLink struct {
	Kind      LinkKind   `json:"kind"`
	Role      LinkRole   `json:"role"`
	Expires   time.Time  `json:"expires"`
	Left      int        `json:"left"` // downloads; -1: as many as one likes
	Room      int64      `json:"room"` // bytes that it still takes, encrypted
	Recipient string     `json:"recipient"`
	Sealed    []byte     `json:"sealed,omitempty"`
	Words     []byte     `json:"words,omitempty"`
	Files     []LinkFile `json:"files"`
}

// LinkTicket is a download under way.
type LinkTicket struct {
	Ticket string `json:"ticket"`
}
