package council

import (
	"context"
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
	KindDrafted   = "deliberation.drafted" // a new text, or a later one
	KindFinalised = "deliberation.finalised"
	KindSent      = "deliberation.sent"
	KindSigned    = "deliberation.signed"

	KindConvened  = "sitting.convened"
	KindCalled    = "sitting.called" // attendance
	KindProxied   = "sitting.proxied"
	KindRevoked   = "sitting.proxy-revoked"
	KindSecretary = "sitting.secretary-named"
	KindVoted     = "sitting.voted"
	KindClosed    = "sitting.closed"
)

// Council is the assembly of one authority on one laptop.
type Council struct {
	j       *journal.Journal
	library Library
}

// New gives the council that a journal holds; the journal has Projections.
func New(j *journal.Journal, l Library) *Council { return &Council{j: j, library: l} }

// Library is the templates and visas in use.
func (c *Council) Library() Library { return c.library }

func (c *Council) commit(ctx context.Context, actor, stream, kind string, blobs []store.Digest, decide func(*store.Tx) (any, error)) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		data, err := decide(tx)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: stream, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// Save saves a text; version is that of the text it started from. When another
// was saved meanwhile on this laptop, *NotApplied has both.
func (c *Council) Save(ctx context.Context, actor, id string, version int, text Text) error {
	if err := text.check(); err != nil {
		return err
	}
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return nil, err
		}
		switch {
		case d.Status != StatusDraft:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération est votée : son texte ne change plus.", Cure: "Faites voter une délibération modificative."}
		case d.Text.Equal(text):
			return nil, nil
		case d.Version != version:
			return nil, &NotApplied{Mine: text, Theirs: d.Text}
		}
		return []journal.Draft{{Stream: "deliberation/" + id, Kind: KindDrafted, Data: text}}, nil
	})
	return err
}

// Convene is a new sitting.
type Convene struct {
	At       time.Time
	Place    string
	Convened authority.Day
	Posted   authority.Day
	Urgent   bool
	Second   bool
	Agenda   []string // deliberations, in order
}

// Convene makes a sitting with the members in exercise that day. A summons that
// is too late is refused (CGCT, art. L2121-11, L2121-12).
func (c *Council) Convene(ctx context.Context, actor string, in Convene) (id string, err error) {
	id = c.j.NewID()
	return id, c.commit(ctx, actor, "sitting/"+id, KindConvened, nil, func(tx *store.Tx) (any, error) {
		a, err := authority.Current(tx)
		if err != nil {
			return nil, fmt.Errorf("reading the authority: %w", err)
		}
		s := Sitting{ID: id, At: in.At, Place: in.Place, Convened: in.Convened, Posted: in.Posted, Urgent: in.Urgent, Second: in.Second}
		if s.Summons, err = CheckSummons(a.Kind, a.Population, in.Convened, authority.DayOf(in.At), in.Urgent, in.Second); err != nil {
			return nil, err
		}
		if s.Members, err = members(tx, authority.DayOf(in.At)); err != nil {
			return nil, err
		}
		s.Chair = s.mayor()
		for _, d := range in.Agenda {
			item, err := c.item(tx, d)
			if err != nil {
				return nil, err
			}
			s.Agenda = append(s.Agenda, item)
		}
		return s, nil
	})
}

func (c *Council) item(tx *store.Tx, id string) (Item, error) {
	d, err := deliberation(tx, id)
	if err != nil {
		return Item{}, err
	}
	accounts, nomination, err := c.flags(tx, d.Text.Template)
	return Item{Deliberation: id, Subject: d.Text.Subject(), Accounts: accounts, Nomination: nomination}, err
}

// members are the assembly's on a day, in the order of precedence.
func members(tx *store.Tx, day authority.Day) ([]Member, error) {
	people, err := authority.People(tx)
	var all []Member
	for _, p := range people {
		if p.Rank > 0 && p.In(day) {
			all = append(all, Member{ID: p.ID, Name: p.Name(), Title: p.Title, Rank: p.Rank, Mayor: p.Has(authority.RoleMayor)})
		}
	}
	return all, err
}

func (c *Council) record(ctx context.Context, actor, id, kind string, decide func(*store.Tx, *Sitting) (any, error)) error {
	return c.commit(ctx, actor, "sitting/"+id, kind, nil, func(tx *store.Tx) (any, error) {
		s, err := sitting(tx, id)
		if err != nil {
			return nil, err
		}
		if s.Closed {
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-15", Why: "La séance est levée.", Cure: "Une correction se fait au procès-verbal, à la séance suivante."}
		}
		return decide(tx, s)
	})
}

type call struct {
	Member string `json:"member"`
	Attendance
}

// Call notes a member's presence.
func (c *Council) Call(ctx context.Context, actor, id, member string, a Attendance) error {
	return c.record(ctx, actor, id, KindCalled, func(_ *store.Tx, s *Sitting) (any, error) {
		if _, known := s.Member(member); !known || !isHour(a.Arrived) || !isHour(a.Left) {
			return nil, &rule.Refusal{Why: "Ce membre n’est pas de l’assemblée, ou l’heure n’est pas de la forme 20:15.", Cure: "Corrigez la saisie."}
		}
		return call{member, a}, nil
	})
}

// TakeProxy notes a written proxy (CGCT, art. L2121-20).
func (c *Council) TakeProxy(ctx context.Context, actor, id string, p Proxy) error {
	return c.record(ctx, actor, id, KindProxied, func(tx *store.Tx, s *Sitting) (any, error) {
		before, err := servedBefore(tx, s, p)
		if err != nil {
			return nil, err
		}
		return p, CheckProxy(*s, p, before)
	})
}

// RevokeProxy takes a proxy back: it always may be (CGCT, art. L2121-20).
func (c *Council) RevokeProxy(ctx context.Context, actor, id, from string) error {
	return c.record(ctx, actor, id, KindRevoked, func(*store.Tx, *Sitting) (any, error) { return Proxy{From: from}, nil })
}

// servedBefore counts the sittings in a row, just before this one, in which the
// very proxy has served.
func servedBefore(tx *store.Tx, s *Sitting, p Proxy) (int, error) {
	all, err := sittings(tx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, old := range all { // the latest first
		if old.ID == s.ID || !old.At.Before(s.At) {
			continue
		}
		served := false
		for _, q := range old.Proxies {
			served = served || (q.From == p.From && q.To == p.To && q.Day == p.Day)
		}
		if !served {
			break
		}
		n++
	}
	return n, nil
}

type named struct {
	Member string `json:"member"`
}

// NameSecretary names the secretary of the sitting (CGCT, art. L2121-15).
func (c *Council) NameSecretary(ctx context.Context, actor, id, member string) error {
	return c.record(ctx, actor, id, KindSecretary, func(_ *store.Tx, s *Sitting) (any, error) {
		return named{member}, CheckSecretary(*s, member)
	})
}

// Vote records a ballot and judges it; chair, when empty, is the sitting's.
func (c *Council) Vote(ctx context.Context, actor, id string, b Ballot, chair string) (v Vote, err error) {
	err = c.record(ctx, actor, id, KindVoted, func(_ *store.Tx, s *Sitting) (any, error) {
		v, err = Judge(*s, b, chair)
		return v, err
	})
	return v, err
}

// Judge counts a ballot with those in the room, by the rules.
func Judge(s Sitting, b Ballot, chair string) (Vote, error) {
	if chair == "" {
		chair = s.Chair
	}
	if err := CheckAgenda(s, b.Deliberation); err != nil {
		return Vote{}, err
	}
	item, _ := s.Item(b.Deliberation)
	v := Vote{Ballot: b, Chair: chair, Withdrawn: b.Interested}
	v.Present = without(s.PresentAt(b.Hour), b.Interested)
	v.Represented = s.ProxiesAmong(v.Present)
	v.Quorum = QuorumOf(len(s.Members), len(b.Interested), len(v.Present), s.Second)
	for _, check := range []error{
		CheckQuorum(v.Quorum), CheckAccounts(item, s.mayor(), chair, b.Interested), CheckInterest(s, b), CheckManner(item, b, len(v.Present)),
	} {
		if check != nil {
			return Vote{}, check
		}
	}
	v.Figures = count(v)
	if err := CheckFigures(v.Figures, v.Voters()); err != nil {
		return Vote{}, err
	}
	choice := b.Choices[chair]
	if choice == "" {
		choice = For
	}
	v.Adopted, v.Casting, v.Why = Outcome(v.Figures, b.Manner, choice)
	return v, nil
}

// count counts by name; who is not named votes for. Papers are counted by hand.
func count(v Vote) Figures {
	if v.Manner == Secret && v.Secret != nil {
		return *v.Secret
	}
	var f Figures
	voters := append([]string{}, v.Present...)
	for _, p := range v.Represented {
		voters = append(voters, p.From)
	}
	for _, id := range voters {
		switch v.Choices[id] {
		case Against:
			f.Against++
		case Abstain:
			f.Abstained++
		case NotVoting:
			f.NotVoting++
		default:
			f.For++
		}
	}
	return f
}

// Close ends the sitting.
func (c *Council) Close(ctx context.Context, actor, id string) error {
	return c.record(ctx, actor, id, KindClosed, func(*store.Tx, *Sitting) (any, error) { return struct{}{}, nil })
}

type finalised struct {
	Number  string `json:"number"`
	Sitting string `json:"sitting"`
	Record  Record `json:"record"`
}

// Finalise numbers a deliberation that a sitting has voted: its text no longer changes.
func (c *Council) Finalise(ctx context.Context, actor, id, sittingID string) (number string, err error) {
	err = c.commit(ctx, actor, "deliberation/"+id, KindFinalised, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return nil, err
		}
		s, err := sitting(tx, sittingID)
		if err != nil {
			return nil, err
		}
		v, voted := s.Vote(id)
		unset := d.Text.Unset()
		switch {
		case d.Status != StatusDraft:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "Cette délibération a déjà son numéro " + d.Number + ".", Cure: "Ouvrez-la dans la liste."}
		case !voted:
			return nil, &rule.Refusal{Article: "CGCT, art. L2121-20", Why: "Le vote n’est pas enregistré.", Cure: "Enregistrez le vote dans la séance."}
		case len(unset) > 0:
			return nil, &rule.Refusal{Why: "Il manque : " + strings.Join(unset, ", ") + ".", Cure: "Complétez le texte avant de le finaliser."}
		}
		if number, err = nextNumber(tx, s.At); err != nil {
			return nil, err
		}
		return finalised{Number: number, Sitting: sittingID, Record: Record{Sitting: *s, Vote: v}}, nil
	})
	return number, err
}

type sent struct {
	Folder string       `json:"folder"`
	PDF    store.Digest `json:"pdf"`
}

// MarkSent notes the folder by which the deliberation is being signed, and what was sent.
func (c *Council) MarkSent(ctx context.Context, actor, id, folder string, pdf store.Digest) error {
	return c.commit(ctx, actor, "deliberation/"+id, KindSent, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err != nil {
			return nil, err
		}
		if err := CheckSignable(*d); err != nil {
			return nil, err
		}
		others, err := sameNumber(tx, d)
		if err != nil {
			return nil, err
		}
		return sent{folder, pdf}, CheckUnique(d.Number, len(others)+1)
	})
}

type signed struct {
	PDF store.Digest `json:"pdf"`
}

// MarkSigned notes the signed document that came back.
func (c *Council) MarkSigned(ctx context.Context, actor, id string, pdf store.Digest) error {
	return c.commit(ctx, actor, "deliberation/"+id, KindSigned, nil, func(tx *store.Tx) (any, error) {
		d, err := deliberation(tx, id)
		if err == nil && d.Status != StatusSent {
			err = errors.New("the deliberation was not sent for signature")
		}
		return signed{pdf}, err
	})
}
