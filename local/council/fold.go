package council

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// The kinds of entries of a sitting.
const (
	KindConvened           = "sitting.convened"
	KindPointAdded         = "sitting.point-added" // by a further summons
	KindOrdered            = "sitting.agenda-ordered"
	KindRostered           = "sitting.members-called" // those in exercise, taken anew
	KindCalled             = "sitting.called"         // attendance
	KindMoved              = "sitting.moved"          // arrival or departure
	KindProxied            = "sitting.proxied"
	KindRevoked            = "sitting.proxy-revoked"
	KindSecretary          = "sitting.secretary-named"
	KindAuxiliaries        = "sitting.auxiliaries-named"
	KindPresided           = "sitting.presided"
	KindUrgency            = "sitting.urgency-ruled"
	KindOpened             = "sitting.point-opened"
	KindInterest           = "sitting.interest-noted"
	KindVoted              = "sitting.voted"
	KindAmended            = "sitting.amended"
	KindAmendmentVoted     = "sitting.amendment-voted"
	KindAmendmentWithdrawn = "sitting.amendment-withdrawn"
	KindRoundHeld          = "sitting.round-held"
	KindAside              = "sitting.point-set-aside"
	KindSuspended          = "sitting.suspended"
	KindResumed            = "sitting.resumed"
	KindDoors              = "sitting.closed-session-voted"
	KindDoorsOpened        = "sitting.public-again"
	KindNoted              = "sitting.noted"
	KindRecording          = "sitting.recording-kept"
	KindUndone             = "sitting.act-undone"
	KindClosed             = "sitting.closed"
)

// sittingTables hold the sittings and, act by act, what was noted in them: an act that is undone is
// left out and the others are folded again.
func sittingTables() journal.Projection {
	p := table("sitting", applySitting)
	p.Version = 3
	p.Tables = append(p.Tables, "sitting_act")
	p.Schema += `; CREATE TABLE sitting_act (sitting TEXT NOT NULL, version INTEGER NOT NULL, entry TEXT NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
		actor TEXT NOT NULL, undone TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (sitting, version)) STRICT`
	forget := p.Forget
	p.Forget = func(tx *store.Tx, stream string) error {
		if _, err := tx.Exec(`DELETE FROM sitting_act WHERE sitting = ?`, strings.TrimPrefix(stream, "sitting/")); err != nil {
			return err
		}
		return forget(tx, stream)
	}
	return p
}

func applySitting(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, "sitting/")
	if _, err := tx.Exec(`INSERT INTO sitting_act (sitting, version, entry, kind, at, actor, undone, data) VALUES (?, ?, ?, ?, ?, ?, '', ?)`,
		id, ev.Version, ev.ID, ev.Kind, ev.At.UnixMicro(), ev.Actor, ev.Data); err != nil {
		return err
	}
	s, err := folded(tx, id, ev)
	if err != nil {
		return err
	}
	status := "open"
	if s.Closed {
		status = "closed"
	}
	if err := put(tx, "sitting", id, s.At.UnixMicro(), status, s); err != nil {
		return err
	}
	return tx.Index(store.Document{Kind: "sitting", Ref: id, Stream: ev.Stream, Title: "Séance du " + french.LongDate(s.At), Body: s.words(), At: s.At})
}

// words are those by which a sitting is looked for: its points, and what was written down.
func (s *Sitting) words() string {
	var all []string
	for _, item := range s.Agenda {
		all = append(all, item.Subject)
	}
	for _, n := range s.Notes {
		all = append(all, n.Text)
	}
	return strings.Join(all, "\n")
}

// folded is the sitting after an entry.
func folded(tx *store.Tx, id string, ev journal.Event) (*Sitting, error) {
	if ev.Kind == KindUndone {
		var u undone
		if err := json.Unmarshal(ev.Data, &u); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(`UPDATE sitting_act SET undone = ? WHERE sitting = ? AND entry = ?`, ev.ID, id, u.Entry); err != nil {
			return nil, err
		}
		acts, err := history(tx, id)
		if err != nil {
			return nil, err
		}
		s := &Sitting{ID: id}
		return s, s.replay(acts)
	}
	s, err := sitting(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		s, err = &Sitting{ID: id}, nil
	}
	if err != nil {
		return nil, err
	}
	return s, s.fold(ev.Kind, ev.Data)
}

// Noted is an act as the history of a sitting shows it.
type Noted struct {
	Entry string
	Kind  string
	At    time.Time
	Actor string // person id
	// Undone is the entry that undid it; empty: it stands.
	Undone string
	Data   []byte
}

// history gives the acts of a sitting in their order, those undone too.
func history(tx *store.Tx, id string) ([]Noted, error) {
	return store.All(tx, `SELECT entry, kind, at, actor, undone, data FROM sitting_act WHERE sitting = ? ORDER BY version`, []any{id},
		func(scan func(...any) error) (n Noted, err error) {
			var at int64
			err = scan(&n.Entry, &n.Kind, &at, &n.Actor, &n.Undone, &n.Data)
			n.At = time.UnixMicro(at).UTC()
			return n, err
		})
}

// replay folds the acts that stand.
func (s *Sitting) replay(acts []Noted) error {
	for _, a := range acts {
		if a.Undone != "" || a.Kind == KindUndone {
			continue
		}
		if err := s.fold(a.Kind, a.Data); err != nil {
			return fmt.Errorf("act %s (%s): %w", a.Entry, a.Kind, err)
		}
	}
	return nil
}

func read[T any](data []byte, then func(T)) error {
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	then(v)
	return nil
}

// folds say how each kind of act changes the sitting.
var folds = map[string]func(s *Sitting, data []byte) error{
	KindConvened: func(s *Sitting, data []byte) error { return json.Unmarshal(data, s) },
	KindPointAdded: func(s *Sitting, data []byte) error {
		return read(data, func(i Item) { s.Agenda = append(s.Agenda, i) })
	},
	KindOrdered: func(s *Sitting, data []byte) error {
		return read(data, func(o ordered) { s.Agenda = o.Agenda })
	},
	KindRostered: func(s *Sitting, data []byte) error {
		return read(data, func(r roster) { s.Members, s.Substitutes, s.Chair = r.Members, r.Substitutes, r.Chair })
	},
	KindCalled: func(s *Sitting, data []byte) error {
		return read(data, func(a RollCall) { s.call(a.Member, a.Attendance, "") })
	},
	KindMoved: func(s *Sitting, data []byte) error {
		return read(data, func(m Move) { s.call(m.Member, s.Calls[m.Member].moved(m.In, m.Hour, m.Point, m.Site), m.Hour) })
	},
	KindProxied: func(s *Sitting, data []byte) error {
		return read(data, func(p Proxy) { s.dropProxy(p.From, "", false); s.Proxies = append(s.Proxies, p) })
	},
	KindRevoked: func(s *Sitting, data []byte) error {
		return read(data, func(r RevokeProxy) { s.dropProxy(r.From, r.Hour, false) })
	},
	KindSecretary: func(s *Sitting, data []byte) error {
		return read(data, func(n NameSecretary) { s.Secretary = n.Member })
	},
	KindAuxiliaries: func(s *Sitting, data []byte) error {
		return read(data, func(n NameAuxiliaries) { s.Auxiliaries = n.Names })
	},
	KindPresided: func(s *Sitting, data []byte) error {
		return read(data, func(p Presidency) { s.Presidents = append(s.Presidents, p) })
	},
	KindUrgency: func(s *Sitting, data []byte) error {
		return read(data, s.ruleUrgency)
	},
	KindOpened: func(s *Sitting, data []byte) error {
		return read(data, func(o Opening) { s.Point, s.Openings = o.Point, append(s.Openings, o) })
	},
	KindInterest: func(s *Sitting, data []byte) error {
		return read(data, func(i Interest) { s.Interests = append(s.Interests, i) })
	},
	KindVoted: func(s *Sitting, data []byte) error { return read(data, s.voted) },
	KindAmended: func(s *Sitting, data []byte) error {
		return read(data, func(a Amendment) { s.Amendments = append(s.Amendments, a) })
	},
	KindAmendmentVoted: func(s *Sitting, data []byte) error {
		return read(data, func(v Vote) { s.amendment(v.Amendment, func(a *Amendment) { a.Vote = &v }) })
	},
	KindAmendmentWithdrawn: func(s *Sitting, data []byte) error {
		return read(data, func(w WithdrawAmendment) { s.amendment(w.ID, func(a *Amendment) { a.Withdrawn = true }) })
	},
	KindRoundHeld: func(s *Sitting, data []byte) error { return read(data, s.heldRound) },
	KindAside: func(s *Sitting, data []byte) error {
		return read(data, func(a Aside) { s.Aside = append(s.Aside, a) })
	},
	KindSuspended: func(s *Sitting, data []byte) error {
		return read(data, func(p Suspension) { s.Suspensions = append(s.Suspensions, p) })
	},
	KindResumed: func(s *Sitting, data []byte) error {
		return read(data, func(r Resume) {
			if n := len(s.Suspensions); n > 0 {
				s.Suspensions[n-1].To = r.Hour
			}
		})
	},
	KindDoors: func(s *Sitting, data []byte) error {
		return read(data, func(d ClosedDoors) { s.ClosedDoors = append(s.ClosedDoors, d) })
	},
	KindDoorsOpened: func(s *Sitting, data []byte) error {
		return read(data, func(o OpenDoors) {
			if n := len(s.ClosedDoors); n > 0 {
				s.ClosedDoors[n-1].To = o.Hour
			}
		})
	},
	KindNoted: func(s *Sitting, data []byte) error {
		return read(data, func(n Note) { s.Notes = append(s.Notes, n) })
	},
	KindRecording: func(s *Sitting, data []byte) error {
		return read(data, func(r KeepRecording) {
			if s.Recording = r.Link; s.Remote != nil {
				s.Remote.Recording = r.Link
			}
		})
	},
	KindClosed: func(s *Sitting, data []byte) error {
		return read(data, func(e End) { s.Closed, s.Ended, s.LackedQuorum = true, e.Hour, e.LackedQuorum })
	},
}

func (s *Sitting) fold(kind string, data []byte) error {
	if f, ok := folds[kind]; ok {
		return f(s, data)
	}
	return nil // of a later version of Airial: kept, not understood
}

// call sets a member's attendance; the power that she gave falls when she comes (L2121-20).
func (s *Sitting) call(member string, a Attendance, hour string) {
	if s.Calls == nil {
		s.Calls = map[string]Attendance{}
	}
	s.Calls[member] = a
	if a.inRoom() {
		s.dropProxy(member, hour, true)
	}
}

func (s *Sitting) dropProxy(from, hour string, arrival bool) {
	kept := []Proxy{}
	for _, p := range s.Proxies {
		if p.From != from {
			kept = append(kept, p)
			continue
		}
		s.Former = append(s.Former, FormerProxy{Proxy: p, Until: hour, Point: s.Point, Arrival: arrival})
	}
	s.Proxies = kept
}

func (s *Sitting) ruleUrgency(u Urgency) {
	s.Urgency = &u
	for _, item := range s.Agenda {
		gone := setOf(u.Postponed)[item.Deliberation]
		if !u.Accepted && (s.Urgent || item.Urgent) {
			gone = true
		}
		if gone {
			s.Aside = append(s.Aside, Aside{Point: item.Deliberation, As: Postponed, Why: "Renvoyé par le conseil, qui s’est prononcé sur l’urgence.", Hour: u.Hour})
		}
	}
}

func (s *Sitting) voted(v Vote) {
	kept := []Vote{}
	for _, have := range s.Votes {
		if have.Deliberation != v.Deliberation {
			kept = append(kept, have)
		}
	}
	s.Votes = append(kept, v)
}

func (s *Sitting) amendment(id string, change func(*Amendment)) {
	for i := range s.Amendments {
		if s.Amendments[i].ID == id {
			change(&s.Amendments[i])
		}
	}
}

func (s *Sitting) heldRound(h held) {
	at := -1
	for i, n := range s.Nominations {
		if n.Point == h.Point && n.Post == h.Post {
			at = i
		}
	}
	if at < 0 {
		s.Nominations = append(s.Nominations, Nomination{Point: h.Point, Post: h.Post})
		at = len(s.Nominations) - 1
	}
	n := &s.Nominations[at]
	n.ByRight = h.ByRight
	if !h.ByRight {
		n.Rounds = append(n.Rounds, h.Round)
	}
	for _, c := range h.Candidates {
		if c.ID == h.Elected {
			n.Elected, n.Why = c.Name, h.Why
		}
	}
	if h.Vote == nil {
		return
	}
	v := *h.Vote
	for _, x := range s.Nominations {
		if x.Point == h.Point && x.Elected != "" {
			v.Nominations = append(v.Nominations, x)
		}
	}
	s.voted(v)
}
