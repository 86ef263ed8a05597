package services

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindAsked    = "request.asked"
	KindReceived = "request.received"
	KindClosed   = "request.closed"
	// What is to be signed before it leaves, and that it was.
	KindPrepared = "request.prepared"
	KindSigned   = "request.signed"
	// The agency's words, and the appointments that it offers.
	KindReplied = "request.replied"
	KindOffered = "request.offered"
	// What the town hall does about a request, each in a stream of its own.
	KindSaid      = "requesttalk.said"
	KindWithdrawn = "requesttalk.withdrawn"
	KindTaken     = "requesttalk.taken"
	KindRated     = "requesttalk.rated"
	KindDelivered = "requesttalk.delivered"
)

// Prefix is what the streams of requests begin with, TalkPrefix those of what is said of them.
const (
	Prefix     = "request/"
	TalkPrefix = "requesttalk/"
)

// Counter is where a town hall asks its agency.
type Counter struct{ j *journal.Journal }

// New gives the counter that a journal holds; the journal has Projections.
func New(j *journal.Journal) *Counter { return &Counter{j: j} }

type asked struct {
	What        What         `json:"what"`
	Certificate *Certificate `json:"certificate,omitempty"`
	Service     string       `json:"service,omitempty"`
	Title       string       `json:"title,omitempty"`
	Category    string       `json:"category,omitempty"`
	Urgency     string       `json:"urgency,omitempty"`
	Answers     []Answered   `json:"answers,omitempty"`
	Diagnosis   string       `json:"diagnosis,omitempty"`
	Personal    bool         `json:"personal,omitempty"`
	Months      int          `json:"months,omitempty"`
	Folder      string       `json:"folder,omitempty"`
}

// signed is the data of KindSigned.
type signed struct {
	File File `json:"file"`
}

// Answer is the data of the agency's answer. Step is the service's own state.
type Answer struct {
	Text string `json:"text,omitempty"`
	Step string `json:"step,omitempty"`
	// Slots are the appointments of KindOffered.
	Slots []time.Time `json:"slots,omitempty"`
}

// deed is the data of what the town hall does about a request.
type deed struct {
	Request string    `json:"request"`
	Text    string    `json:"text,omitempty"`
	Files   []File    `json:"files,omitempty"`
	Slot    time.Time `json:"slot,omitzero"`
	Score   int       `json:"score,omitempty"`
}

// Joined is a file that is joined to a request; its content is kept as a document.
type Joined struct {
	Field   string // empty for a message
	Name    string
	Content []byte
}

// MaxJoined bounds the files of one request or message, in bytes.
const MaxJoined = 50 << 20

// keep puts joined files among the documents.
func (c *Counter) keep(ctx context.Context, all []Joined) (map[string][]File, []store.Digest, error) {
	files := map[string][]File{}
	var digests []store.Digest
	total := 0
	for _, j := range all {
		if total += len(j.Content); total > MaxJoined {
			return nil, nil, &rule.Refusal{Why: "Les pièces dépassent 50 Mo.", Cure: "Joignez-en moins, ou envoyez-les par le coffre-fort."}
		}
	}
	for _, j := range all {
		d, err := c.j.Store().Blobs().PutBytes(ctx, j.Content)
		if err != nil {
			return nil, nil, fmt.Errorf("keeping %s: %w", j.Name, err)
		}
		files[j.Field] = append(files[j.Field], File{Name: j.Name, Digest: d, Size: int64(len(j.Content))})
		digests = append(digests, d)
	}
	return files, digests, nil
}

// AskRenewal asks for a new certificate, with its papers. Error: a refusal, when it was asked already.
func (c *Counter) AskRenewal(ctx context.Context, actor string, cert *x509.Certificate, papers ...Joined) error {
	return c.AskRenewalOf(ctx, actor, Describe(cert), papers...)
}

// AskRenewalOf is AskRenewal for a certificate of which only the description is at hand.
func (c *Counter) AskRenewalOf(ctx context.Context, actor string, described Certificate, papers ...Joined) error {
	files, digests, err := c.keep(ctx, papers)
	if err != nil {
		return err
	}
	data := asked{What: Renewal, Certificate: &described}
	for _, j := range papers {
		if all := files[j.Field]; len(all) > 0 {
			data.Answers = append(data.Answers, Answered{Field: j.Field, Label: "Pièces", Files: all})
			delete(files, j.Field)
		}
	}
	_, err = c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		known, err := renewalOf(tx, described.Fingerprint)
		if err != nil {
			return nil, err
		}
		if err := MayAsk(known); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: Prefix + c.j.NewID(), Kind: KindAsked, Data: data, Blobs: digests}}, nil
	})
	return err
}

// Order asks for a service of the catalogue. answers are by field: the id of a choice, several on
// lines of their own, «oui», a day as 24/11/2026. Error: a refusal that names the question.
func (c *Counter) Order(ctx context.Context, actor string, s Service, answers map[string]string, joined []Joined) (id string, err error) {
	data, digests, err := c.ordered(ctx, s, answers, joined)
	if err != nil {
		return "", err
	}
	return c.ask(ctx, actor, KindAsked, data, digests)
}

// Prepare keeps a request that leaves once its folder of the parapheur is signed. Error: as Order.
func (c *Counter) Prepare(ctx context.Context, actor string, s Service, answers map[string]string, joined []Joined, folder string) (id string, err error) {
	data, digests, err := c.ordered(ctx, s, answers, joined)
	if err != nil {
		return "", err
	}
	data.Folder = folder
	return c.ask(ctx, actor, KindPrepared, data, digests)
}

// Signed has the request of a folder leave, with the document that was signed; a folder of none is nothing
// to it, nor is one that has left already.
func (c *Counter) Signed(ctx context.Context, actor, folder string, document File) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		id, err := preparedFor(tx, folder)
		if err != nil || id == "" {
			return nil, err
		}
		return []journal.Draft{{Stream: Prefix + id, Kind: KindSigned, Data: signed{document}, Blobs: []store.Digest{document.Digest}}}, nil
	})
	return err
}

// Answers checks what is answered to a service, and gives it as it is read. The names of the
// files stand in the place of their contents. Error: a refusal that names the question.
func Answers(s Service, answers map[string]string, joined []Joined) (all []Answered, err error) {
	files := map[string][]string{}
	for _, j := range joined {
		files[j.Field] = append(files[j.Field], j.Name)
	}
	for _, f := range s.Field {
		if !Asks(f, answers) {
			continue
		}
		if err := CheckAnswer(f, answers[f.ID], len(files[f.ID])); err != nil {
			return nil, err
		}
		a := Answered{Field: f.ID, Label: f.Label, Value: Shown(f, answers[f.ID])}
		if f.Type == Files {
			a.Value = strings.Join(files[f.ID], ", ")
		}
		if f.Known() && a.Value != "" {
			all = append(all, a)
		}
	}
	return all, nil
}

// ordered is what is asked, its files kept.
func (c *Counter) ordered(ctx context.Context, s Service, answers map[string]string, joined []Joined) (asked, []store.Digest, error) {
	data := asked{What: Ordered, Service: s.ID, Title: s.Name, Personal: s.Personal, Months: s.Months}
	if s.Personal && s.Months == 0 {
		data.Months = usualMonths
	}
	var err error
	if data.Answers, err = Answers(s, answers, joined); err != nil {
		return data, nil, err
	}
	files, digests, err := c.keep(ctx, joined)
	for i, a := range data.Answers {
		if len(files[a.Field]) > 0 {
			data.Answers[i].Value, data.Answers[i].Files = "", files[a.Field]
		}
	}
	return data, digests, err
}

// usualMonths is how long a personal request is kept after its end, when its service does not say.
const usualMonths = 12

// NewTicket is a demand for assistance. Category and Urgency are in words; Diagnosis is empty
// without consent.
type NewTicket struct {
	Subject, Text     string
	Category, Urgency string
	Diagnosis         string
	Files             []Joined
}

// Open opens a ticket. Error: a refusal.
func (c *Counter) Open(ctx context.Context, actor string, n NewTicket) (id string, err error) {
	n.Subject, n.Text = strings.TrimSpace(n.Subject), strings.TrimSpace(n.Text)
	switch {
	case n.Subject == "":
		return "", &rule.Refusal{Why: "Cette demande n’a pas d’objet.", Cure: "Dites en quelques mots ce qui ne va pas."}
	case n.Category == "" || n.Urgency == "":
		return "", &rule.Refusal{Why: "La catégorie et l’urgence de la demande manquent.", Cure: "Choisissez-les : l’agence en dépend pour vous répondre."}
	case len(n.Subject)+len(n.Text) > maxWords:
		return "", &rule.Refusal{Why: "Ce texte est trop long.", Cure: "Abrégez, ou joignez un document."}
	}
	files, digests, err := c.keep(ctx, n.Files)
	if err != nil {
		return "", err
	}
	data := asked{What: Assistance, Title: n.Subject, Category: n.Category, Urgency: n.Urgency, Diagnosis: n.Diagnosis}
	if n.Text != "" {
		data.Answers = append(data.Answers, Answered{Field: "text", Label: "Ce qui se passe", Value: n.Text})
	}
	for _, all := range files {
		data.Answers = append(data.Answers, Answered{Field: "files", Label: "Pièces", Files: all})
	}
	return c.ask(ctx, actor, KindAsked, data, digests)
}

func (c *Counter) ask(ctx context.Context, actor, kind string, data asked, digests []store.Digest) (string, error) {
	id := c.j.NewID()
	d := journal.Draft{Stream: Prefix + id, Kind: kind, Data: data, Blobs: digests}
	if data.Personal {
		d.Subject = Prefix + id
	}
	_, err := c.j.Commit(ctx, actor, func(*store.Tx) ([]journal.Draft, error) { return []journal.Draft{d}, nil })
	return id, err
}

// Say adds a message to a request. Error: a refusal.
func (c *Counter) Say(ctx context.Context, actor, id, text string, joined []Joined) error {
	if text = strings.TrimSpace(text); text == "" && len(joined) == 0 {
		return &rule.Refusal{Why: "Ce message est vide.", Cure: "Écrivez-le."}
	}
	files, digests, err := c.keep(ctx, joined)
	if err != nil {
		return err
	}
	d := deed{Request: id, Text: text}
	for _, all := range files {
		d.Files = append(d.Files, all...)
	}
	return c.do(ctx, actor, KindSaid, d, digests, open)
}

// Withdraw takes a request back. Error: a refusal.
func (c *Counter) Withdraw(ctx context.Context, actor, id, why string) error {
	return c.do(ctx, actor, KindWithdrawn, deed{Request: id, Text: strings.TrimSpace(why)}, nil, MayWithdraw)
}

// Take takes an appointment that the agency offers. Error: a refusal.
func (c *Counter) Take(ctx context.Context, actor, id string, slot time.Time) error {
	return c.do(ctx, actor, KindTaken, deed{Request: id, Slot: slot}, nil, func(r Request) error { return MayTake(r, slot, c.j.Now()) })
}

// Rate says how content the town hall is of what was done, from 1 to 5. Error: a refusal.
func (c *Counter) Rate(ctx context.Context, actor, id string, score int, comment string) error {
	return c.do(ctx, actor, KindRated, deed{Request: id, Score: score, Text: strings.TrimSpace(comment)}, nil, func(r Request) error { return MayRate(r, score) })
}

// Deliver notes that what was ordered came, with what was wrong with it and its papers; the agency reads it as a message.
// Error: a refusal.
func (c *Counter) Deliver(ctx context.Context, actor, id, reserves string, joined []Joined) error {
	files, digests, err := c.keep(ctx, joined)
	if err != nil {
		return err
	}
	d := deed{Request: id, Text: strings.TrimSpace(reserves)}
	for _, all := range files {
		d.Files = append(d.Files, all...)
	}
	return c.do(ctx, actor, KindDelivered, d, digests, MayDeliver)
}

func (c *Counter) do(ctx context.Context, actor, kind string, d deed, digests []store.Digest, may func(Request) error) error {
	_, err := c.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		r, err := request(tx, d.Request)
		if err != nil {
			return nil, err
		}
		if err := may(r); err != nil {
			return nil, err
		}
		draft := journal.Draft{Stream: TalkPrefix + d.Request + "/" + c.j.NewID(), Kind: kind, Data: d, Blobs: digests}
		if r.Personal {
			draft.Subject = Prefix + d.Request
		}
		return []journal.Draft{draft}, nil
	})
	return err
}

// Erase has the personal requests whose time is over forgotten, on every computer and on the
// server, and says how many there were.
func (c *Counter) Erase(ctx context.Context, actor string) (int, error) {
	all, err := c.List(ctx)
	if err != nil {
		return 0, err
	}
	var subjects []string
	for _, r := range all {
		if due := r.Due(); !due.IsZero() && !due.After(c.j.Now()) {
			subjects = append(subjects, Prefix+r.ID)
		}
	}
	if len(subjects) == 0 {
		return 0, nil
	}
	return len(subjects), c.j.Forget(ctx, actor, subjects...)
}

// ErrNoRequest: there is no such request.
var ErrNoRequest = errors.New("no such request")
