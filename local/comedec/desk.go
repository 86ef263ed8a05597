package comedec

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/civilstatus/names"
	"alpi40.fr/airial/local/copies"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Request asks whether what a person declared is what the act says.
type Request struct {
	Format     string              `json:"format"`
	ID         string              `json:"id"`
	Sent       time.Time           `json:"sent"`
	Act        civilstatus.ActKind `json:"act"`
	LastName   string              `json:"lastName"`
	FirstNames string              `json:"firstNames"`
	// Day of the act's event; or Year and Number of the act.
	Day     authority.Day `json:"day,omitempty"`
	Year    int           `json:"year,omitempty"`
	Number  string        `json:"number,omitempty"`
	Purpose string        `json:"purpose"` // «succession», «passeport»
}

// Outcome of a verification.
type Outcome string

// The outcomes.
const (
	Given    Outcome = "given"
	Unknown  Outcome = "unknown"  // no act is so
	Several  Outcome = "several"  // more than one: say more
	Withheld Outcome = "withheld" // for now, or to this correspondent
)

// Line is a datum of the act.
type Line struct {
	Label string `json:"label"`
	Text  string `json:"text"`
}

// Answer is what is answered.
type Answer struct {
	Format   string    `json:"format"`
	Request  string    `json:"request"`
	At       time.Time `json:"at"`
	Commune  string    `json:"commune"`
	Outcome  Outcome   `json:"outcome"`
	Article  string    `json:"article,omitempty"`
	Why      string    `json:"why,omitempty"`
	Lines    []Line    `json:"lines,omitempty"`
	Mentions []string  `json:"mentions,omitempty"`
	Draft    string    `json:"draft"`
}

// Notice is what each answer says of itself.
const Notice = "PROJET — message d’essai, sans valeur : il n’est pas passé par le dispositif COMEDEC."

// KindCard is the kind of the entries of a correspondent.
const (
	KindCard    = "correspondent.known"
	KindRemoved = "correspondent.removed"

	prefix = "correspondent/"
	decree = "Décret n° 2017-890 du 6 mai 2017"
)

// Desk answers for one authority on one laptop.
type Desk struct {
	j      *journal.Journal
	acts   *civilstatus.Registry
	copies *copies.Window
}

// New gives the desk of a journal.
func New(j *journal.Journal, acts *civilstatus.Registry, w *copies.Window) *Desk {
	return &Desk{j: j, acts: acts, copies: w}
}

// Projections make the table of the correspondents.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "correspondent", Version: 1, Prefix: prefix, Tables: []string{"correspondent"},
		Schema: `CREATE TABLE correspondent (id TEXT PRIMARY KEY, name TEXT NOT NULL, data BLOB NOT NULL) STRICT;`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, prefix)
			if ev.Kind == KindRemoved {
				_, err := tx.Exec(`DELETE FROM correspondent WHERE id = ?`, id)
				return err
			}
			var c Card
			if err := json.Unmarshal(ev.Data, &c); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO correspondent (id, name, data) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, data = excluded.data`, id, c.Name, []byte(ev.Data))
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM correspondent WHERE id = ?`, strings.TrimPrefix(stream, prefix))
			return err
		},
	}}
}

// Correspondents are those whose requests are read.
func (d *Desk) Correspondents(ctx context.Context) (all []Card, err error) {
	err = d.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM correspondent ORDER BY name, id`, nil, store.Decoded[Card])
		return err
	})
	return all, err
}

// Know adds a correspondent, by the word of who administers, once both have read the fingerprint to each other.
func (d *Desk) Know(ctx context.Context, actor string, c Card) error {
	return d.administer(ctx, actor, journal.Draft{Stream: prefix + c.ID(), Kind: KindCard, Data: c})
}

// Remove takes a correspondent off.
func (d *Desk) Remove(ctx context.Context, actor, id string) error {
	return d.administer(ctx, actor, journal.Draft{Stream: prefix + id, Kind: KindRemoved, Data: struct{}{}})
}

func (d *Desk) administer(ctx context.Context, actor string, draft journal.Draft) error {
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		people, err := authority.People(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{draft}, authority.MayAdminister(people, actor, authority.DayOf(d.j.Now()))
	})
	return err
}

// Open reads a request that a correspondent sealed to these keys. A refusal says in words what is wrong with it.
func (d *Desk) Open(ctx context.Context, raw []byte, k Keys) (r Request, from Card, err error) {
	known, err := d.Correspondents(ctx)
	if err != nil {
		return r, from, err
	}
	from, err = Unseal(raw, k, known, &r)
	for _, w := range []struct {
		reason    error
		why, cure string
	}{
		{ErrNotMessage, "Ce fichier n’est pas une demande de vérification.", "Choisissez le fichier reçu, sans le modifier."},
		{ErrNotForUs, "Cette demande est scellée pour une autre mairie, ou pour un autre ordinateur.", "Renvoyez à son auteur la fiche de cet ordinateur."},
		{ErrStranger, "Cette demande n’est pas signée par un correspondant connu : elle n’a pas été lue.", "Ajoutez d’abord sa fiche, après avoir comparé l’empreinte avec lui."},
		{ErrSignature, "Cette demande a été modifiée depuis sa signature : elle n’a pas été lue.", "Demandez-la de nouveau à son auteur."},
	} {
		if errors.Is(err, w.reason) {
			return r, from, errors.Join(&rule.Refusal{Why: w.why, Cure: w.cure}, err)
		}
	}
	if err == nil {
		err = r.check()
	}
	return r, from, err
}

func (r Request) check() error {
	switch {
	case r.Format != Format || r.ID == "" || len(r.ID) > maxName:
		return errors.Join(&rule.Refusal{Why: "Cette demande n’a pas la forme attendue.", Cure: "Demandez-la de nouveau à son auteur."}, ErrNotMessage)
	case r.Act.Name() == "" || names.Key(r.LastName) == "" || names.Key(r.FirstNames) == "":
		return &rule.Refusal{Why: "La demande ne dit pas quel acte, ou de qui.", Cure: "Demandez à son auteur la nature de l’acte, le nom et les prénoms."}
	case r.Day == "" && (r.Year == 0 || r.Number == ""):
		return &rule.Refusal{Why: "La demande ne dit ni le jour de l’acte, ni son année et son numéro : un nom seul ne désigne personne.", Cure: "Demandez-les à son auteur."}
	}
	return nil
}

// Examined is what would be answered, for the officer's eyes.
type Examined struct {
	Answer Answer
	// Act is the one found; nil for none or several.
	Act *civilstatus.Act
	// Ask: the texts do not settle it, and the officer's reason is needed to give.
	Ask   bool
	Notes []string
}

// Examine tells what would be answered to a correspondent's request. Nothing is written.
func (d *Desk) Examine(ctx context.Context, r Request, from Card) (x Examined, err error) {
	var here authority.Authority
	if err := d.j.Store().View(ctx, func(tx *store.Tx) (err error) { here, err = authority.Current(tx); return err }); err != nil && !errors.Is(err, store.ErrNotFound) {
		return x, err
	}
	x.Answer = Answer{Format: Format, Request: r.ID, At: d.j.Now().UTC(), Commune: here.Place, Draft: Notice}
	found, err := d.find(ctx, r)
	if err != nil {
		return x, err
	}
	switch len(found) {
	case 0:
		x.Answer.Outcome, x.Answer.Why = Unknown, "Aucun acte de "+r.Act.Name()+" tenu ici ne correspond à ce qui est déclaré."
		return x, nil
	case 1:
	default:
		x.Answer.Outcome, x.Answer.Why = Several, "Plusieurs actes correspondent : précisez le numéro et l’année."
		return x, nil
	}
	x.Act = &found[0]
	if m := waiting(x.Act); m != nil {
		x.Answer.Outcome, x.Answer.Article, x.Answer.Why = Withheld, "Code civil, art. 49", "L’acte est en cours de mise à jour : il pourra être vérifié lorsqu’elle sera faite."
		x.Notes = []string{"La mention « " + m.Label + " » est préparée et n’est pas encore apposée : ce qui serait répondu ne dirait pas l’état à jour."}
		return x, nil
	}
	c, err := d.copies.Case(ctx, asked(x.Act, r, from, authority.DayOf(d.j.Now())))
	if err != nil {
		return x, err
	}
	a := copies.Assess(c)
	x.Notes = a.Notes
	if a.Verdict == copies.Deny {
		x.Answer.Outcome, x.Answer.Article, x.Answer.Why = Withheld, a.Article, a.Refusal.Why
		if a.Letter != "" { // the reason would tell of the act
			x.Answer.Article, x.Answer.Why = decree, a.Letter
		}
		return x, nil
	}
	if x.Ask = a.Verdict == copies.Ask; x.Ask {
		x.Notes = append([]string{a.Why}, x.Notes...)
	}
	x.Answer.Outcome = Given
	lines, mentions := c.Says()
	for _, l := range lines {
		x.Answer.Lines = append(x.Answer.Lines, Line{l.Label, l.Text})
	}
	x.Answer.Mentions = mentions
	return x, nil
}

// waiting is a mention that is prepared and not yet affixed, if any.
func waiting(a *civilstatus.Act) *civilstatus.Mention {
	for i := range a.Mentions {
		if m := &a.Mentions[i]; m.State == civilstatus.Prepared || m.State == civilstatus.ToAffix {
			return m
		}
	}
	return nil
}

// maxFound bounds the acts of one name that are held against a request.
const maxFound = 500

// find gives the acts of which everything that the request says is true.
func (d *Desk) find(ctx context.Context, r Request) (out []civilstatus.Act, err error) {
	found, err := d.acts.Search(ctx, r.LastName, maxFound)
	for i := range found.Acts {
		if a := &found.Acts[i]; r.of(a) {
			out = append(out, *a)
		}
	}
	return out, err
}

func (r Request) of(a *civilstatus.Act) bool {
	switch {
	case a.Kind != r.Act, r.Day != "" && a.Date != r.Day, r.Year != 0 && a.Year != r.Year, r.Number != "" && !strings.EqualFold(strings.TrimSpace(r.Number), strings.TrimSpace(a.Number)):
		return false
	}
	return slices.ContainsFunc(a.Persons(), func(p civilstatus.Person) bool {
		if names.Key(p.LastName) != names.Key(r.LastName) {
			return false
		}
		theirs := strings.Fields(strings.ReplaceAll(p.FirstNames, ",", " "))
		return !slices.ContainsFunc(strings.Fields(strings.ReplaceAll(r.FirstNames, ",", " ")), func(w string) bool {
			return !slices.ContainsFunc(theirs, func(x string) bool { return names.Key(x) == names.Key(w) })
		})
	})
}

// basis is what the register of requests says of a verification.
func basis(r Request) string {
	return strings.TrimSpace("Vérification " + r.ID + " — " + r.Purpose)
}

func asked(a *civilstatus.Act, r Request, from Card, today authority.Day) copies.Asked {
	k := copies.Filiation
	if a.Kind == civilstatus.Death || a.Kind == civilstatus.Recognition {
		k = copies.Full
	}
	out := copies.Asked{Act: a.ID, Kind: k, Number: 1, Channel: copies.Email, Name: from.Name, Quality: copies.Administration, Basis: basis(r), Parents: true, On: today, Paper: "signature du message"}
	if from.Office == Notary {
		out.Channel, out.Quality = copies.Notary, copies.Lawyer
	}
	return out
}

// Answer answers, by an officer's word: what is given or withheld of an act enters the register of requests, where a
// request that was answered is not answered twice. reason is the officer's, where the texts do not settle it.
func (d *Desk) Answer(ctx context.Context, actor, officer, reason string, r Request, from Card) (Answer, error) {
	x, err := d.Examine(ctx, r, from)
	if err != nil {
		return Answer{}, err
	}
	if x.Act == nil {
		return x.Answer, nil // nobody's data is told
	}
	before, err := d.copies.List(ctx, maxFound)
	if err != nil {
		return Answer{}, err
	}
	if slices.ContainsFunc(before, func(q copies.Request) bool {
		return q.Basis == basis(r) && q.Name == from.Name && q.State != copies.Received
	}) {
		return Answer{}, &rule.Refusal{Article: decree, Why: "Cette demande a déjà reçu sa réponse.", Cure: "Retrouvez-la au registre des demandes ; son auteur peut en adresser une autre."}
	}
	id, err := d.copies.Receive(ctx, actor, asked(x.Act, r, from, authority.DayOf(d.j.Now())))
	if err != nil {
		return Answer{}, fmt.Errorf("keeping a verification: %w", err)
	}
	if x.Answer.Outcome == Withheld {
		return x.Answer, d.copies.Refuse(ctx, actor, id, officer, x.Answer.Why)
	}
	k := copies.Filiation
	if x.Act.Kind == civilstatus.Death || x.Act.Kind == civilstatus.Recognition {
		k = copies.Full
	}
	return x.Answer, d.copies.Grant(ctx, actor, id, k, officer, reason)
}
