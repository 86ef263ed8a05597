package parapheur

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Receipt is Hélios's answer (PES_Acquit) about a flow of a folder, as it was noted there.
type Receipt struct {
	Name     string       `json:"name"`     // of the file that came back
	Document string       `json:"document"` // the flow that it answers
	Digest   store.Digest `json:"digest"`
	Size     int64        `json:"size"`
	Accepted bool         `json:"accepted"`
	// At and Person are when and by whom it was noted: the entry's own, not in its data.
	At     time.Time `json:"at,omitzero"`
	Person string    `json:"person,omitempty"`
}

// KindReceipt: an answer was noted. Each has a stream of its own: it disputes no act.
const KindReceipt = "receipt.noted"

const receipts = "receipt/"

// NoteReceipt keeps the PES_Acquit that came back for a signed flow. It is recognised by the
// name of the flow, or by the bordereaux when a third party renamed it on the way. A folder
// that waits at its transmission goes on once all its flows are accepted.
// Errors: a refusal; those of pes.ReadReceipt; store.ErrNotFound.
func (d *Desk) NoteReceipt(ctx context.Context, actor, id, name string, content []byte) error {
	return d.noteReceipt(ctx, actor, id, name, content, "")
}

// noteReceipt keeps a receipt; expected, when given, is the flow that it must be about.
func (d *Desk) noteReceipt(ctx context.Context, actor, id, name string, content []byte, expected string) error {
	answer, err := pes.ReadReceipt(content)
	if err != nil {
		return fmt.Errorf("reading %q: %w", name, err)
	}
	f, err := d.Folder(ctx, id)
	if err != nil {
		return err
	}
	if err := mayNoteReceipt(f); err != nil {
		return err
	}
	document, err := d.answered(f, answer, expected)
	if err != nil {
		return err
	}
	data := Receipt{Name: name, Document: document, Size: int64(len(content)), Accepted: answer.Accepted()}
	if data.Digest, err = d.j.Store().Blobs().PutBytes(ctx, content); err != nil {
		return fmt.Errorf("keeping %q: %w", name, err)
	}
	_, err = d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		now, err := folder(tx, id)
		if err != nil {
			return nil, err
		}
		drafts := handedBy(now, document, data.Accepted)
		if slices.ContainsFunc(now.Receipts, func(r Receipt) bool { return r.Digest == data.Digest }) {
			if len(drafts) == 0 {
				return nil, &rule.Refusal{Why: "Cette réponse est déjà notée dans le dossier.", Cure: "Il n’y a rien à faire."}
			}
			return drafts, nil // it was noted by hand before the third party gave it
		}
		return append(drafts, journal.Draft{Stream: receipts + id + "/" + d.j.NewID(), Kind: KindReceipt, Data: data, Blobs: []store.Digest{data.Digest}}), nil
	})
	return err
}

// NoteAnswer keeps the PES_Acquit that came back, in the folder of the flow that it answers
// wherever that is, and gives that folder. One that is noted already is left as it is.
// Errors: a refusal when no folder has the flow; those of pes.ReadReceipt.
func (d *Desk) NoteAnswer(ctx context.Context, actor, name string, content []byte) (folder string, err error) {
	answer, err := pes.ReadReceipt(content)
	if err != nil {
		return "", fmt.Errorf("reading %q: %w", name, err)
	}
	ids, err := d.mayAnswer(ctx, answer)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		f, err := d.Folder(ctx, id)
		if err != nil {
			return "", err
		}
		if mayNoteReceipt(f) != nil {
			continue
		}
		if _, err := d.answered(f, answer, ""); rule.Find(err) != nil {
			continue
		} else if err != nil {
			return "", err
		}
		digest := store.DigestOf(content)
		if slices.ContainsFunc(f.Receipts, func(r Receipt) bool { return r.Digest == digest }) {
			return id, nil
		}
		return id, d.NoteReceipt(ctx, actor, id, name, content)
	}
	return "", &rule.Refusal{
		Why:  fmt.Sprintf("Cette réponse d’Hélios concerne un flux (« %s ») qu’aucun dossier signé ici ne contient.", answer.File),
		Cure: "Vérifiez qu’elle vient bien de cette collectivité ; si le flux a été signé ailleurs, gardez-la avec lui.",
	}
}

// answerable is how many flows are looked at when an answer names no bordereau.
const answerable = 200

// mayAnswer gives the folders that an answer may be about, the latest first: those that hold
// one of its bordereaux, else the latest flows.
func (d *Desk) mayAnswer(ctx context.Context, answer *pes.Receipt) (ids []string, err error) {
	id := func(scan func(...any) error) (id string, err error) { return id, scan(&id) }
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		for _, e := range answer.Elements {
			if e.Bordereau == "" {
				continue
			}
			ids, err = store.All(tx, `SELECT id FROM folder WHERE id IN (SELECT folder FROM flow_bordereau WHERE exercise = ? AND number = ?) ORDER BY changed DESC LIMIT ?`,
				[]any{e.Exercise, e.Bordereau, answerable}, id)
			return err
		}
		ids, err = store.All(tx, `SELECT id FROM folder WHERE id IN (SELECT folder FROM flow_bordereau) ORDER BY changed DESC LIMIT ?`, []any{answerable}, id)
		return err
	})
	return ids, err
}

// MayNoteReceipt tells whether a folder has a flow whose answer can come.
func MayNoteReceipt(f *Folder) bool { return mayNoteReceipt(f) == nil }

func mayNoteReceipt(f *Folder) error {
	if f.State != Done && !f.AtHandover() || !slices.ContainsFunc(f.Documents, func(d Document) bool { return d.Format == PES }) {
		return &rule.Refusal{Why: "Hélios ne répond qu’à un flux comptable signé.", Cure: "Choisissez le dossier du flux, une fois son circuit terminé."}
	}
	return nil
}

// answered finds the flow of a folder that a receipt is about; expected, when given, is the
// only one that will do.
func (d *Desk) answered(f *Folder, answer *pes.Receipt, expected string) (document string, err error) {
	for _, doc := range f.Documents {
		if doc.Format != PES || expected != "" && doc.Name != expected {
			continue
		}
		content, err := d.j.Store().Blobs().Read(doc.Digest, MaxDocument)
		if err != nil {
			return "", err
		}
		flow, err := pes.Read(content, nil)
		if err != nil {
			return "", fmt.Errorf("reading %q: %w", doc.Name, err)
		}
		if answer.Answers(flow) {
			return doc.Name, nil
		}
	}
	if expected != "" {
		return "", fmt.Errorf("a receipt for %q came back for %q: %w", answer.File, expected, handover.ErrOther)
	}
	return "", &rule.Refusal{Why: fmt.Sprintf("Cette réponse concerne un autre flux (« %s »).", answer.File), Cure: "Notez-la dans le dossier de ce flux."}
}

func receiptProjection() journal.Projection {
	return journal.Projection{
		Name: "parapheur-receipts", Version: 1, Prefix: receipts, Tables: []string{"folder_receipt"},
		Schema: `CREATE TABLE folder_receipt (stream TEXT PRIMARY KEY, folder TEXT NOT NULL, document TEXT NOT NULL, accepted INTEGER NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX folder_receipt_of ON folder_receipt (folder, document, at);
			CREATE INDEX folder_receipt_rejected ON folder_receipt (folder) WHERE accepted = 0;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var r Receipt
			if err := json.Unmarshal(ev.Data, &r); err != nil {
				return err
			}
			r.At, r.Person = ev.At, ev.Actor
			folder, _, _ := strings.Cut(strings.TrimPrefix(ev.Stream, receipts), "/")
			text, err := json.Marshal(r)
			if err != nil {
				return err
			}
			_, err = tx.Exec(`INSERT INTO folder_receipt VALUES (?, ?, ?, ?, ?, ?)`, ev.Stream, folder, r.Document, r.Accepted, ev.At.UnixMicro(), text)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM folder_receipt WHERE stream = ?`, stream)
			return err
		},
	}
}

func receiptsIn(tx *store.Tx, id string) ([]Receipt, error) {
	return store.All(tx, `SELECT data FROM folder_receipt WHERE folder = ? ORDER BY at, stream`, []any{id}, store.Decoded[Receipt])
}

// rejectedIn gives the folders with a flow whose last answer rejects something.
func rejectedIn(tx *store.Tx) (map[string]bool, error) {
	ids, err := store.All(tx, `SELECT DISTINCT r.folder FROM folder_receipt r WHERE r.accepted = 0
		AND NOT EXISTS (SELECT 1 FROM folder_receipt later WHERE later.folder = r.folder AND later.document = r.document AND later.at > r.at)`, nil,
		func(scan func(...any) error) (id string, err error) { return id, scan(&id) })
	rejected := map[string]bool{}
	for _, id := range ids {
		rejected[id] = true
	}
	return rejected, err
}
