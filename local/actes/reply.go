package actes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/handover"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries about the answer to a letter of the préfecture.
const (
	KindReplyAsked    = "legality.reply-asked"
	KindReplyBack     = "legality.reply-taken-back"
	KindReplyPosting  = "legality.reply-posting"
	KindReplyUnposted = "legality.reply-unposted"
	KindReplySent     = "legality.reply-sent"
	KindReplyReceived = "legality.reply-received"
	KindReplyBounced  = "legality.reply-bounced"
	// KindReplyElsewhere: it was answered another way, which a person noted.
	KindReplyElsewhere = "legality.reply-elsewhere"
)

// ReplyState is how far an answer has come.
type ReplyState string

// The states of an answer.
const (
	ReplyAsked ReplyState = "asked"
	// ReplyPosting: it left, and no answer that can be believed came back. The third party cannot be asked what became of an
	// answer: a person looks on its site.
	ReplyPosting   ReplyState = "posting"
	ReplySent      ReplyState = "sent"
	ReplyReceived  ReplyState = "received"
	ReplyBounced   ReplyState = "bounced"
	ReplyElsewhere ReplyState = "elsewhere"
)

// Reply is what the town hall answers to a letter.
type Reply struct {
	Post string `json:"post"` // our own id of it, kept before anything leaves
	// Refuse: an explicit refusal to complete, or to follow the observations.
	Refuse  bool   `json:"refuse,omitempty"`
	File    File   `json:"file"`
	Annexes []File `json:"annexes,omitempty"` // the pieces asked for

	State       ReplyState `json:"state,omitempty"`
	Transaction string     `json:"transaction,omitempty"`
	Words       string     `json:"words,omitempty"` // the third party's, when it refused
	Person      string     `json:"person,omitempty"`
	At          time.Time  `json:"at,omitzero"`      // asked
	Changed     time.Time  `json:"changed,omitzero"` // came to its state
}

// done tells whether a letter needs no other answer.
func (r *Reply) done() bool {
	return r != nil && (r.State == ReplySent || r.State == ReplyReceived || r.State == ReplyElsewhere)
}

// Answered tells whether the town hall has answered.
func (l Letter) Answered() bool { return l.Reply.done() }

// AnswerBy is the day after which silence is a refusal: two months, of a letter of observations, which is a petition
// (CJA, art. R421-2), and of a request for further documents (CE, Sect., 13 January 1988), which may itself fix a shorter
// term. Both are drafts, to be checked. "": nothing is to be answered in a term.
func (l Letter) AnswerBy() authority.Day {
	if l.At.IsZero() || l.Answered() || l.Kind != handover.MorePieces && l.Kind != handover.Observation {
		return ""
	}
	return authority.DayOf(l.At).Months(2)
}

func (f *Filing) letter(id string) *Letter {
	if i := slices.IndexFunc(f.Letters, func(l Letter) bool { return l.ID == id }); i >= 0 {
		return &f.Letters[i]
	}
	return nil
}

// MayReply tells whether an answer to a letter may leave (CGCT, art. L2131-6; @CTES, transactions 2, 3 and 4).
func MayReply(l *Letter, r Reply) error {
	total := r.File.Size
	switch {
	case l == nil:
		return fmt.Errorf("the letter: %w", store.ErrNotFound)
	case l.Kind == handover.Referral:
		return &rule.Refusal{Article: "CGCT, art. L2131-6", Why: "Un déféré se discute devant le tribunal administratif, non avec la préfecture.", Cure: "Prévenez le maire et votre conseil, qui déposera un mémoire."}
	case l.Answered():
		return &rule.Refusal{Article: "@CTES", Why: "Cette lettre a déjà sa réponse.", Cure: "Pour la compléter, écrivez à la préfecture."}
	case l.Reply != nil && (l.Reply.State == ReplyAsked || l.Reply.State == ReplyPosting):
		return &rule.Refusal{Article: "@CTES", Why: "Une réponse à cette lettre est déjà en route.", Cure: "Attendez ce que le tiers en dira."}
	case r.Refuse && l.Kind == handover.Courtesy:
		return &rule.Refusal{Article: "@CTES, transaction 2", Why: "Un courrier simple ne se refuse pas.", Cure: "Répondez-y."}
	case r.File.Size == 0 || !strings.HasSuffix(strings.ToLower(r.File.Name), ".pdf"):
		return &rule.Refusal{Article: "@CTES, réponse", Why: "La réponse est un fichier PDF.", Cure: "Exportez votre lettre en PDF."}
	case len(r.Annexes) > 0 && (l.Kind != handover.MorePieces || r.Refuse):
		return &rule.Refusal{Article: "@CTES, transaction 3", Why: "Seule la transmission de pièces complémentaires porte des pièces jointes.", Cure: "Réunissez tout dans le PDF de la réponse."}
	case len(r.Annexes) > MaxAnnexes:
		return &rule.Refusal{Article: "@CTES, annexes", Why: fmt.Sprintf("La réponse a %d pièces, pour %d au plus.", len(r.Annexes), MaxAnnexes), Cure: "Réunissez-en plusieurs en un seul PDF."}
	}
	for _, a := range r.Annexes {
		total += a.Size
		if !accepted(a.Name) {
			return &rule.Refusal{Article: "@CTES, annexes", Why: fmt.Sprintf("« %s » n’est pas d’une sorte que la préfecture accepte.", a.Name), Cure: "Joignez un PDF, une image JPEG ou PNG, ou un fichier XML."}
		}
	}
	if total > MaxSize {
		return &rule.Refusal{Article: "Limite du tiers de télétransmission (à vérifier auprès du vôtre)", Why: fmt.Sprintf("La réponse et ses pièces font %d Mo, pour %d au plus.", total>>20, MaxSize>>20), Cure: "Réduisez les pièces."}
	}
	return nil
}

// replied is the data of what became of an answer.
type replied struct {
	Letter      string `json:"letter"`
	Post        string `json:"post,omitempty"`
	Reply       *Reply `json:"reply,omitempty"`
	Transaction string `json:"transaction,omitempty"`
	Words       string `json:"words,omitempty"`
}

// Answer is what a person answers to a letter: a PDF, and the pieces asked for. Their types are those of the act when empty.
type Answer struct {
	Refuse bool
	File   Annex
	Pieces []Annex
}

// Reply has a letter of the préfecture answered: at once when there is a line, else when it comes back. Errors: a refusal;
// store.ErrNotFound.
func (r *Review) Reply(ctx context.Context, actor, id, letter string, a Answer) error {
	reply := Reply{Post: r.j.NewID(), Refuse: a.Refuse}
	var blobs []store.Digest
	keep := func(x Annex) (File, error) {
		digest, err := r.j.Store().Blobs().PutBytes(ctx, x.Content)
		blobs = append(blobs, digest)
		return File{Name: x.Name, Type: x.Type, Digest: digest, Size: int64(len(x.Content))}, err
	}
	var err error
	if reply.File, err = keep(a.File); err != nil {
		return fmt.Errorf("keeping %q: %w", a.File.Name, err)
	}
	for _, x := range a.Pieces {
		f, err := keep(x)
		if err != nil {
			return fmt.Errorf("keeping %q: %w", x.Name, err)
		}
		reply.Annexes = append(reply.Annexes, f)
	}
	return r.decideReply(ctx, actor, id, letter, KindReplyAsked, blobs, func(f *Filing, l *Letter) (replied, error) {
		if err := MayReply(l, reply); err != nil {
			return replied{}, err
		}
		if f.Transaction == "" {
			return replied{}, &rule.Refusal{Article: "@CTES", Why: "Cet acte n’a pas été transmis d’ici : sa réponse ne peut partir d’ici.", Cure: "Répondez depuis le site du tiers, puis notez-le."}
		}
		for _, x := range append([]*File{&reply.File}, pointers(reply.Annexes)...) {
			if x.Type == "" {
				x.Type = f.File.Type
			}
		}
		return replied{Reply: &reply}, nil
	})
}

func pointers(files []File) []*File {
	out := make([]*File, len(files))
	for i := range files {
		out[i] = &files[i]
	}
	return out
}

// ReplyBack takes an answer back while nothing has left, or says that what left did not arrive. Errors: a refusal.
func (r *Review) ReplyBack(ctx context.Context, actor, id, letter string) error {
	return r.decideReply(ctx, actor, id, letter, KindReplyBack, nil, func(_ *Filing, l *Letter) (replied, error) {
		if l == nil || l.Reply == nil || l.Reply.State != ReplyAsked && l.Reply.State != ReplyPosting {
			return replied{}, &rule.Refusal{Why: "Aucune réponse n’attend de partir.", Cure: "Il n’y a rien à reprendre."}
		}
		return replied{Post: l.Reply.Post}, nil
	})
}

// ReplyElsewhere notes that a letter was answered another way, or that what left did arrive. Errors: a refusal.
func (r *Review) ReplyElsewhere(ctx context.Context, actor, id, letter string) error {
	return r.decideReply(ctx, actor, id, letter, KindReplyElsewhere, nil, func(_ *Filing, l *Letter) (replied, error) {
		switch {
		case l == nil:
			return replied{}, fmt.Errorf("the letter: %w", store.ErrNotFound)
		case l.Answered():
			return replied{}, &rule.Refusal{Article: "@CTES", Why: "Cette lettre a déjà sa réponse.", Cure: "Il n’y a rien à noter."}
		case l.Reply != nil && l.Reply.State == ReplyAsked:
			return replied{}, &rule.Refusal{Article: "@CTES", Why: "Une réponse à cette lettre attend de partir.", Cure: "Reprenez-la d’abord."}
		}
		return replied{}, nil
	})
}

func (r *Review) decideReply(ctx context.Context, actor, id, letter, kind string, blobs []store.Digest, may func(*Filing, *Letter) (replied, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		f, err := filing(tx, id)
		if err != nil {
			return nil, err
		}
		data, err := may(f, f.letter(letter))
		if err != nil {
			return nil, err
		}
		data.Letter = letter
		return []journal.Draft{{Stream: filings + id, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// replyStates are what the entries make of an answer.
var replyStates = map[string]ReplyState{KindReplyPosting: ReplyPosting, KindReplyUnposted: ReplyAsked, KindReplySent: ReplySent, KindReplyReceived: ReplyReceived, KindReplyBounced: ReplyBounced}

// foldReply applies one entry about an answer; it tells whether it is one.
func (f *Filing) foldReply(ev journal.Event) (bool, error) {
	state, follows := replyStates[ev.Kind]
	if !follows && ev.Kind != KindReplyAsked && ev.Kind != KindReplyBack && ev.Kind != KindReplyElsewhere {
		return false, nil
	}
	var d replied
	if err := json.Unmarshal(ev.Data, &d); err != nil {
		return true, err
	}
	l := f.letter(d.Letter)
	if l == nil {
		return true, nil
	}
	same := l.Reply != nil && l.Reply.Post == d.Post
	switch {
	case ev.Kind == KindReplyAsked && d.Reply != nil:
		l.Reply = d.Reply
		l.Reply.State, l.Reply.Person, l.Reply.At, l.Reply.Changed = ReplyAsked, ev.Actor, ev.At, ev.At
	case ev.Kind == KindReplyElsewhere:
		if l.Reply == nil {
			l.Reply = &Reply{At: ev.At}
		}
		l.Reply.State, l.Reply.Person, l.Reply.Changed = ReplyElsewhere, ev.Actor, ev.At
	case ev.Kind == KindReplyBack && same:
		l.Reply = nil
	case follows && same:
		l.Reply.State, l.Reply.Changed, l.Reply.Words = state, ev.At, d.Words
		if d.Transaction != "" {
			l.Reply.Transaction = d.Transaction
		}
	}
	return true, nil
}

// noteReply writes what became of an answer, if it is still that one.
func (r *Review) noteReply(ctx context.Context, actor string, f Filing, l Letter, kind string, data replied) error {
	return r.decideReply(ctx, actor, f.ID, l.ID, kind, nil, func(_ *Filing, now *Letter) (replied, error) {
		if now == nil || now.Reply == nil || now.Reply.Post != l.Reply.Post {
			return replied{}, &rule.Refusal{Why: "Cette réponse n’est plus en cours.", Cure: "Il n’y a rien à faire."}
		}
		data.Post = l.Reply.Post
		return data, nil
	})
}

// toReply are the letters of a filing whose answer has something to do with the third party.
func (f Filing) toReply() (out []Letter) {
	for _, l := range f.Letters {
		if l.Reply != nil && (l.Reply.State == ReplyAsked || l.Reply.State == ReplySent && l.Reply.Transaction != "") {
			out = append(out, l)
		}
	}
	return out
}

// reply does the next thing about one answer.
func (r *Review) reply(ctx context.Context, actor string, f Filing, l Letter, c Carrier, done *Carried) error {
	if l.Reply.State == ReplySent {
		p, err := c.FollowAct(ctx, l.Reply.Transaction)
		switch {
		case err != nil:
			return err
		case p.Stage == handover.Answered:
			done.Answered++
			return r.noteReply(ctx, actor, f, l, KindReplyReceived, replied{})
		case p.Stage == handover.Failed || p.Stage == handover.Cancelled:
			done.Answered++
			return r.noteReply(ctx, actor, f, l, KindReplyBounced, replied{Words: shortened(p.Words)})
		}
		done.Waiting++
		return nil
	}
	out := handover.Reply{Letter: l.ID, Kind: l.Kind, Nature: f.Nature, Refuse: l.Reply.Refuse}
	for i, file := range append([]File{l.Reply.File}, l.Reply.Annexes...) {
		content, err := r.j.Store().Blobs().Read(file.Digest, maxFile)
		if err != nil {
			return err
		}
		given := handover.File{Name: file.Name, Type: file.Type, Content: content}
		if i == 0 {
			out.File = given
		} else {
			out.Annexes = append(out.Annexes, given)
		}
	}
	// On the disk before the first byte leaves: nobody posts it again without asking.
	if err := r.noteReply(ctx, actor, f, l, KindReplyPosting, replied{}); err != nil {
		return err
	}
	transaction, err := c.ReplyLetter(ctx, out)
	var refusal *handover.Refusal
	switch {
	case err == nil:
		done.Left++
		return r.noteReply(ctx, actor, f, l, KindReplySent, replied{Transaction: transaction})
	case errors.Is(err, handover.ErrNotSent):
		done.Waiting++
		return errors.Join(err, r.noteReply(ctx, actor, f, l, KindReplyUnposted, replied{}))
	case errors.As(err, &refusal):
		done.Answered++
		return r.noteReply(ctx, actor, f, l, KindReplyBounced, replied{Words: shortened(refusal.Words)})
	}
	done.Waiting++
	return err // it stays as posting: a person looks
}
