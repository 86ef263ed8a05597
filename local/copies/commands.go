package copies

import (
	"context"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindReceived = "copy-request.received"
	KindGranted  = "copy-request.granted"
	KindRefused  = "copy-request.refused"
	KindDetailed = "copy-details.written"
)

const (
	requests = "copy-request/"
	details  = "copy-details/"
)

type decision struct {
	Given   Kind          `json:"given,omitempty"`
	Verdict Verdict       `json:"verdict"`
	Reason  string        `json:"reason,omitempty"`
	Article string        `json:"article,omitempty"`
	Officer string        `json:"officer,omitempty"`
	On      authority.Day `json:"on"`
}

// Window is the requests of one authority on one laptop.
type Window struct {
	j       *journal.Journal
	acts    *civilstatus.Registry
	effects Effects
}

// New gives the requests that a journal holds, on the acts of a registry.
func New(j *journal.Journal, acts *civilstatus.Registry, e Effects) *Window {
	return &Window{j: j, acts: acts, effects: e}
}

// Receive records a request.
func (w *Window) Receive(ctx context.Context, actor string, a Asked) (id string, err error) {
	a.Name, a.Paper, a.Basis, a.Address = strings.TrimSpace(a.Name), strings.TrimSpace(a.Paper), strings.TrimSpace(a.Basis), strings.TrimSpace(a.Address)
	if err := acceptable(a); err != nil {
		return "", err
	}
	act, err := w.acts.Act(ctx, a.Act)
	if err != nil {
		return "", fmt.Errorf("act of a request: %w", err)
	}
	if !knows(act.Kind, a.Kind) {
		return "", deny(decree, fmt.Sprintf("Un acte de %s ne donne pas lieu à cette forme d’extrait.", act.Kind.Name()), "Choisissez une autre forme.").Refusal
	}
	id = w.j.NewID()
	_, err = w.j.Commit(ctx, actor, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: requests + id, Kind: KindReceived, Data: a, Subject: requests + id}}, nil
	})
	return id, err
}

// Case puts a request in front of its act, today.
func (w *Window) Case(ctx context.Context, a Asked) (c Case, err error) {
	act, err := w.acts.Act(ctx, a.Act)
	if err != nil {
		return c, fmt.Errorf("act of a request: %w", err)
	}
	d, err := w.Details(ctx, a.Act)
	return Case{Act: act, Asked: a, Details: d, Today: authority.DayOf(w.j.Now()), Effects: w.effects}, err
}

// Grant decides to give what was asked, or another kind. Where the texts do not settle it, the reason is needed and kept.
func (w *Window) Grant(ctx context.Context, actor, id string, k Kind, officer, reason string) error {
	reason = strings.TrimSpace(reason)
	return w.decide(ctx, actor, id, KindGranted, func(c Case, people []authority.Person) (decision, error) {
		c.Asked.Kind = k
		a := Assess(c)
		switch {
		case a.Verdict == Deny:
			return decision{}, a.Refusal
		case a.Verdict == Ask && reason == "":
			return decision{}, &rule.Refusal{Article: a.Article, Why: a.Why, Cure: "Décidez, et notez votre motif : il est gardé avec la demande."}
		}
		if p, known := authority.Find(people, officer); a.Verdict != Inform && (!known || !p.MayRegister(c.Today)) {
			return decision{}, &rule.Refusal{Article: "CGCT, art. L2122-32 et R2122-10", Why: "Une copie est signée par un officier de l’état civil.", Cure: "Choisissez le maire, un adjoint, ou un fonctionnaire titulaire délégué par arrêté."}
		}
		return decision{Given: k, Verdict: a.Verdict, Reason: reason, Article: a.Article, Officer: officer, On: c.Today}, nil
	})
}

// Refuse decides not to give what was asked. Without a reason of the officer's own, the law's words are the reason;
// where the law gives, a reason is needed.
func (w *Window) Refuse(ctx context.Context, actor, id, officer, reason string) error {
	reason = strings.TrimSpace(reason)
	return w.decide(ctx, actor, id, KindRefused, func(c Case, _ []authority.Person) (decision, error) {
		a := Assess(c)
		if reason == "" && a.Verdict != Deny {
			return decision{}, &rule.Refusal{Article: a.Article, Why: a.Why, Cure: "Un refus est motivé : notez le motif, ou accordez."}
		}
		if reason == "" {
			reason = a.Refusal.Why
			if a.Letter != "" {
				reason = a.Letter
			}
		}
		if a.Letter != "" {
			a.Article = decree // the article alone would tell what the act bears
		}
		return decision{Verdict: a.Verdict, Reason: reason, Article: a.Article, Officer: officer, On: c.Today}, nil
	})
}

func (w *Window) decide(ctx context.Context, actor, id, kind string, think func(Case, []authority.Person) (decision, error)) error {
	r, err := w.Request(ctx, id)
	if err != nil {
		return err
	}
	if r.Erased {
		return gone()
	}
	c, err := w.Case(ctx, r.Asked)
	if err != nil {
		return err
	}
	_, err = w.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		now, err := read(tx, id)
		if err != nil {
			return nil, err
		}
		if now.Erased {
			return nil, gone()
		}
		if now.State != Received {
			return nil, &rule.Refusal{Why: "Cette demande a déjà reçu une réponse.", Cure: "Enregistrez une nouvelle demande s’il y a lieu."}
		}
		people, err := authority.People(tx)
		if err != nil {
			return nil, err
		}
		d, err := think(c, people)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: requests + id, Kind: kind, Data: d, Subject: requests + id}}, nil
	})
	return err
}

func gone() error {
	return &rule.Refusal{Article: decree, Why: "Cette demande a été effacée, un an après avoir été reçue.", Cure: "Enregistrez une nouvelle demande."}
}

// Erase forgets for good the requests received a year ago or more, on every computer. It gives how many.
func (w *Window) Erase(ctx context.Context, actor string) (int, error) {
	due, err := w.Due(ctx)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	var subjects []string
	for _, id := range due {
		subjects = append(subjects, requests+id)
	}
	return len(due), w.j.Forget(ctx, actor, subjects...)
}

// maxDetail bounds what one field says.
const maxDetail = 500

// Describe keeps what an act says and its index does not.
func (w *Window) Describe(ctx context.Context, actor, act string, d Details) error {
	a, err := w.acts.Act(ctx, act)
	if err != nil {
		return fmt.Errorf("act described: %w", err)
	}
	clean := Details{}
	for _, f := range Fields(a.Kind) {
		text := strings.TrimSpace(d[f.Name])
		if len(text) > maxDetail {
			return &rule.Refusal{Why: "Le texte de « " + f.Label + " » est trop long.", Cure: "Recopiez ce que dit l’acte, sans plus."}
		}
		if text != "" {
			clean[f.Name] = text
		}
	}
	_, err = w.j.Commit(ctx, actor, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: details + act, Kind: KindDetailed, Data: clean}}, nil
	})
	return err
}
