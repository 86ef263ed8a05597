package civilstatus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// Draft is a mention to prepare.
type Draft struct {
	Code     string
	Fields   map[string]string
	Source   string        // where it comes from: «avis de la mairie de …»
	Received authority.Day // when its notice came
	// Wording is that of the notice, to the letter, where the catalogue has none.
	Wording string
	// Corrects is the affixed mention to rectify, Order the procureur's instruction or the judgment.
	Corrects, Order string
	// Reasons let a person go on in spite of the rules that hold the mention.
	Reasons map[Rule]string
	// Incoming is the notice that this works off.
	Incoming string
}

// Record prepares a mention on an act; see [Registry.Prepare].
func (r *Registry) Record(ctx context.Context, actor, act, code string, fields map[string]string, source string, received authority.Day) (id string, err error) {
	return r.Prepare(ctx, actor, act, Draft{Code: code, Fields: fields, Source: source, Received: received})
}

// Prepare prepares a mention on an act: to be verified where the authority wants four eyes, else to be affixed. Where
// rules of coherence hold it and have no reason, the error is a [*Held].
func (r *Registry) Prepare(ctx context.Context, actor, act string, d Draft) (id string, err error) {
	id = r.j.NewID()
	err = r.writeWith(ctx, actor, act, KindRecorded, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) {
		m, holds, err := r.draft(tx, a, d)
		if err != nil {
			return nil, nil, err
		}
		if m.Overrides, err = settle(holds, d.Reasons, d.Order); err != nil {
			return nil, nil, err
		}
		m.ID, m.Preparer = id, actor
		if d.Incoming == "" {
			return m, nil, nil
		}
		n, err := readIncoming(tx, d.Incoming)
		if err != nil {
			return nil, nil, err
		}
		done, err := n.treat(act, id)
		return m, []journal.Draft{done}, err
	})
	return id, err
}

// Check tells how a mention would read, and which rules hold it; nothing is written.
func (r *Registry) Check(ctx context.Context, act string, d Draft) (m Mention, holds []Hold, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		a, err := read(tx, act)
		if err != nil {
			return err
		}
		m, holds, err = r.draft(tx, a, d)
		return err
	})
	return m, holds, err
}

func (r *Registry) draft(tx *store.Tx, a *Act, d Draft) (Mention, []Hold, error) {
	all, err := r.formulas(tx)
	if err != nil {
		return Mention{}, nil, err
	}
	f, err := all.Find(d.Code, a.Kind)
	if err != nil {
		return Mention{}, nil, err
	}
	if f.Historical() {
		return Mention{}, nil, &rule.Refusal{Article: f.Basis, Why: fmt.Sprintf("La mention «%s» ne se porte plus.", f.Label), Cure: "Si elle est déjà en marge de l’acte, notez-la comme telle : « Mention déjà en marge… »."}
	}
	m := Mention{Code: d.Code, Label: f.Label, Fields: d.Fields, Status: f.Status, Basis: f.Basis, Source: d.Source, State: ToAffix, Received: d.Received,
		Corrects: d.Corrects, Order: strings.TrimSpace(d.Order), Incoming: d.Incoming, Analysis: slices.Contains(renaming, d.Code), Day: eventDay(f, d.Fields)}
	if wording := french.Clean(strings.TrimSpace(d.Wording)); f.Text == "" && wording != "" {
		m.Text, m.Status, m.Quoted = wording, Drafted, true
	} else if m.Text, err = f.Words(a.Agreement(), d.Fields); err != nil {
		return Mention{}, nil, err
	}
	if err := mayCorrect(a, m); err != nil {
		return Mention{}, nil, err
	}
	s, err := settings(tx)
	if err != nil {
		return Mention{}, nil, err
	}
	if s.FourEyes {
		m.State = Prepared
	}
	if f.Days > 0 && d.Received != "" {
		m.Due = d.Received.Plus(f.Days)
	}
	here, err := authority.Current(tx)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Mention{}, nil, err
	}
	return m, Coherence(a, m, here.Place), nil
}

// mayCorrect: what was affixed is rectified by another mention, on an instruction (Code civil, art. 99 and 99-1).
func mayCorrect(a *Act, m Mention) error {
	if m.Corrects == "" {
		return nil
	}
	wrong := a.find(m.Corrects)
	switch {
	case wrong == nil:
		return errNoMention()
	case wrong.State == Prepared || wrong.State == ToAffix || wrong.State == Withdrawn:
		return &rule.Refusal{Article: "Code civil, art. 99-1", Why: "Cette mention n’est pas apposée : rien n’est à rectifier.", Cure: "Retirez-la, et préparez la bonne."}
	case wrong.CorrectedBy != "":
		return &rule.Refusal{Article: "Code civil, art. 99-1", Why: "Une autre mention la rectifie déjà.", Cure: "Rectifiez, s’il le faut, la plus récente."}
	case m.Order == "":
		return &rule.Refusal{Article: "Code civil, art. 99 et 99-1", Why: "L’instruction du procureur de la République ou le jugement manque.", Cure: "Citez-le avec sa date : «instruction du procureur de la République près le tribunal judiciaire de …, du …»."}
	}
	return nil
}

// Verify is the second pair of eyes.
func (r *Registry) Verify(ctx context.Context, actor, act, mention string) error {
	today := authority.DayOf(r.j.Now())
	return r.writeWith(ctx, actor, act, KindVerified, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) {
		people, err := authority.People(tx)
		if err != nil {
			return nil, nil, err
		}
		return verified{Mention: mention, By: actor, On: today}, nil, mayVerify(a.find(mention), people, actor, today)
	})
}

func mayVerify(m *Mention, people []authority.Person, actor string, on authority.Day) error {
	p, known := authority.Find(people, actor)
	switch {
	case m == nil:
		return errNoMention()
	case m.State != Prepared:
		return &rule.Refusal{Why: "Cette mention n’attend pas de vérification.", Cure: "Rouvrez l’acte."}
	case !known || !p.In(on):
		return &rule.Refusal{Why: "Vous n’êtes pas en fonction dans cette collectivité.", Cure: "Demandez à une personne en fonction de vérifier la mention."}
	case m.Preparer == actor:
		return &rule.Refusal{Why: "Qui prépare une mention ne la vérifie pas : la collectivité veut deux paires d’yeux.", Cure: "Demandez à une autre personne de la relire sur l’avis."}
	}
	return nil
}

// Withdraw sets aside a mention that is not affixed, or one that was wrongly read off the margin; it stays on the act with the
// reason.
func (r *Registry) Withdraw(ctx context.Context, actor, act, mention, why string) error {
	return r.write(ctx, actor, act, KindWithdrawn, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		switch {
		case m == nil:
			return nil, errNoMention()
		case m.State != Prepared && m.State != ToAffix && !(m.Stood && m.State == Affixed):
			return nil, mayAffix(m, m.Received)
		case strings.TrimSpace(why) == "":
			return nil, &rule.Refusal{Why: "Il manque le motif.", Cure: "Dites en quelques mots pourquoi la mention est retirée."}
		}
		return noted{Mention: mention, Why: strings.TrimSpace(why)}, nil
	})
}

// Affix notes that the mention was affixed and signed by hand, by an officer,
// on a day (CGCT, art. L2122-32; R2122-10).
func (r *Registry) Affix(ctx context.Context, actor, act, mention, officer string, on authority.Day) error {
	return r.affix(ctx, actor, act, affixed{Mention: mention, Officer: officer, On: on})
}

// AffixCrossed is Affix where the marginal analysis was crossed out too, which stays a task otherwise (IGREC n° 65).
func (r *Registry) AffixCrossed(ctx context.Context, actor, act, mention, officer string, on authority.Day) error {
	return r.affix(ctx, actor, act, affixed{Mention: mention, Officer: officer, On: on, Crossed: true})
}

func (r *Registry) affix(ctx context.Context, actor, act string, d affixed) error {
	return r.writeWith(ctx, actor, act, KindAffixed, nil, func(tx *store.Tx, a *Act) (any, []journal.Draft, error) {
		if err := mayAffix(a.find(d.Mention), d.On); err != nil {
			return nil, nil, err
		}
		people, err := authority.People(tx)
		if err != nil {
			return nil, nil, err
		}
		delegations, err := authority.Delegations(tx)
		if err != nil {
			return nil, nil, err
		}
		d.Order, err = OfficerCapacity(people, delegations, d.Officer, d.On)
		return d, nil, err
	})
}

// CrossOut notes that the marginal analysis was crossed out and written anew (IGREC n° 65).
func (r *Registry) CrossOut(ctx context.Context, actor, act, mention string) error {
	return r.write(ctx, actor, act, KindCrossed, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		if m == nil || !m.Analysis || m.Crossed || m.State == Prepared || m.State == ToAffix || m.State == Withdrawn {
			return nil, &rule.Refusal{Article: "IGREC n° 65", Why: "Aucune analyse marginale n’est à barrer pour cette mention.", Cure: "Rouvrez l’acte."}
		}
		return noted{Mention: mention}, nil
	})
}

// Rescan adds the new scan of an act, which is up to date with its mentions; the former images are kept.
func (r *Registry) Rescan(ctx context.Context, actor, act string, pages []Page) error {
	images, err := r.keepAll(ctx, pages)
	if err != nil {
		return err
	}
	return r.write(ctx, actor, act, KindRescanned, digests(images), func(*Act) (any, error) { return rescanned{Images: images}, nil })
}

func (r *Registry) keepAll(ctx context.Context, pages []Page) (images []Image, err error) {
	if len(pages) == 0 {
		return nil, &rule.Refusal{Why: "Aucun fichier n’est choisi.", Cure: "Ajoutez au moins une page numérisée."}
	}
	for _, p := range pages {
		image, err := r.keepPage(ctx, p.source())
		if err != nil {
			return nil, err
		}
		images = append(images, image)
	}
	return images, nil
}
