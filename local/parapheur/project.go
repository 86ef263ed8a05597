package parapheur

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/store"
)

// Projections make the tables of the folders and of who has read them.
func Projections() []journal.Projection {
	return []journal.Projection{
		{
			Name: "parapheur", Version: 9, Prefix: "folder/", Tables: append([]string{"folder"}, flowTables...),
			Schema: `CREATE TABLE folder (
				id TEXT PRIMARY KEY, title TEXT NOT NULL, state TEXT NOT NULL, author TEXT NOT NULL,
				turn TEXT NOT NULL, -- whose turn it is, see turnOf
				deadline TEXT NOT NULL, changed INTEGER NOT NULL,
				to_raise TEXT NOT NULL, -- the device that signed and must raise; empty for none
				renew INTEGER NOT NULL, renewer TEXT NOT NULL, -- when its first archive timestamp ends, 0 for never; who laid it
				external TEXT NOT NULL, -- its name at the software that sent it, empty for none
				carrier TEXT NOT NULL, -- the device that has something to do with the third party; empty for none
				legality INTEGER NOT NULL, -- 1 when its route goes to the legality review
				data BLOB NOT NULL) STRICT;
				CREATE INDEX folder_external ON folder (external) WHERE external <> '';
				CREATE INDEX folder_pile ON folder (state, turn, deadline, changed DESC, id); -- all that a pile is chosen and ordered by
				CREATE INDEX folder_renew ON folder (renew) WHERE renew <> 0;
				CREATE INDEX folder_to_raise ON folder (to_raise) WHERE to_raise <> '';
				CREATE INDEX folder_legality ON folder (changed) WHERE legality = 1;
				CREATE INDEX folder_carrier ON folder (carrier) WHERE carrier <> '';` + flowSchema,
			Apply: apply,
			Forget: func(tx *store.Tx, stream string) error {
				if _, err := tx.Exec(`DELETE FROM folder WHERE id = ?`, idOf(stream)); err != nil {
					return err
				}
				return forgetFlow(tx, idOf(stream))
			},
		},
		{
			Name: "parapheur-reading", Version: 1, Prefix: "reading/", Tables: []string{"folder_reading"},
			Schema: `CREATE TABLE folder_reading (folder TEXT NOT NULL, step INTEGER NOT NULL, stream TEXT NOT NULL, PRIMARY KEY (folder, step, stream)) STRICT`,
			Apply: func(tx *store.Tx, ev journal.Event) error {
				var a acted
				if err := json.Unmarshal(ev.Data, &a); err != nil {
					return err
				}
				folder, _, _ := strings.Cut(strings.TrimPrefix(ev.Stream, "reading/"), "/")
				_, err := tx.Exec(`INSERT INTO folder_reading VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, folder, a.Step, ev.Stream)
				return err
			},
			Forget: func(tx *store.Tx, stream string) error {
				_, err := tx.Exec(`DELETE FROM folder_reading WHERE stream = ?`, stream)
				return err
			},
		},
		remarkProjection(),
		typeProjection(),
		opinionProjection(),
		retrievedProjection(),
		receiptProjection(),
	}
}

func idOf(stream string) string { return strings.TrimPrefix(stream, "folder/") }

func apply(tx *store.Tx, ev journal.Event) error {
	id := idOf(ev.Stream)
	f, err := stored(tx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	toRaise := ""
	if f == nil {
		f = &Folder{ID: id}
	} else if err := tx.Get(`SELECT to_raise FROM folder WHERE id = ?`, []any{id}, &toRaise); err != nil {
		return err
	}
	words, err := f.fold(ev, &toRaise)
	if err != nil {
		return err
	}
	if err := save(tx, f, toRaise); err != nil {
		return err
	}
	if err := applyFlow(tx, ev); err != nil || words == "" {
		return err
	}
	return tx.Index(store.Document{Kind: "folder", Ref: id, Stream: ev.Stream, Title: f.Title, Body: words, At: ev.At})
}

// fold applies one entry; words, when there are some, are for the search.
func (f *Folder) fold(ev journal.Event, toRaise *string) (words string, err error) {
	f.Changed = ev.At
	line := Event{At: ev.At, Person: ev.Actor, Device: ev.Device, Kind: ev.Kind, Step: f.Step}
	switch ev.Kind {
	case KindImported:
		var in imported
		if err := json.Unmarshal(ev.Data, &in); err != nil {
			return "", err
		}
		f.Title, f.Kind, f.Documents, f.Route, f.Deadline = in.Title, in.Kind, in.Documents, in.Route, in.Deadline
		f.Type, f.Amount, f.Service, f.External = in.Type, in.Amount, in.Service, in.External
		f.State, f.Author, f.Created = Draft, ev.Actor, ev.At
		words = in.Text
		for _, d := range in.Documents {
			words = d.Name + "\n" + words
		}
	case KindSent:
		f.State = Running
	case KindRaised:
		var r raisedData
		if err := json.Unmarshal(ev.Data, &r); err != nil {
			return "", err
		}
		f.raise(r)
		f.Renewer = ev.Device
		*toRaise = ""
	case KindAdded:
		var a added
		if err := json.Unmarshal(ev.Data, &a); err != nil {
			return "", err
		}
		line.Step, line.Note = a.Step, a.Note
		f.Documents = append(f.Documents, a.Document)
	case KindReassigned:
		var r reassigned
		if err := json.Unmarshal(ev.Data, &r); err != nil {
			return "", err
		}
		line.Step, line.Note, line.For = r.Step, r.Note, r.Person
		if r.Step < len(f.Route) {
			f.Route[r.Step].Person, f.Route[r.Step].Role = r.Person, ""
		}
	case KindHanded, KindHandBack, KindPosting, KindUnposted, KindDeposited, KindForwarded, KindBounced, KindAcknowledged, KindUnfiled:
		if err := f.foldHandover(ev, &line); err != nil {
			return "", err
		}
		if f.State == Done && *toRaise == "" && f.raisable() {
			*toRaise = ev.Device
		}
	default:
		var a signedData
		if err := json.Unmarshal(ev.Data, &a); err != nil {
			return "", err
		}
		line.Step, line.Note, line.Capacity, line.For = a.Step, a.Note, a.Capacity, a.For
		if !a.Since.IsZero() {
			line.At = a.Since
		}
		if f.act(ev, a) {
			*toRaise = ev.Device
		}
		if f.State == Done && *toRaise == "" && f.raisable() {
			*toRaise = ev.Device // an approval ended it: its archive timestamp is still to come
		}
	}
	f.History = append(f.History, line)
	return words, nil
}

// act applies an act at a step; it tells whether there is something to raise.
func (f *Folder) act(ev journal.Event, a signedData) (signed bool) {
	switch ev.Kind {
	case KindApproved:
		f.advance(ev.Actor, a.acted)
	case KindSigned:
		f.advance(ev.Actor, a.acted)
		for _, s := range a.Signatures {
			f.Signatures = append(f.Signatures, s.Signed)
			f.replace(s.Before, s.After, s.Size)
			f.beside(s)
			signed = signed || s.Offline
		}
	case KindRefused:
		f.State, f.Refusal = Refused, a.Note
	case KindTakenBack:
		f.Step, f.Acted = a.Step, nil
	case KindReturned:
		f.Step, f.Acted = max(a.Step-1, 0), nil
	case KindWithdrawn:
		f.State = Withdrawn
	}
	if f.State == Running && f.Step >= len(f.Route) {
		f.State = Done
	}
	return signed
}

// advance does a part of the present step, and goes on when that ends it.
func (f *Folder) advance(person string, a acted) {
	if a.Step >= len(f.Route) {
		return
	}
	if f.Acted = append(f.Acted, Part{Holder: a.Holder, Person: person}); f.Route[a.Step].done(f.Acted) {
		f.Step, f.Acted = a.Step+1, nil
	}
}

func (f *Folder) replace(before, after store.Digest, size int64) {
	for i := range f.Documents {
		if f.Documents[i].Digest == before {
			f.Documents[i].Digest, f.Documents[i].Size = after, size
			return
		}
	}
}

// beside adds a signature that stands beside its document.
func (f *Folder) beside(s signedDocument) {
	for i := range f.Documents {
		if d := &f.Documents[i]; s.Beside != nil && d.Name == s.Document && d.Digest == s.Before {
			d.Beside = append(d.Beside, *s.Beside)
			return
		}
	}
}

// raisable tells whether a signature that may be archived is not yet.
func (f *Folder) raisable() bool {
	return slices.ContainsFunc(f.Signatures, func(s Signed) bool {
		format := slices.IndexFunc(f.Documents, func(d Document) bool { return d.Name == s.Document && d.Format != PES })
		return format >= 0 && s.Level != signature.LevelLTA.String()
	})
}

// renew is when the first archive timestamp of its documents ends, in microseconds.
func (f *Folder) renew() int64 {
	first := int64(neverRenewed)
	for _, d := range f.Documents {
		if !d.ArchivedUntil.IsZero() && (first == neverRenewed || d.ArchivedUntil.UnixMicro() < first) {
			first = d.ArchivedUntil.UnixMicro()
		}
	}
	return first
}

func (f *Folder) raise(r raisedData) {
	beside := map[int]bool{}
	for _, d := range r.Documents {
		for i := range f.Documents {
			if f.Documents[i].Digest == d.Before {
				f.Documents[i].ArchivedUntil = d.Until
			}
		}
		f.replace(d.Before, d.After, d.Size)
		for i := range f.Documents {
			for j := range f.Documents[i].Beside {
				if b := &f.Documents[i].Beside[j]; b.Digest == d.Before {
					b.Digest, b.Size = d.After, d.Size
					// Of several signatures beside a document, the first to end counts.
					if known := &f.Documents[i].ArchivedUntil; !beside[i] || d.Until.Before(*known) {
						*known = d.Until
					}
					beside[i] = true
				}
			}
		}
		for i := range f.Signatures {
			if f.Signatures[i].Document == d.Document {
				f.Signatures[i].Level, f.Signatures[i].Offline = d.Level, false
			}
		}
	}
}

func save(tx *store.Tx, f *Folder, toRaise string) error {
	data, err := json.Marshal(f)
	if err != nil {
		return err
	}
	deadline := string(f.Deadline)
	if deadline == "" {
		deadline = "9999-12-31" // after all that have one
	}
	_, err = tx.Exec(`INSERT INTO folder (id, title, state, author, turn, deadline, changed, to_raise, renew, renewer, external, carrier, legality, data)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET renew = excluded.renew, renewer = excluded.renewer, carrier = excluded.carrier, title = excluded.title, state = excluded.state, turn = excluded.turn, deadline = excluded.deadline, changed = excluded.changed, to_raise = excluded.to_raise, data = excluded.data`,
		f.ID, f.Title, string(f.State), f.Author, turnOf(f), deadline, f.Changed.UnixMicro(), toRaise, f.renew(), f.Renewer, f.External, carrierOf(f), f.reviewed(), data)
	return err
}

func stored(tx *store.Tx, id string) (*Folder, error) {
	f, err := store.GetDecoded[Folder](tx, `SELECT data FROM folder WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	return &f, nil
}
