package parapheur

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// flowFacts are what a signed flow lets later ones be checked against. Third parties and
// accounts are kept as fingerprints: the journal holds neither names nor account numbers.
type flowFacts struct {
	Bordereaux []bordereauFact `json:"bordereaux,omitempty"`
	Accounts   []accountFact   `json:"accounts,omitempty"`
	Invoices   []invoiceFact   `json:"invoices,omitempty"`
}

type bordereauFact struct {
	Exercise string   `json:"exercise"`
	Budget   string   `json:"budget"`
	Side     pes.Side `json:"side"`
	Kind     string   `json:"kind"`
	Number   string   `json:"number"`
}

type accountFact struct {
	Third       string `json:"third"`
	Fingerprint string `json:"fingerprint"`
	Ending      string `json:"ending"`
}

type invoiceFact struct {
	Third  string     `json:"third"`
	Number string     `json:"number"`
	Amount pes.Amount `json:"amount"`
	Where  string     `json:"where"`
}

// maxFacts bounds each kind of fact, so that an entry stays within journal.MaxData.
const maxFacts = 2000

// thirdOf is the fingerprint of a third party's name.
func thirdOf(key string) string {
	digest := sha256.Sum256([]byte("airial third party\x00" + key))
	return hex.EncodeToString(digest[:8])
}

func factsOf(f *pes.Flow) *flowFacts {
	facts := &flowFacts{}
	seen := map[string]bool{}
	for _, b := range f.Bordereaux {
		if len(facts.Bordereaux) < maxFacts {
			facts.Bordereaux = append(facts.Bordereaux, bordereauFact{b.Exercise, f.Budget, b.Side, b.Type, b.Number})
		}
		if b.Side != pes.Spending {
			continue
		}
		for _, p := range b.Pieces {
			where := fmt.Sprintf("bordereau %s, mandat %s de l’exercice %s", b.Number, p.Number, b.Exercise)
			for _, l := range p.Lines {
				facts.line(b, p, l, where, seen)
			}
		}
	}
	return facts
}

func (facts *flowFacts) line(b *pes.Bordereau, p *pes.Piece, l *pes.Line, where string, seen map[string]bool) {
	for _, t := range l.Thirds {
		key := t.Key() + "\x00" + t.Account.Fingerprint()
		if !t.Account.IsZero() && !seen[key] && len(facts.Accounts) < maxFacts {
			seen[key] = true
			facts.Accounts = append(facts.Accounts, accountFact{thirdOf(t.Key()), t.Account.Fingerprint(), t.Account.Ending()})
		}
	}
	number := l.Invoice
	if number == "" {
		number = p.Invoice
	}
	if number != "" && len(l.Thirds) > 0 && b.Type == "01" && len(facts.Invoices) < maxFacts {
		facts.Invoices = append(facts.Invoices, invoiceFact{thirdOf(l.Thirds[0].Key()), number, l.Net + l.VAT, where})
	}
}

// The facts of the flows that were signed are tables of the folders' own projection: two
// projections of one prefix would erase each other's words for the search.
var flowTables = []string{"flow_bordereau", "flow_account", "flow_invoice"}

const flowSchema = `
	CREATE TABLE flow_bordereau (folder TEXT NOT NULL, exercise TEXT NOT NULL, budget TEXT NOT NULL, side TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL) STRICT;
	CREATE INDEX flow_bordereau_series ON flow_bordereau (exercise, budget, side, kind, number);
	CREATE INDEX flow_bordereau_folder ON flow_bordereau (folder);
	CREATE TABLE flow_account (folder TEXT NOT NULL, third TEXT NOT NULL, fingerprint TEXT NOT NULL, ending TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
	CREATE INDEX flow_account_third ON flow_account (third, at);
	CREATE INDEX flow_account_folder ON flow_account (folder);
	CREATE TABLE flow_invoice (folder TEXT NOT NULL, third TEXT NOT NULL, number TEXT NOT NULL, amount INTEGER NOT NULL, place TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
	CREATE INDEX flow_invoice_of ON flow_invoice (third, number, amount);
	CREATE INDEX flow_invoice_folder ON flow_invoice (folder);`

func forgetFlow(tx *store.Tx, folder string) error {
	for _, table := range flowTables {
		if _, err := tx.Exec(`DELETE FROM `+table+` WHERE folder = ?`, folder); err != nil {
			return err
		}
	}
	return nil
}

func applyFlow(tx *store.Tx, ev journal.Event) error {
	if ev.Kind != KindSigned {
		return nil
	}
	var data signedData
	if err := json.Unmarshal(ev.Data, &data); err != nil {
		return err
	}
	id, at := idOf(ev.Stream), ev.At.UnixMicro()
	for _, s := range data.Signatures {
		if s.Facts == nil {
			continue
		}
		for _, b := range s.Facts.Bordereaux {
			if _, err := tx.Exec(`INSERT INTO flow_bordereau VALUES (?, ?, ?, ?, ?, ?)`, id, b.Exercise, b.Budget, string(b.Side), b.Kind, b.Number); err != nil {
				return err
			}
		}
		for _, a := range s.Facts.Accounts {
			if _, err := tx.Exec(`INSERT INTO flow_account VALUES (?, ?, ?, ?, ?)`, id, a.Third, a.Fingerprint, a.Ending, at); err != nil {
				return err
			}
		}
		for _, i := range s.Facts.Invoices {
			if _, err := tx.Exec(`INSERT INTO flow_invoice VALUES (?, ?, ?, ?, ?, ?)`, id, i.Third, i.Number, int64(i.Amount), i.Where, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// Flow reads an accounting flow of a folder, and remarks on it with what the town hall knew
// before; one that a folder has signed already is past remarks: what was signed since would be
// held against it. Errors: those of pes.Read; store.ErrNotFound.
func (d *Desk) Flow(ctx context.Context, folder string, content []byte) (*pes.Flow, []pes.Remark, error) {
	flow, err := pes.Read(content, nil)
	if err != nil {
		return nil, nil, err
	}
	if folder != "" && d.signedHere(ctx, folder) {
		return flow, nil, nil
	}
	remarks, err := d.remarksOn(ctx, folder, flow, content)
	return flow, remarks, err
}

// signedHere tells whether a folder's flow is among those that were signed.
func (d *Desk) signedHere(ctx context.Context, folder string) bool {
	var n int
	return d.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT count(*) FROM flow_bordereau WHERE folder = ?`, []any{folder}, &n)
	}) == nil && n > 0
}

// FlowSchemas hold a flow, or Hélios's answer, against the official schemas. Error: that of ctx.
type FlowSchemas interface {
	Check(ctx context.Context, content []byte) ([]pes.Remark, error)
}

// Against has flows held against schemas from now on; it is called before the desk is used.
func (d *Desk) Against(s FlowSchemas) { d.schemas = s }

// CheckAnswer holds Hélios's answer against the schemas: what they say of it is told, and stops nothing.
func (d *Desk) CheckAnswer(ctx context.Context, content []byte) ([]pes.Remark, error) {
	if d.schemas == nil {
		return nil, nil
	}
	return d.schemas.Check(ctx, content)
}

// remarksOn checks a flow with what other folders' flows said, and the official schemas; folder may be empty.
func (d *Desk) remarksOn(ctx context.Context, folder string, flow *pes.Flow, content []byte) (remarks []pes.Remark, err error) {
	var formal []pes.Remark
	if d.schemas != nil {
		if formal, err = d.schemas.Check(ctx, content); err != nil {
			return nil, fmt.Errorf("comparing with the official schemas: %w", err)
		}
	}
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		a, err := authority.Current(tx)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		k := knownIn{tx: tx, folder: folder}
		remarks = flow.Check(pes.Known{Siren: a.ID, Today: d.j.Now(), Account: k.account, Invoice: k.invoice, Bordereau: k.bordereau})
		return k.err
	})
	remarks = append(remarks, formal...)
	pes.Sort(remarks)
	return remarks, err
}

// knownIn answers from the tables; the first failure is kept, since a check has no error.
type knownIn struct {
	tx     *store.Tx
	folder string
	err    error
}

// get tells whether a row was there.
func (k *knownIn) get(query string, args []any, to ...any) bool {
	err := k.tx.Get(query, args, to...)
	if err != nil && !errors.Is(err, store.ErrNotFound) && k.err == nil {
		k.err = err
	}
	return err == nil
}

func (k *knownIn) account(third string) (fingerprint, ending string, day time.Time, known bool) {
	var at int64
	known = k.get(`SELECT fingerprint, ending, at FROM flow_account WHERE third = ? AND folder <> ? ORDER BY at DESC LIMIT 1`, []any{thirdOf(third), k.folder}, &fingerprint, &ending, &at)
	return fingerprint, ending, time.UnixMicro(at), known
}

func (k *knownIn) invoice(third, number string, amount pes.Amount) (where string, known bool) {
	var at int64
	known = k.get(`SELECT place, at FROM flow_invoice WHERE third = ? AND number = ? AND amount = ? AND folder <> ? LIMIT 1`, []any{thirdOf(third), number, int64(amount), k.folder}, &where, &at)
	return where + ", signé le " + french.Date(time.UnixMicro(at)), known
}

func (k *knownIn) bordereau(exercise, budget string, side pes.Side, kind, number string) (used bool, last int) {
	var n int
	series := []any{exercise, budget, string(side), kind, k.folder}
	const of = ` FROM flow_bordereau WHERE exercise = ? AND budget = ? AND side = ? AND kind = ? AND folder <> ?`
	k.get(`SELECT coalesce(max(CAST(number AS INTEGER)), 0)`+of, series, &last)
	k.get(`SELECT count(*)`+of+` AND number = ?`, append(series, number), &n)
	if _, err := strconv.Atoi(number); err != nil {
		last = 0
	}
	return n > 0, last
}
