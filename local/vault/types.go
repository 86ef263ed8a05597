package vault

import (
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/store"
)

// SpaceKind tells whose a space is.
type SpaceKind string

// The kinds of spaces.
const (
	Common   SpaceKind = "common"
	Personal SpaceKind = "personal"
)

// Role is what a member may do in a space.
type Role string

// The roles; each may do what the one before may.
const (
	Reader  Role = "reader"
	Writer  Role = "writer"
	Manager Role = "manager"
)

// Member is one person of a space.
type Member struct {
	Person string `json:"person"`
	Role   Role   `json:"role"`
	// Until is the last day of her access; empty: it does not end.
	Until authority.Day `json:"until,omitempty"`
}

// Space is a space as its members see it.
type Space struct {
	ID      string
	Kind    SpaceKind
	Name    string // empty while this computer has no key, and for a personal space
	Owner   string // person, of a personal space
	Members []Member
	Closed  bool
	// Locked: this computer has no key yet; somebody has to admit it.
	Locked bool
	// Files and Bytes count what this computer sees in it, the trash aside.
	Files int
	Bytes int64
}

// Role is that of a person on a day; empty for none.
func (s Space) Role(person string, day authority.Day) Role {
	for _, m := range s.Members {
		if m.Person == person && (m.Until == "" || day <= m.Until) {
			return m.Role
		}
	}
	return ""
}

// Device is a computer of the authority, as the server's signed list has it.
type Device struct {
	ID, Name string
	Exchange []byte // X25519 public key, 32 bytes
	Revoked  bool
}

// Waiting is a member's computer that has no key of a space yet.
type Waiting struct {
	Space, Person string
	Device        Device
}

// Out says who has a file in hand.
type Out struct {
	Person string    `json:"person"`
	Device string    `json:"device"`
	At     time.Time `json:"at"`
}

// Item is a file or a folder.
type Item struct {
	ID, Space, Parent string // Parent is empty at the top of the space
	Folder            bool
	Name              string
	Size              int64     // bytes, of a file's last version
	Modified          time.Time // of the content, as its author's computer said
	At                time.Time // of the last change
	By                string    // person
	Version           int       // 1, 2, 3…; 0 for a folder
	Blob              store.Digest
	Trashed           bool
	Since             time.Time // when it went into the trash
	Out               *Out
	// Here: the last version is on this computer.
	Here bool
	// Conflict: two new names or places wait for a choice.
	Conflict bool
}

// Note tells whether it is a note, which is written in Airial by several.
func (i Item) Note() bool { return !i.Folder && i.Version == 0 }

// Version is one content of a file.
type Version struct {
	Number   int
	Size     int64
	Modified time.Time
	At       time.Time
	By       string // person
	Device   string
	Blob     store.Digest
	Here     bool
}

// Found is an item found by its words.
type Found struct {
	Item
	// Where is the names of the folders above it.
	Where []string
	// Snippet is the passage found, the words between U+2068 and U+2069; empty when the name was found.
	Snippet string
}

// place is what is sealed of an item: where it stands and what it is called.
type place struct {
	Parent string `json:"p,omitempty"`
	Name   string `json:"n"`
	Folder bool   `json:"f,omitempty"`
	Note   bool   `json:"t,omitempty"`
}

// content is what is sealed of a version.
type content struct {
	Size     int64 `json:"s"`
	Modified int64 `json:"m"` // microseconds since 1970
}

// box is something sealed under the key of that name.
type box struct {
	Key  string `json:"key"`
	Data []byte `json:"data"`
}
