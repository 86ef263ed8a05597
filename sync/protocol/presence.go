package protocol

import "time"

// PathPresence is where a computer says what the person in front of it looks at. The server tells the others, keeps it in
// memory for PresenceLife and writes it nowhere.
const PathPresence = "/v1/presence"

// PresenceLife is how long what was said holds unless it is said again; MaxPresence bounds a name of it, in bytes.
const (
	PresenceLife = 100 * time.Second
	MaxPresence  = 200
)

// Presence is that somebody looks at a stream of the journal; an empty one is that she looks at none any more.
type Presence struct {
	Device string `json:"device,omitempty"` // said by the server
	Person string `json:"person"`
	Stream string `json:"stream"`
}

// EventPresence is the event of a watch whose data is a list of Presence: those on other computers of the authority, whenever
// they change. A watch asks for it with QueryPresence.
const (
	EventPresence = "presence"
	QueryPresence = "presence=1"
)
