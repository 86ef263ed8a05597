package registers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/writing"
)

// The kinds of entries.
const (
	KindNoted   = "formality.noted"
	KindCleared = "formality.cleared" // noted by mistake

	KindMinutesDrafted   = "minutes.drafted"
	KindMinutesSettled   = "minutes.settled"
	KindMinutesSigned    = "minutes.signed"
	KindMinutesPublished = "minutes.published"

	KindOrderDrafted    = "order.drafted"
	KindOrderNumbered   = "order.numbered"
	KindOrderRenumbered = "order.renumbered"
	KindOrderSent       = "order.sent"
	KindOrderSigned     = "order.signed"
	KindOrderKnown      = "order.known" // published or notified
	KindOrderReported   = "order.reported"

	KindAsked = "followup.asked"
	KindDone  = "finished.noted" // in a stream of its own: two people may both note it
)

// Registers are those of one authority on one laptop.
type Registers struct {
	j       *journal.Journal
	council *council.Council
	library Library
	online  Online
	themes  Themes
	// reproduce makes the pages of an annex ready to be set; nil: annexes are named by their digests alone.
	reproduce func(ctx context.Context, d store.Digest, read func() ([]byte, error)) ([]byte, error)
}

// Reproducer gives a PDF's pages as plain forms, to be set in the register (pageimage.Renderer.Reproduce).
type Reproducer func(ctx context.Context, pdf []byte) ([]byte, error)

// ReproduceWith is said once, before anything is printed: the numbers of the sheets depend on it.
func (r *Registers) ReproduceWith(f Reproducer) {
	r.reproduce = (&kept{made: map[store.Digest][]byte{}, make: f}).of
}

// Online tells on which day the list of a sitting was put online, "" when it was not: whoever publishes knows it.
type Online func(tx *store.Tx, sitting string) (authority.Day, error)

// Themes gives what tells under which theme the table by subject lists an act; matter is what its template proposed, "" for
// none. Whoever transmits acts knows the matter that was chosen.
type Themes func(tx *store.Tx) (func(act, matter string) (string, error), error)

// New gives the registers that a journal holds; the journal has Projections and those of the council. online may be nil:
// that the list is online is then noted here. themes may be nil: the template's matter alone is known.
func New(j *journal.Journal, c *council.Council, l Library, online Online, themes Themes) *Registers {
	if themes == nil {
		themes = func(*store.Tx) (func(string, string) (string, error), error) {
			return func(_, matter string) (string, error) {
				if matter == "" {
					return "", nil
				}
				return "Matière " + matter, nil
			}, nil
		}
	}
	return &Registers{j: j, council: c, library: l, online: online, themes: themes}
}

func (r *Registers) today() authority.Day { return authority.DayOf(r.j.Now()) }

func (r *Registers) commit(ctx context.Context, actor, stream, kind string, decide func(*store.Tx) (any, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		data, err := decide(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: stream, Kind: kind, Data: data}}, nil
	})
	return err
}

type noted struct {
	What   Formality     `json:"what"`
	Day    authority.Day `json:"day,omitempty"`
	Reason string        `json:"reason,omitempty"`
}

// Note notes that a formality was done on a day.
func (r *Registers) Note(ctx context.Context, actor, sitting string, what Formality, day authority.Day) error {
	return r.commit(ctx, actor, "formality/"+sitting, KindNoted, func(tx *store.Tx) (any, error) {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return nil, err
		}
		if what == ListOnline && r.online != nil {
			return nil, &rule.Refusal{Article: articleList, Why: "La mise en ligne de la liste se fait à la page « Publication », qui en garde le jour.", Cure: "Publiez-y la liste ; le jour s’y corrige aussi."}
		}
		return noted{What: what, Day: day}, CheckFormality(what, *s, day, r.today())
	})
}

// Clear takes back what was noted by mistake. The journal keeps both.
func (r *Registers) Clear(ctx context.Context, actor, sitting string, what Formality, reason string) error {
	return r.commit(ctx, actor, "formality/"+sitting, KindCleared, func(tx *store.Tx) (any, error) {
		done, err := formalities(tx, sitting)
		if err == nil && done[what] == "" {
			err = &rule.Refusal{Why: "Cette formalité n’est pas notée.", Cure: "Rien n’est à corriger."}
		}
		return noted{What: what, Reason: strings.TrimSpace(reason)}, err
	})
}

type minutesText struct {
	Text  []Paragraph `json:"text"`
	Ended string      `json:"ended,omitempty"`
	// Writing is what of the writing is in it.
	Writing *writing.Included `json:"writing,omitempty"`
}

// NotApplied: the minutes were saved by somebody else since.
type NotApplied struct{ Mine, Theirs []Paragraph }

// Error says what happened.
func (e *NotApplied) Error() string {
	return "Ce texte a été modifié entre-temps par une autre personne. Le vôtre n’est pas perdu : copiez-le, puis rouvrez le texte."
}

// Explain tells a person what happened, what is safe and what to do.
func (e *NotApplied) Explain() (what, safe, todo string) {
	return "Ce texte a été modifié entre-temps par une autre personne.", "Le vôtre est encore à l’écran, le sien est enregistré.", "Copiez ce que vous avez écrit, rouvrez le texte, et reportez-le."
}

// SaveMinutes saves the text of minutes; edition is that of the text it started from, empty for the first.
func (r *Registers) SaveMinutes(ctx context.Context, actor, sitting, edition string, text []Paragraph, ended string) error {
	if !validHour(ended) {
		return errHour()
	}
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		if _, err := council.SittingByID(tx, sitting); err != nil {
			return nil, err
		}
		m, err := minutes(tx, sitting)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err := CheckDraftMinutes(m, text); err != nil {
			return nil, err
		}
		switch {
		case m == nil:
		case m.Edition != edition:
			return nil, &NotApplied{Mine: text, Theirs: m.Text}
		case slices.Equal(m.Text, text) && m.Ended == ended:
			return nil, nil
		}
		data, err := anew(tx, sitting, text, ended)
		return []journal.Draft{{Stream: "minutes/" + sitting, Kind: KindMinutesDrafted, Data: data}}, err
	})
	return err
}

func errHour() error {
	return &rule.Refusal{Article: articleMinutes, Why: "L’heure de la fin de séance n’est pas de la forme 22:15.", Cure: "Corrigez-la."}
}

// validHour tells whether an hour is «20:15», or unset.
func validHour(h string) bool {
	if h == "" {
		return true
	}
	var hour, minute int
	n, err := fmt.Sscanf(h, "%02d:%02d", &hour, &minute)
	return err == nil && n == 2 && len(h) == 5 && hour >= 0 && hour < 24 && minute >= 0 && minute < 60
}

// Settle notes that a sitting settled the minutes of another, with the corrections it asked for.
func (r *Registers) Settle(ctx context.Context, actor, sitting, by string, corrections []string) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		of, err := council.SittingByID(tx, sitting)
		if err != nil {
			return nil, err
		}
		next, err := council.SittingByID(tx, by)
		if err != nil {
			return nil, err
		}
		m, err := minutes(tx, sitting)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		var kept []string
		for _, c := range corrections {
			if c = strings.TrimSpace(c); c != "" {
				kept = append(kept, c)
			}
		}
		if len(kept) > maxCorrections {
			return nil, &rule.Refusal{Why: fmt.Sprintf("Un procès-verbal reçoit au plus %d corrections.", maxCorrections), Cure: "Regroupez-les."}
		}
		if err := CheckSettle(m, *of, *next, r.today()); err != nil {
			return nil, err
		}
		all, err := including(tx, sitting) // what is settled is what all had written
		return append(all, journal.Draft{Stream: "minutes/" + sitting, Kind: KindMinutesSettled, Data: Settled{By: by, At: next.At, Corrections: kept}}), err
	})
	return err
}

type onDay struct {
	Day   authority.Day `json:"day"`
	Where string        `json:"where,omitempty"`
}

// SignMinutes notes that the mayor and the secretary signed the minutes.
func (r *Registers) SignMinutes(ctx context.Context, actor, sitting string, day authority.Day) error {
	return r.commit(ctx, actor, "minutes/"+sitting, KindMinutesSigned, func(tx *store.Tx) (any, error) {
		m, err := minutesIfAny(tx, sitting)
		if err != nil {
			return nil, err
		}
		return onDay{Day: day}, CheckSign(m, day, r.today())
	})
}

// PublishMinutes notes that the minutes were published.
func (r *Registers) PublishMinutes(ctx context.Context, actor, sitting string, day authority.Day, where string) error {
	return r.commit(ctx, actor, "minutes/"+sitting, KindMinutesPublished, func(tx *store.Tx) (any, error) {
		m, err := minutesIfAny(tx, sitting)
		if err != nil {
			return nil, err
		}
		return onDay{day, strings.TrimSpace(where)}, CheckPublishMinutes(m, day, r.today())
	})
}

func minutesIfAny(tx *store.Tx, sitting string) (*Minutes, error) {
	m, err := minutes(tx, sitting)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return m, err
}

// Ask asks something of somebody after an act.
func (r *Registers) Ask(ctx context.Context, actor string, f Followup) (id string, err error) {
	f.ID, f.Asked, f.What = r.j.NewID(), r.j.Now(), strings.TrimSpace(f.What)
	return f.ID, r.commit(ctx, actor, "followup/"+f.ID, KindAsked, func(*store.Tx) (any, error) { return f, CheckFollowup(f) })
}

type finished struct {
	Followup string        `json:"followup"`
	Day      authority.Day `json:"day"`
}

// Finish notes that what was asked is done.
func (r *Registers) Finish(ctx context.Context, actor, id string) error {
	return r.commit(ctx, actor, "finished/"+r.j.NewID(), KindDone, func(tx *store.Tx) (any, error) {
		done, err := finishedOn(tx)
		if err != nil {
			return nil, err
		}
		if _, err = one[Followup](tx, "followup", id); err == nil && done[id] != "" {
			err = &rule.Refusal{Why: "C’est déjà fait.", Cure: "Rien n’est à faire."}
		}
		return finished{id, r.today()}, err
	})
}
