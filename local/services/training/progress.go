package training

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// KindStep is the entry of one step; its stream is «training/<id>».
const KindStep = "training.step"

// Exercises is the module of the program's own: the exercises on mentions, which have a page of theirs.
const Exercises = "airial/mentions"

// Prefix is what the streams begin with.
const Prefix = "training/"

// months is how long a module may take from its first step.
const months = 6

// Step is one thing that a person did in a module.
type Step struct {
	Person string    `json:"person"`
	Module string    `json:"module"`
	At     time.Time `json:"-"`
	// Page is the last one read, from 1; 0 for none.
	Page int `json:"page,omitempty"`
	// Points of Of in a quiz.
	Points int `json:"points,omitempty"`
	Of     int `json:"of,omitempty"`
	// Complete: the module is finished.
	Complete bool `json:"complete,omitempty"`
	// State is what a package keeps for the next time.
	State map[string]string `json:"state,omitempty"`
	// Unit is the one of a package of several Units that said so: what State holds of the others is no news.
	Unit  string `json:"unit,omitempty"`
	Units int    `json:"units,omitempty"`
}

// maxState bounds what a package keeps: SCORM 1.2 gives 4,096 characters to suspend_data.
const maxState = 48 << 10

// Progress is where a person is in a module.
type Progress struct {
	Begun, Last time.Time
	Page        int
	// Points of Of of the best quiz.
	Points, Of int
	// Done is when it was completed, zero before.
	Done time.Time
	// State is what a package kept last.
	State map[string]string
}

// Until is by when a module that was begun is to be finished.
func (p Progress) Until() time.Time {
	if p.Begun.IsZero() {
		return time.Time{}
	}
	return p.Begun.AddDate(0, months, 0)
}

// Over tells whether the time ran out before the end.
func (p Progress) Over(now time.Time) bool {
	return !p.Begun.IsZero() && p.Done.IsZero() && now.After(p.Until())
}

// fold takes the steps of one person in one module, in their order. A step after the six months
// begins anew.
func fold(steps []Step) (p Progress) {
	for _, s := range steps {
		if p.Begun.IsZero() || p.Over(s.At) {
			p = Progress{Begun: s.At}
		}
		p.Last = s.At
		p.Page = max(p.Page, s.Page)
		if s.Units > 1 {
			p.foldUnit(s)
			continue
		}
		if s.Of > 0 && (p.Of == 0 || s.Points*p.Of > p.Points*s.Of) {
			p.Points, p.Of = s.Points, s.Of
		}
		if s.State != nil {
			p.State = s.State
		}
		if s.Complete && p.Done.IsZero() {
			p.Done = s.At
		}
	}
	return p
}

// foldUnit takes what one unit of a package says. Another computer may have followed other units meanwhile: they stay as they are,
// and what was done once stays done.
func (p *Progress) foldUnit(s Step) {
	own, kept := unitPrefix(s.Unit), map[string]string{}
	for k, v := range p.State {
		if !strings.HasPrefix(k, own) || k == own+KeyDone || k == own+KeyPoints {
			kept[k] = v
		}
	}
	for k, v := range s.State {
		if _, known := p.State[k]; strings.HasPrefix(k, own) || !known {
			kept[k] = v
		}
	}
	p.State = kept
	done, sum, scored := 0, 0, 0
	for k, v := range kept {
		switch {
		case strings.HasSuffix(k, "/"+KeyDone):
			done++
		case strings.HasSuffix(k, "/"+KeyPoints):
			if n, err := strconv.Atoi(v); err == nil && n >= 0 && n <= 100 {
				sum, scored = sum+n, scored+1
			}
		}
	}
	if scored > 0 {
		p.Points, p.Of = (sum+scored/2)/scored, 100
	}
	if (s.Complete || done >= s.Units) && p.Done.IsZero() {
		p.Done = s.At
	}
}

// Correct gives how many questions of a quiz were answered right: all its right options, and no
// other. answers are the options chosen, by question.
func Correct(quiz []Question, answers [][]int) (points int) {
	for i, q := range quiz {
		if i >= len(answers) {
			break
		}
		got, want := slices.Clone(answers[i]), slices.Clone(q.Right)
		slices.Sort(got)
		slices.Sort(want)
		if slices.Equal(slices.Compact(got), slices.Compact(want)) {
			points++
		}
	}
	return points
}

// Passes tells whether a quiz completes the module.
func (c *Content) Passes(points int) bool {
	return len(c.Quiz) == 0 || points*100 >= c.Pass*len(c.Quiz)
}

// School is the training of one authority on one laptop.
type School struct{ j *journal.Journal }

// New gives what a journal holds.
func New(j *journal.Journal) *School { return &School{j: j} }

// Note keeps a step of a person. Error: a refusal.
func (s *School) Note(ctx context.Context, step Step) error {
	if step.Person == "" || step.Module == "" {
		return &rule.Refusal{Why: "On ne sait pas qui se forme.", Cure: "Dites dans les réglages qui travaille sur cet ordinateur."}
	}
	size := 0
	for k, v := range step.State {
		size += len(k) + len(v)
	}
	if size > maxState || step.Points < 0 || step.Points > step.Of {
		return &rule.Refusal{Why: "Ce module veut garder plus qu’il n’est prévu.", Cure: "Signalez-le à l’agence ; ce qui était déjà noté est gardé."}
	}
	_, err := s.j.Commit(ctx, step.Person, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: Prefix + s.j.NewID(), Kind: KindStep, Data: step}}, nil
	})
	return err
}

// Progress gives where a person is, by module.
func (s *School) Progress(ctx context.Context, person string) (map[string]Progress, error) {
	steps := map[string][]Step{}
	err := s.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT module, at, data FROM training_step WHERE person = ? ORDER BY at, id`, []any{person}, func(scan func(...any) error) error {
			var module string
			var at int64
			var data []byte
			if err := scan(&module, &at, &data); err != nil {
				return err
			}
			var step Step
			if err := json.Unmarshal(data, &step); err != nil {
				return err
			}
			step.At = time.UnixMicro(at).UTC()
			steps[module] = append(steps[module], step)
			return nil
		})
	})
	out := map[string]Progress{}
	for module, all := range steps {
		out[module] = fold(all)
	}
	return out, err
}

// MayCertify tells whether a certificate may be printed.
func MayCertify(p Progress) error {
	if p.Done.IsZero() {
		cure := "Terminez-le."
		if !p.Begun.IsZero() {
			cure = "Terminez-le avant le " + french.Date(p.Until()) + "."
		}
		return &rule.Refusal{Why: "Ce module n’est pas terminé.", Cure: cure}
	}
	return nil
}

// Projections make the table of the steps.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "training-steps", Version: 1, Prefix: Prefix, Tables: []string{"training_step"},
		Schema: `CREATE TABLE training_step (id TEXT PRIMARY KEY, person TEXT NOT NULL, module TEXT NOT NULL, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX training_of ON training_step (person, at);`,
		Apply: func(tx *store.Tx, ev journal.Event) error {
			var s Step
			if err := json.Unmarshal(ev.Data, &s); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO training_step VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`, strings.TrimPrefix(ev.Stream, Prefix), s.Person, s.Module, ev.At.UnixMicro(), ev.Data)
			return err
		},
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM training_step WHERE id = ?`, strings.TrimPrefix(stream, Prefix))
			return err
		},
	}}
}
