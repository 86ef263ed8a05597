package civilstatus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/civilstatus/deceased"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Deaths that the file of INSEE suggests. The file is no proof: what a person confirms is asked of the town hall that drew
// up the death act, whose notice alone is followed by a mention (Code civil, art. 79).

// The kinds of entries of a suggested death, and its streams: one an act and a day.
const (
	KindSuggested = "death.suggested"
	KindConfirmed = "death.confirmed"
	KindDismissed = "death.dismissed"
	KindAsked     = "death.asked"
	// KindDeathRestored tells one as it stood elsewhere.
	KindDeathRestored = "death.restored"

	deathPrefix = "death/"
)

// DeathState is where a suggested death stands.
type DeathState string

// The states.
const (
	Suggested DeathState = "suggested"
	Confirmed DeathState = "confirmed" // by a person; its notice is to be asked for
	Asked     DeathState = "asked"
	Dismissed DeathState = "dismissed" // somebody else
)

// Demise is a line of the file that may be of a birth act that is here.
type Demise struct {
	ID    string          `json:"id"`
	Act   string          `json:"act"`
	Born  string          `json:"born"`           // as the file tells it: «12 mars 1920», «1920»
	Died  string          `json:"died"`           // in the same way
	On    authority.Day   `json:"on,omitempty"`   // of the death, when it is wholly known
	Place string          `json:"place"`          // official geographic code of the place of death
	No    string          `json:"no,omitempty"`   // of the death act
	Name  string          `json:"name"`           // as the file writes it
	From  string          `json:"from,omitempty"` // where it says that the person was born
	Score int             `json:"score"`
	Clues []deceased.Clue `json:"clues"`
	File  string          `json:"file"`
	Line  int64           `json:"line"`

	State DeathState    `json:"state,omitempty"`
	By    string        `json:"by,omitempty"`
	Day   authority.Day `json:"day,omitempty"` // of the last step
	Why   string        `json:"why,omitempty"` // it is dismissed
}

type deathStep struct {
	By  string        `json:"by"`
	On  authority.Day `json:"on"`
	Why string        `json:"why,omitempty"`
}

// Town is the place of death as a letter writes it after «Mairie»: «de Dax», or its code where the official geographic code
// does not know it.
func (d *Demise) Town() string {
	if c, known := cog.ByCode(d.Place); known {
		return c.Of()
	}
	return "(" + d.Place + ")"
}

func deathProjection() journal.Projection {
	return journal.Projection{
		Name: "civildeath", Version: 1, Prefix: deathPrefix, Tables: []string{"civil_death"},
		Schema: `CREATE TABLE civil_death (id TEXT PRIMARY KEY, act TEXT NOT NULL, open INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX civil_death_open ON civil_death (id) WHERE open > 0; CREATE INDEX civil_death_act ON civil_death (act);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			id := strings.TrimPrefix(ev.Stream, deathPrefix)
			d, err := readDeath(tx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := d.fold(ev); err != nil {
				return err
			}
			data, err := json.Marshal(d)
			if err != nil {
				return err
			}
			open := 0
			if d.State == Suggested || d.State == Confirmed {
				open = 1
			}
			_, err = tx.Exec(`INSERT INTO civil_death (id, act, open, data) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET open = excluded.open, data = excluded.data`, id, d.Act, open, data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM civil_death WHERE id = ?`, strings.TrimPrefix(stream, deathPrefix))
			return err
		},
	}
}

func (d *Demise) fold(ev journal.Event) error {
	if ev.Kind == KindDeathRestored {
		return json.Unmarshal(ev.Data, d)
	}
	if ev.Kind == KindSuggested {
		err := json.Unmarshal(ev.Data, d)
		d.State = Suggested
		return err
	}
	var s deathStep
	if err := json.Unmarshal(ev.Data, &s); err != nil {
		return err
	}
	d.By, d.Day, d.Why = s.By, s.On, s.Why
	d.State = map[string]DeathState{KindConfirmed: Confirmed, KindDismissed: Dismissed, KindAsked: Asked}[ev.Kind]
	return nil
}

func readDeath(tx *store.Tx, id string) (Demise, error) {
	return store.GetDecoded[Demise](tx, `SELECT data FROM civil_death WHERE id = ?`, id)
}

// births are the birth acts whose death is not mentioned.
func births(tx *store.Tx) (all []deceased.Birth, err error) {
	err = tx.Each(`SELECT data FROM act WHERE kind = ?`, []any{string(Birth)}, func(scan func(...any) error) error {
		a, err := store.Decoded[Act](scan)
		if err != nil || a.LastName == "" || a.count(deaths, "") > 0 {
			return err
		}
		b := deceased.Birth{Act: a.ID, LastName: a.LastName, FirstNames: a.FirstName, Born: deceased.Date{Year: a.Year}}
		switch a.Gender {
		case Masculine:
			b.Sex = deceased.Male
		case Feminine:
			b.Sex = deceased.Female
		}
		if a.Date != "" {
			t := a.Date.Time()
			b.Born = deceased.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		}
		all = append(all, b)
		return nil
	})
	return all, err
}

// Reading is what became of a file of the deceased.
type Reading struct {
	deceased.Told
	New   int // suggestions
	Known int // they were made before, perhaps of another file
}

// suggestions is how many are kept in one transaction.
const suggestions = 500

// ReadDeceased reads a file of the deceased, of a name, in one pass, and keeps as suggestions the lines that may be of a
// birth act whose death is not mentioned. What was suggested before is left as it is: a file may be read again, or stopped.
func (r *Registry) ReadDeceased(ctx context.Context, actor, name string, file io.Reader, progress func(lines int64)) (out Reading, err error) {
	var all []deceased.Birth
	var here authority.Authority
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if here, err = authority.Current(tx); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		all, err = births(tx)
		return err
	}); err != nil {
		return out, err
	}
	if len(all) == 0 {
		return out, &rule.Refusal{Why: "Aucun acte de naissance n’est à rapprocher.", Cure: "Importez d’abord le registre des naissances."}
	}
	var batch []Demise
	flush := func() error {
		n, err := r.suggest(ctx, actor, batch)
		out.New, out.Known, batch = out.New+n, out.Known+len(batch)-n, batch[:0]
		return err
	}
	out.Told, err = deceased.Read(ctx, file, deceased.NewBirths(here.INSEE, all), func(m deceased.Match) error {
		batch = append(batch, suggested(m, name))
		if len(batch) < suggestions {
			return nil
		}
		return flush()
	}, progress)
	if errors.Is(err, deceased.ErrNotFile) {
		return out, errors.Join(&rule.Refusal{Why: "Ce fichier n’est pas celui des personnes décédées de l’INSEE : ses lignes n’en ont pas les colonnes.", Cure: "Choisissez le fichier texte (deces-AAAA.txt), une fois décompressé. Rien n’a été gardé des lignes illisibles."}, err)
	}
	if len(batch) > 0 {
		err = errors.Join(err, flush())
	}
	return out, err
}

func suggested(m deceased.Match, file string) Demise {
	r := m.Record
	d := Demise{Act: m.Act, Born: r.Born.String(), Died: r.Died.String(), On: authority.Day(r.Died.ISO()), Place: r.DiedCode, No: r.Number, Name: strings.TrimSpace(r.LastName + " " + r.FirstNames),
		From: strings.TrimSpace(r.BornPlace + " " + r.BornCountry), Score: m.Score, Clues: m.Clues, File: file, Line: m.Line}
	d.ID = fmt.Sprintf("%s-%04d%02d%02d-%s", m.Act, r.Died.Year, r.Died.Month, r.Died.Day, r.DiedCode)
	return d
}

func (r *Registry) suggest(ctx context.Context, actor string, all []Demise) (n int, err error) {
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) (drafts []journal.Draft, err error) {
		seen := map[string]bool{}
		for _, d := range all {
			_, err := readDeath(tx, d.ID)
			switch {
			case err == nil || seen[d.ID]:
				continue
			case !errors.Is(err, store.ErrNotFound):
				return nil, err
			}
			seen[d.ID] = true
			drafts = append(drafts, journal.Draft{Stream: deathPrefix + d.ID, Kind: KindSuggested, Data: d})
		}
		n = len(drafts)
		return drafts, nil
	})
	return n, err
}

// Demise gives a suggested death. store.ErrNotFound.
func (r *Registry) Demise(ctx context.Context, id string) (d Demise, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { d, err = readDeath(tx, id); return err })
	return d, err
}

// DeathsOf gives what was suggested of an act.
func (r *Registry) DeathsOf(ctx context.Context, act string) (all []Demise, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM civil_death WHERE act = ? ORDER BY id`, []any{act}, store.Decoded[Demise])
		return err
	})
	return all, err
}

func (r *Registry) stepDeath(ctx context.Context, actor, id, kind string, s deathStep, from ...DeathState) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := readDeath(tx, id)
		if err != nil {
			return nil, fmt.Errorf("suggested death %s: %w", id, err)
		}
		for _, state := range from {
			if d.State == state {
				s.By, s.On = actor, authority.DayOf(r.j.Now())
				return []journal.Draft{{Stream: deathPrefix + id, Kind: kind, Data: s}}, nil
			}
		}
		return nil, &rule.Refusal{Why: "Cette proposition est déjà traitée.", Cure: "Rouvrez la liste des décès à confirmer."}
	})
	return err
}

// ConfirmDeath notes that a person recognised, in a line of the file, who the act is about. No mention follows from it.
func (r *Registry) ConfirmDeath(ctx context.Context, actor, id string) error {
	return r.stepDeath(ctx, actor, id, KindConfirmed, deathStep{}, Suggested)
}

// DismissDeath notes that the line is of somebody else, and why.
func (r *Registry) DismissDeath(ctx context.Context, actor, id, why string) error {
	if why = strings.TrimSpace(why); why == "" {
		return &rule.Refusal{Why: "Il manque le motif.", Cure: "Dites en quelques mots pourquoi ce n’est pas la même personne."}
	}
	return r.stepDeath(ctx, actor, id, KindDismissed, deathStep{Why: why}, Suggested, Confirmed)
}

// AskDeath notes that the notice was asked for; see [Registry.DeathLetter].
func (r *Registry) AskDeath(ctx context.Context, actor, id string) error {
	return r.stepDeath(ctx, actor, id, KindAsked, deathStep{}, Confirmed)
}

// DeathLetter is the letter that asks the town hall of the place of death for its notice. to are the addressee's lines.
func (r *Registry) DeathLetter(ctx context.Context, id string, to []string) (typeset.Document, error) {
	var d Demise
	var a *Act
	var who authority.Authority
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		if d, err = readDeath(tx, id); err != nil {
			return err
		}
		if a, err = read(tx, d.Act); err != nil {
			return err
		}
		who, err = authority.Current(tx)
		return err
	}); err != nil {
		return typeset.Document{}, err
	}
	if d.State == Suggested || d.State == Dismissed {
		return typeset.Document{}, &rule.Refusal{Article: "Code civil, art. 79", Why: "Personne n’a confirmé ce rapprochement.", Cure: "Comparez l’acte et la ligne du fichier, puis confirmez."}
	}
	died := "décédé"
	if a.Gender == Feminine {
		died = "décédée"
	}
	if died += " en " + d.Died; d.On != "" {
		died = strings.Replace(died, " en ", " le ", 1)
	}
	if d.No != "" {
		died += " (acte n° " + d.No + ")"
	}
	on := a.typeset()
	return typeset.MentionLetter{
		Head: typeset.Head{Authority: who.Letterhead(), Printed: r.j.Now()}, To: to, Title: "Demande d’un avis de mention de décès", Sent: r.j.Now(),
		Text: []string{
			"Je tiens l’acte suivant : " + on.Reference() + ", " + on.Person + when(a) + ".",
			"Le fichier des personnes décédées publié par l’INSEE fait état d’une personne qui pourrait être la même : " + d.Name + ", " + died + ", commune " + d.Town() + ". Ce fichier ne suffit pas à porter une mention.",
			"Si votre commune a dressé ou transcrit l’acte de décès, je vous remercie de m’adresser l’avis de mention (code civil, articles 49 et 79), ou de me dire qu’il s’agit d’une autre personne.",
		},
	}.Typeset(ctx)
}

// when is the date of an act within a sentence, if it is known.
func when(a *Act) string {
	switch {
	case a.Date != "":
		return ", du " + french.Date(a.Date.Time())
	case a.Written != "":
		return ", du " + a.Written
	}
	return ""
}
