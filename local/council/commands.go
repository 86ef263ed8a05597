package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindDrafted   = "deliberation.drafted"
	KindFinalised = "deliberation.finalised"
	KindSent      = "deliberation.sent"
	KindSigned    = "deliberation.signed"
	KindConvened  = "sitting.convened"
	KindCalled    = "sitting.called"
	KindProxies   = "sitting.proxies"
	KindSecretary = "sitting.secretary"
	KindVoted     = "sitting.voted"
	KindClosed    = "sitting.closed"
)

// Council is the assembly on one laptop.
type Council struct{ j *journal.Journal }

// New gives the council that a journal holds; the journal has Projections and
// those of package authority.
func New(j *journal.Journal) *Council { return &Council{j: j} }

func (c *Council) today() authority.Day { return authority.DayOf(c.j.Now()) }

// Begin drafts a deliberation from a template of the library, or on a free
// subject when template is empty. values fills variables by name and may be nil.
func (c *Council) Begin(ctx context.Context, actor, template string, values map[string]string) (id string, err error) {
	text := blank()
	if template != "" {
		l, err := ReadLibrary()
		if err != nil {
			return "", err
		}
		t, known := l.Template(template)
		if !known {
			return "", fmt.Errorf("template %q: %w", template, store.ErrNotFound)
		}
		text = l.Draft(t, c.today())
	}
	for i, v := range text.Variables {
		text.Variables[i].Value = values[v.Name]
	}
	id = c.j.NewID()
	return id, c.commit(ctx, actor, deliberationStream(id), KindDrafted, text)
}

// Keep saves at once what is being typed, outside the journal; seen is the
// Deliberation.Version that the person started from.
func (c *Council) Keep(ctx context.Context, id string, t Text, seen int) error {
	if err := checkSize(t); err != nil {
		return err
	}
	body, err := json.Marshal(kept{Text: t, Seen: seen})
	if err != nil {
		return err
	}
	return c.j.Store().Update(ctx, func(tx *store.Tx) error { return tx.Keep(scratchKey(id), body, c.j.Now()) })
}

type kept struct {
	Text Text `json:"text"`
	Seen int  `json:"seen"`
}

func scratchKey(id string) string { return "council/draft/" + id }

// SaveDraft makes the text one entry and forgets what Keep held. seen is the
// version that the author started from: when another text was saved since, hers
// is kept aside and a *NotApplied tells both. An unchanged text writes nothing.
func (c *Council) SaveDraft(ctx context.Context, actor, id string, t Text, seen int) error {
	if err := checkSize(t); err != nil {
		return err
	}
	var divergence *NotApplied
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := editable(tx, id)
		if err != nil {
			return nil, err
		}
		if d.Text.equal(t) {
			return nil, tx.Discard(scratchKey(id))
		}
		if d.Version != seen {
			base, err := textAt(tx, id, seen)
			if err != nil {
				return nil, err
			}
			divergence = &NotApplied{Base: base, Mine: t, Theirs: d.Text}
			return nil, divergence
		}
		return []journal.Draft{{Stream: deliberationStream(id), Kind: KindDrafted, Data: t}}, tx.Discard(scratchKey(id))
	})
	if divergence != nil {
		return errors.Join(divergence, c.Keep(ctx, id, t, seen))
	}
	return err
}

func checkSize(t Text) error {
	tooLong := len(t.Blocks) > maxBlocks
	for _, b := range t.Blocks {
		tooLong = tooLong || len(b.Text) > maxBlockText
	}
	if tooLong {
		return &rule.Refusal{Why: "Ce texte est trop long pour une délibération.", Cure: "Mettez les longs documents en annexe."}
	}
	return nil
}

// editable is the draft, or the refusal to change it.
func editable(tx *store.Tx, id string) (Deliberation, error) {
	d, err := deliberationByID(tx, id)
	if err != nil {
		return d, err
	}
	if d.Status != StatusDraft {
		return d, &rule.Refusal{
			Article: "CGCT, art. L2121-23", Why: "La délibération n° " + d.Number + " est votée : son texte ne change plus.",
			Cure: "Corrigez une erreur matérielle par une nouvelle délibération.",
		}
	}
	sittings, err := allSittings(tx)
	for _, s := range sittings {
		if _, voted := s.Vote(id); voted && err == nil {
			return d, &rule.Refusal{
				Article: "CGCT, art. L2121-20", Why: "Le conseil a voté ce texte : il ne change plus.",
				Cure: "Finalisez la délibération ; corrigez une erreur matérielle par une nouvelle délibération.",
			}
		}
	}
	return d, err
}

// Resolve decides the conflict of a draft: text is what stands from now on, one
// of the two or a third made of both.
func (c *Council) Resolve(ctx context.Context, actor, id string, text Text, note string) error {
	if err := checkSize(text); err != nil {
		return err
	}
	var conflict Conflict
	err := c.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		conflict, err = draftConflict(tx, id)
		return err
	})
	if err != nil {
		return err
	}
	if text.equal(conflict.Theirs) {
		_, err = c.j.Settle(ctx, actor, deliberationStream(id), note, nil)
		return err
	}
	_, err = c.j.Settle(ctx, actor, deliberationStream(id), note, func(tx *store.Tx) ([]journal.Draft, error) {
		if _, err := editable(tx, id); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: deliberationStream(id), Kind: KindDrafted, Data: text}}, nil
	})
	return err
}

// Plan is what a summons says.
type Plan struct {
	At       time.Time // with the zone of the town hall
	Place    string
	Convened authority.Day // day of sending
	Posted   authority.Day // day of posting; that of sending when unset
	Urgent   bool
	// Second: after a sitting without quorum (CGCT, art. L2121-17).
	Second bool
	Agenda []Item
}

// Convene summons the council. The members are the people of the assembly in
// function on that day; a late summons is refused with its calculation.
func (c *Council) Convene(ctx context.Context, actor string, p Plan) (id string, err error) {
	id = c.j.NewID()
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := planned(tx, p)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: sittingStream(id), Kind: KindConvened, Data: s}}, nil
	})
	return id, err
}

func planned(tx *store.Tx, p Plan) (Sitting, error) {
	s := Sitting{At: p.At, Place: p.Place, Convened: p.Convened, Posted: p.Posted, Urgent: p.Urgent, Second: p.Second, Agenda: p.Agenda}
	if s.Posted == "" {
		s.Posted = s.Convened
	}
	if p.At.IsZero() || p.Convened == "" || strings.TrimSpace(p.Place) == "" {
		return s, &rule.Refusal{Article: "CGCT, art. L2121-10", Why: "La convocation dit la date, l’heure et le lieu de la séance.", Cure: "Complétez-la."}
	}
	if len(p.Agenda) == 0 {
		return s, &rule.Refusal{Article: "CGCT, art. L2121-10", Why: "La convocation indique les questions portées à l’ordre du jour, qui est vide.", Cure: "Inscrivez au moins une affaire."}
	}
	for i := range s.Agenda {
		d, err := deliberationByID(tx, s.Agenda[i].Deliberation)
		if err != nil {
			return s, fmt.Errorf("agenda, deliberation %s: %w", s.Agenda[i].Deliberation, err)
		}
		if s.Agenda[i].Subject == "" {
			s.Agenda[i].Subject = d.Text.Subject()
		}
	}
	a, err := authority.Current(tx)
	if err != nil {
		return s, err
	}
	day := authority.DayOf(p.At)
	if s.Summons, err = CheckSummons(a.Kind, a.Population, p.Convened, day, p.Urgent, p.Second); err != nil {
		return s, err
	}
	if s.Members, err = MembersOn(tx, day); err != nil {
		return s, err
	}
	if s.Chair = s.mayor(); s.Chair == "" && len(s.Members) > 0 {
		s.Chair = s.Members[0].ID
	}
	return s, nil
}

// MembersOn gives the members in exercise on a day, in the order of precedence.
func MembersOn(tx *store.Tx, day authority.Day) ([]Member, error) {
	people, err := authority.People(tx)
	var members []Member
	for _, p := range people {
		sits := p.Has(authority.RoleMayor) || p.Has(authority.RoleDeputy) || p.Has(authority.RoleCouncillor)
		if sits && p.In(day) {
			members = append(members, Member{ID: p.ID, Name: p.Name(), Title: p.Title, Rank: p.Rank, Mayor: p.Has(authority.RoleMayor)})
		}
	}
	return members, err
}

// Call records who is there: calls by member id, the others as before. Who
// arrives takes back her proxy (CGCT, art. L2121-20).
func (c *Council) Call(ctx context.Context, actor, sitting string, calls map[string]Attendance) error {
	return c.record(ctx, actor, sitting, KindCalled, func(tx *store.Tx, s Sitting) (any, error) {
		for id, a := range calls {
			if _, known := s.Member(id); !known || !isHour(a.Arrived) || !isHour(a.Left) {
				return nil, &rule.Refusal{Why: "Cette présence ne peut être notée : le membre ou l’heure n’est pas reconnu.", Cure: "Écrivez l’heure comme 20:15."}
			}
		}
		return calls, nil
	})
}

// GiveProxy records a written proxy; RevokeProxy takes it back, at any time.
func (c *Council) GiveProxy(ctx context.Context, actor, sitting string, p Proxy) error {
	return c.record(ctx, actor, sitting, KindProxies, func(tx *store.Tx, s Sitting) (any, error) {
		before, err := servedBefore(tx, s, p)
		if err != nil {
			return nil, err
		}
		if err := CheckProxy(s, p, before); err != nil {
			return nil, err
		}
		return append(append([]Proxy{}, s.Proxies...), p), nil
	})
}

// RevokeProxy takes back the proxy that a member gave (CGCT, art. L2121-20).
func (c *Council) RevokeProxy(ctx context.Context, actor, sitting, from string) error {
	return c.record(ctx, actor, sitting, KindProxies, func(_ *store.Tx, s Sitting) (any, error) {
		left := []Proxy{}
		for _, p := range s.Proxies {
			if p.From != from {
				left = append(left, p)
			}
		}
		return left, nil
	})
}

// servedBefore counts the sittings in a row, just before, that the same paper served.
func servedBefore(tx *store.Tx, s Sitting, p Proxy) (n int, err error) {
	all, err := allSittings(tx)
	for i := len(all) - 1; i >= 0 && err == nil; i-- {
		if !all[i].At.Before(s.At) || all[i].ID == s.ID {
			continue
		}
		served := false
		for _, q := range all[i].Proxies {
			served = served || (q.From == p.From && q.To == p.To && q.Day == p.Day)
		}
		if !served {
			break
		}
		n++
	}
	return n, err
}

// NameSecretary records the secretary of the sitting.
func (c *Council) NameSecretary(ctx context.Context, actor, sitting, member string) error {
	return c.record(ctx, actor, sitting, KindSecretary, func(_ *store.Tx, s Sitting) (any, error) {
		return member, CheckSecretary(s, member)
	})
}

// Vote records a ballot. A further one on the same point corrects it, until the
// deliberation is finalised. chair presides this point; empty for the sitting's.
// Refusals: no quorum (L2121-17), not on the agenda (L2121-10), manner (L2121-21),
// interest (L2131-11), accounts (L2121-14), wrong count (L2121-20), no secretary (L2121-15).
func (c *Council) Vote(ctx context.Context, actor, sitting, chair string, b Ballot) (Vote, error) {
	var v Vote
	err := c.record(ctx, actor, sitting, KindVoted, func(tx *store.Tx, s Sitting) (any, error) {
		if err := CheckAgenda(s, b.Deliberation); err != nil {
			return nil, err
		}
		d, err := deliberationByID(tx, b.Deliberation)
		if err != nil {
			return nil, err
		}
		if d.Status != StatusDraft {
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "La délibération n° " + d.Number + " est déjà finalisée.", Cure: "Délibérez de nouveau dans une autre séance pour la modifier."}
		}
		v, err = Judge(s, chair, b)
		return v, err
	})
	return v, err
}

// Judge applies the rules of the ballot to the sitting as it stands.
func Judge(s Sitting, chair string, b Ballot) (Vote, error) {
	if chair == "" {
		chair = s.Chair
	}
	item, _ := s.Item(b.Deliberation)
	v := Vote{Ballot: b, Chair: chair}
	if !isHour(b.Hour) {
		return v, &rule.Refusal{Why: "L’heure du vote n’est pas reconnue.", Cure: "Écrivez-la comme 20:40."}
	}
	inRoom := s.PresentAt(b.Hour)
	v.Withdrawn = b.Interested
	v.Present = without(inRoom, v.Withdrawn)
	withdrawn := len(s.Members) - len(without(memberIDs(s), v.Withdrawn))
	v.Quorum = QuorumOf(len(s.Members), withdrawn, len(v.Present), s.Second)
	for _, p := range s.ProxiesAmong(v.Present) {
		if !setOf(v.Withdrawn)[p.From] {
			v.Represented = append(v.Represented, p)
		}
	}
	for _, check := range []error{
		CheckQuorum(v.Quorum), checkChair(v), CheckAccounts(item, s.mayor(), chair, v.Withdrawn),
		secretaryNamed(s), CheckInterest(s, b), CheckManner(item, b, len(v.Present)),
	} {
		if check != nil {
			return v, check
		}
	}
	var err error
	if v.Figures, err = count(v); err != nil {
		return v, err
	}
	v.Adopted, v.Casting, v.Why = Outcome(v.Figures, b.Manner, choiceOf(b, chair))
	return v, nil
}

func memberIDs(s Sitting) (ids []string) {
	for _, m := range s.Members {
		ids = append(ids, m.ID)
	}
	return ids
}

func checkChair(v Vote) error {
	if setOf(v.Present)[v.Chair] {
		return nil
	}
	return &rule.Refusal{Article: "CGCT, art. L2121-14", Why: "Le président de ce point n’est pas parmi les présents.", Cure: "Choisissez qui préside ce point."}
}

func secretaryNamed(s Sitting) error {
	if s.Secretary != "" {
		return nil
	}
	return &rule.Refusal{Article: "CGCT, art. L2121-15", Why: "Le secrétaire de séance n’est pas encore nommé.", Cure: "Nommez-le au début de la séance."}
}

func choiceOf(b Ballot, member string) Choice {
	if choice, named := b.Choices[member]; named {
		return choice
	}
	return For
}

// count adds up a ballot and checks it against who could vote.
func count(v Vote) (f Figures, err error) {
	if v.Manner == Secret {
		if v.Secret == nil || len(v.Choices) > 0 {
			return f, &rule.Refusal{Article: "CGCT, art. L2121-21", Why: "Un scrutin secret se note en nombres, sans aucun nom.", Cure: "Indiquez les voix pour, contre, les bulletins blancs et nuls."}
		}
		return *v.Secret, CheckFigures(*v.Secret, v.Voters())
	}
	voters := setOf(v.Present)
	for _, p := range v.Represented {
		voters[p.From] = true
	}
	for id := range v.Choices {
		if !voters[id] && v.Choices[id] != NotVoting {
			return f, &rule.Refusal{Article: "CGCT, art. L2121-20", Why: "Un vote est noté pour un membre qui n’est ni présent ni représenté.", Cure: "Corrigez la présence ou le vote."}
		}
	}
	for id := range voters {
		switch choiceOf(v.Ballot, id) {
		case For:
			f.For++
		case Against:
			f.Against++
		case Abstain:
			f.Abstained++
		case NotVoting:
			f.NotVoting++
		}
	}
	return f, CheckFigures(f, len(voters))
}

// Close ends the recording of a sitting.
func (c *Council) Close(ctx context.Context, actor, sitting string) error {
	return c.record(ctx, actor, sitting, KindClosed, func(*store.Tx, Sitting) (any, error) { return struct{}{}, nil })
}

// Finalise gives a voted deliberation its number, the next of the sitting's year
// («2026-045»), and its record. Its text no longer changes.
func (c *Council) Finalise(ctx context.Context, actor, id string) (number string, err error) {
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := deliberationByID(tx, id)
		if err != nil {
			return nil, err
		}
		if d.Status != StatusDraft {
			return nil, &rule.Refusal{Why: "Cette délibération porte déjà le n° " + d.Number + ".", Cure: "Imprimez-la ou envoyez-la à la signature."}
		}
		if unset := d.Text.Unset(); len(unset) > 0 {
			return nil, &rule.Refusal{Why: "Il reste des valeurs à remplir : " + strings.Join(unset, ", ") + ".", Cure: "Complétez le texte avant le vote."}
		}
		s, v, err := votedIn(tx, id)
		if err != nil {
			return nil, err
		}
		if number, err = nextNumber(tx, s.At.Year()); err != nil {
			return nil, err
		}
		s.Votes = nil
		f := finalised{Number: number, Sitting: s.ID, Record: Record{Sitting: s, Vote: v}}
		return []journal.Draft{{Stream: deliberationStream(id), Kind: KindFinalised, Data: f}}, nil
	})
	return number, err
}

type finalised struct {
	Number  string `json:"number"`
	Sitting string `json:"sitting"`
	Record  Record `json:"record"`
}

// votedIn finds the last sitting that voted a deliberation.
func votedIn(tx *store.Tx, id string) (Sitting, Vote, error) {
	all, err := allSittings(tx)
	if err != nil {
		return Sitting{}, Vote{}, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		if v, voted := all[i].Vote(id); voted {
			return all[i], v, nil
		}
	}
	return Sitting{}, Vote{}, &rule.Refusal{
		Article: "CGCT, art. L2121-20", Why: "Le vote de cette délibération n’est pas encore enregistré.", Cure: "Enregistrez le vote dans la séance.",
	}
}

// Sent records that the PDF went into a folder of the parapheur.
func (c *Council) Sent(ctx context.Context, actor, id, folder string, pdf store.Digest) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := deliberationByID(tx, id)
		if err != nil {
			return nil, err
		}
		if err := CheckSignable(d); err != nil {
			return nil, err
		}
		if d.Status == StatusSigned {
			return nil, &rule.Refusal{Why: "Cette délibération est déjà signée.", Cure: "Consultez l’exemplaire signé."}
		}
		return []journal.Draft{{Stream: deliberationStream(id), Kind: KindSent, Data: sent{Folder: folder, PDF: pdf}, Blobs: []store.Digest{pdf}}}, nil
	})
	return err
}

// Signed records the PDF that mayor and secretary have signed.
func (c *Council) Signed(ctx context.Context, actor, id string, pdf store.Digest) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := deliberationByID(tx, id)
		if err != nil {
			return nil, err
		}
		if d.Status != StatusSent {
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération n’est pas à la signature.", Cure: "Envoyez-la d’abord au parapheur."}
		}
		return []journal.Draft{{Stream: deliberationStream(id), Kind: KindSigned, Data: sent{PDF: pdf}, Blobs: []store.Digest{pdf}}}, nil
	})
	return err
}

type sent struct {
	Folder string       `json:"folder,omitempty"`
	PDF    store.Digest `json:"pdf"`
}

// record writes one entry of a sitting that is not closed.
func (c *Council) record(ctx context.Context, actor, id, kind string, decide func(*store.Tx, Sitting) (any, error)) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := sittingByID(tx, id)
		if err != nil {
			return nil, err
		}
		if s.Closed {
			return nil, &rule.Refusal{Why: "La séance est close : son relevé ne change plus.", Cure: "Faites noter la correction au procès-verbal de la prochaine séance."}
		}
		data, err := decide(tx, s)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: sittingStream(id), Kind: kind, Data: data}}, nil
	})
	return err
}

func (c *Council) commit(ctx context.Context, actor, stream, kind string, data any) error {
	_, err := c.j.Commit(ctx, actor, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: stream, Kind: kind, Data: data}}, nil
	})
	return err
}

func deliberationStream(id string) string { return "deliberation/" + id }
func sittingStream(id string) string      { return "sitting/" + id }
