package publication

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// MaxDocument bounds an act that comes as a PDF.
const MaxDocument = 100 << 20

// maxText bounds what a person types of an act.
const maxText = 2_000

// Reader takes the words of a PDF, as another program reads them.
type Reader func(ctx context.Context, pdf []byte) (string, error)

// ErrStillThere tells that a copy said to be masked holds a word that was to be.
var ErrStillThere = errors.New("the masked copy still holds a word that was to be masked")

func (p *Publisher) commit(ctx context.Context, actor, id, kind string, blobs []store.Digest, decide func(*store.Tx, Publication) (any, error)) error {
	stream := "publication/" + id
	_, err := p.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		now, err := row(tx, id)
		if err != nil {
			return nil, err
		}
		if now == nil {
			now = &Publication{}
		}
		data, err := decide(tx, *now)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: stream, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// Settle keeps the authority's settings.
func (p *Publisher) Settle(ctx context.Context, actor string, s Settings) error {
	s.ChosenBy, s.URL, s.Where = strings.TrimSpace(s.ChosenBy), strings.TrimRight(strings.TrimSpace(s.URL), "/"), strings.TrimSpace(s.Where)
	s.NIC, s.Prefecture = strings.TrimSpace(s.NIC), strings.ToUpper(strings.TrimSpace(s.Prefecture))
	if s.URL != "" && !isWeb(s.URL) {
		return &rule.Refusal{Why: "L’adresse du site n’est pas de la forme https://www.exemple.fr/actes.", Cure: "Recopiez-la depuis le navigateur."}
	}
	if s.NIC != "" && !nic.MatchString(s.NIC) {
		return &rule.Refusal{Why: "Le NIC compte cinq chiffres : ceux qui suivent le SIREN dans le SIRET.", Cure: "Recopiez les cinq derniers chiffres du SIRET."}
	}
	_, err := p.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		a, err := authority.Current(tx)
		if err != nil {
			return nil, fmt.Errorf("reading the authority: %w", err)
		}
		if err := CheckChoice(a.Kind, a.Population, s); err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: settingsStream, Kind: KindSettled, Data: s}}, nil
	})
	return err
}

// NewAct is an act that comes as a PDF: an order, a decision, minutes.
type NewAct struct {
	Kind    Kind
	Number  string
	Subject string
	Adopted authority.Day
	Settled authority.Day // minutes: the sitting that settled them
	Author  Author
	Details Details
	PDF     []byte
}

// Add takes an act in, to be published.
func (p *Publisher) Add(ctx context.Context, actor string, in NewAct) (id string, err error) {
	if err := checkNew(in, p.today()); err != nil {
		return "", err
	}
	pdf, err := p.j.Store().Blobs().PutBytes(ctx, in.PDF)
	if err != nil {
		return "", err
	}
	id = "act-" + p.j.NewID()
	act := Act{ID: id, Kind: in.Kind, Number: strings.TrimSpace(in.Number), Subject: strings.TrimSpace(in.Subject), Adopted: in.Adopted, Settled: in.Settled, Author: in.Author}
	return id, p.commit(ctx, actor, id, KindAdded, []store.Digest{pdf}, func(*store.Tx, Publication) (any, error) {
		return added{Act: act, Details: in.Details, PDF: pdf}, nil
	})
}

func checkNew(in NewAct, today authority.Day) error {
	switch {
	case in.Kind != Order && in.Kind != Decision && in.Kind != Minutes && in.Kind != Deliberation:
		return &rule.Refusal{Why: "La nature de l’acte manque.", Cure: "Choisissez : délibération, arrêté, décision ou procès-verbal."}
	case strings.TrimSpace(in.Subject) == "" || len(in.Subject) > maxText || len(in.Number) > 60:
		return &rule.Refusal{Why: "L’objet de l’acte manque ou est trop long.", Cure: "Écrivez-le en une phrase."}
	case in.Adopted == "" || in.Adopted > today:
		return &rule.Refusal{Why: "La date de l’acte manque ou n’est pas encore venue.", Cure: "Corrigez-la."}
	case len(in.PDF) > MaxDocument:
		return fmt.Errorf("the act: %w", store.ErrTooLarge)
	case !bytes.HasPrefix(in.PDF, []byte("%PDF-")):
		return &rule.Refusal{Article: "CGCT, art. R2131-1, I", Why: "L’acte se publie dans un format non modifiable, et ce fichier n’est pas un PDF.", Cure: "Exportez-le en PDF."}
	}
	return checkDetails(in.Details)
}

func checkDetails(d Details) error {
	if _, known := matter(d.Matter); d.Matter != "" && !known {
		return &rule.Refusal{Article: "SCDL, délibérations 2.1.4", Why: "Cette matière n’est pas de la nomenclature @CTES, au deuxième niveau.", Cure: "Choisissez-la dans la liste, par exemple 7.5."}
	}
	if d.BudgetYear != "" && !budgetYear.MatchString(d.BudgetYear) {
		return &rule.Refusal{Article: "SCDL, délibérations 2.1.4", Why: "L’année du budget est de la forme 2027 ou 2027/2028.", Cure: "Corrigez-la."}
	}
	return nil
}

// Describe keeps what a person says of an act.
func (p *Publisher) Describe(ctx context.Context, actor, id string, d Details) error {
	if err := checkDetails(d); err != nil {
		return err
	}
	return p.commit(ctx, actor, id, KindDescribed, nil, func(_ *store.Tx, now Publication) (any, error) {
		if d.Individual && !now.At.IsZero() {
			return nil, &rule.Refusal{Article: "CGCT, art. L2131-1, II", Why: "Cet acte est déjà publié.", Cure: "Retirez-le d’abord, en donnant le motif."}
		}
		return d, nil
	})
}

// Receive notes when the State's representative received an act.
func (p *Publisher) Receive(ctx context.Context, actor, id string, day authority.Day, receipt string) error {
	a, err := p.Act(ctx, id)
	if err != nil {
		return err
	}
	if err := CheckReceived(a, day, p.today()); err != nil {
		return err
	}
	return p.commit(ctx, actor, id, KindReceived, nil, func(*store.Tx, Publication) (any, error) {
		return received{Day: day, Receipt: strings.TrimSpace(receipt)}, nil
	})
}

// Publish makes an act public now, in the way that the authority must use.
func (p *Publisher) Publish(ctx context.Context, actor, id string) error {
	b, err := p.Board(ctx)
	if err != nil {
		return err
	}
	a, err := b.Act(id)
	if err != nil {
		return err
	}
	if err := CheckPublishable(a); err != nil {
		return err
	}
	way := WayDue(b.Authority.Kind, b.Authority.Population, b.Settings.Way)
	if a.Kind == List || a.Kind == Minutes {
		way = council.Electronic // whatever the assembly chose for its acts (L2121-15, L2121-25)
	}
	a.Way, a.At = way, p.j.Now().Truncate(time.Second)
	page, masked, err := p.page(ctx, b, a)
	if err != nil {
		return err
	}
	c, blobs, err := p.set(ctx, b, a, page, masked)
	if err != nil {
		return err
	}
	x := published{Act: a.Act, Way: way, At: a.At, ChosenBy: b.Settings.ChosenBy, Copy: c, Original: a.Original}
	if a.Original != nil {
		blobs = append(blobs, *a.Original)
	}
	return p.commit(ctx, actor, id, KindPublished, blobs, func(_ *store.Tx, now Publication) (any, error) {
		if !now.At.IsZero() {
			return nil, &rule.Refusal{Why: "Cet acte est déjà publié.", Cure: "Ouvrez-le dans la liste."}
		}
		return x, nil
	})
}

// PostUrgently notes that an act is posted at the town hall now, before it is online: it binds, and is still to be
// published. Errors: a refusal.
func (p *Publisher) PostUrgently(ctx context.Context, actor, id, reason string) error {
	b, err := p.Board(ctx)
	if err != nil {
		return err
	}
	a, err := b.Act(id)
	if err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); len(reason) > maxText {
		return &rule.Refusal{Why: "Ce motif est trop long.", Cure: "Écrivez-le en une phrase."}
	}
	if err := CheckUrgent(a, WayDue(b.Authority.Kind, b.Authority.Population, b.Settings.Way), reason); err != nil {
		return err
	}
	x := urgent{At: p.j.Now().Truncate(time.Second), Reason: reason, Act: a.Act}
	return p.commit(ctx, actor, id, KindUrgent, nil, func(_ *store.Tx, now Publication) (any, error) {
		if !now.At.IsZero() || !now.Urgent.IsZero() {
			return nil, CheckUrgent(now, council.Electronic, reason)
		}
		return x, nil
	})
}

// page is the text of an act: the masked one when there is one. nil: the act came as a PDF.
func (p *Publisher) page(ctx context.Context, b Board, a Publication) (page *Page, masked bool, err error) {
	if a.Page != nil {
		raw, err := p.j.Store().Blobs().Read(*a.Page, maxPage)
		if err != nil {
			return nil, false, err
		}
		kept, err := decodePage(raw)
		return &kept, a.Masked, err
	}
	switch {
	case a.Source == "":
		return nil, a.Masked, nil
	case a.Kind == Deliberation:
		d, err := p.c.Deliberation(ctx, a.Source)
		if err != nil {
			return nil, false, err
		}
		made := pageOf(council.Printed(b.Authority, *d, p.j.Now()))
		return &made, false, nil
	}
	s, err := p.c.Sitting(ctx, a.Source)
	if err != nil {
		return nil, false, err
	}
	all, err := p.c.Deliberations(ctx)
	if err != nil {
		return nil, false, err
	}
	made := pageOf(typeset.Deliberation{Head: typeset.Head{Authority: b.Authority.Letterhead()}, Subject: a.Subject})
	made.Sitting = SittingData{At: s.At, Venue: s.Place, InExercise: len(s.Members)}
	made.Items = items(*s, all)
	return &made, false, nil
}

// set makes the copy that is public, and keeps it. A list has a page and no PDF.
func (p *Publisher) set(ctx context.Context, b Board, a Publication, page *Page, masked bool) (c copyOf, blobs []store.Digest, err error) {
	c = copyOf{Subject: a.Subject, Masked: masked, Document: a.Document}
	if page == nil {
		if c.Document == nil {
			c.Document = a.Original
		}
		return c, []store.Digest{*c.Document}, nil
	}
	keep := func(content []byte) (*store.Digest, error) {
		d, err := p.j.Store().Blobs().PutBytes(ctx, content)
		blobs = append(blobs, d)
		return &d, err
	}
	raw, err := page.encode()
	if err != nil {
		return c, nil, err
	}
	c.Subject, c.Passages = page.Subject, page.Masked
	if c.Page, err = keep(raw); err != nil || a.Kind == List {
		return c, blobs, err
	}
	pdf, err := p.print(ctx, b, a, *page, masked)
	if err != nil {
		return c, nil, err
	}
	c.Document, err = keep(pdf)
	return c, blobs, err
}

// print sets the copy, dated of the day it is put online: the same act gives the same bytes.
func (p *Publisher) print(ctx context.Context, b Board, a Publication, page Page, masked bool) ([]byte, error) {
	where := map[council.Publication]string{council.Electronic: b.Settings.where(), council.Posting: "par affichage", council.Paper: "sur papier, à la disposition du public"}[a.Way]
	o := typeset.Online{Author: a.Author.Words(), At: a.At, Where: where, Masked: masked, Signed: a.Original != nil}
	if a.Original != nil && !masked {
		o.Original = "signé électroniquement, téléchargeable à côté de cette copie"
	}
	d, err := page.print(a.At, o, typeset.Executory{Received: a.Received.Time(), Receipt: a.Receipt, Published: a.At, Where: where}).Typeset(ctx)
	return d.PDF, err
}

// Preview gives the PDF as it would be put online now, or as it is.
func (p *Publisher) Preview(ctx context.Context, id string) ([]byte, error) {
	b, err := p.Board(ctx)
	if err != nil {
		return nil, err
	}
	a, err := b.Act(id)
	if err != nil {
		return nil, err
	}
	if a.Document != nil && !a.At.IsZero() {
		return p.j.Store().Blobs().Read(*a.Document, MaxDocument)
	}
	if a.At.IsZero() {
		a.At, a.Way = p.j.Now(), WayDue(b.Authority.Kind, b.Authority.Population, b.Settings.Way)
	}
	page, masked, err := p.page(ctx, b, a)
	switch {
	case err != nil:
		return nil, err
	case a.Kind == List:
		return nil, nil
	case page != nil:
		return p.print(ctx, b, a, *page, masked)
	case a.Document != nil:
		return p.j.Store().Blobs().Read(*a.Document, MaxDocument)
	}
	return p.j.Store().Blobs().Read(*a.Original, MaxDocument)
}

// Mask takes words out of the copy that is, or will be, public; the original is
// untouched. n is how many passages were masked. Nothing of the words is kept.
// Errors: ErrStillThere; a refusal when no passage holds them.
func (p *Publisher) Mask(ctx context.Context, actor, id string, words []string, read Reader) (n int, err error) {
	b, err := p.Board(ctx)
	if err != nil {
		return 0, err
	}
	a, err := b.Act(id)
	if err != nil {
		return 0, err
	}
	if err := CheckPublishable(a); err != nil && a.At.IsZero() {
		return 0, err
	}
	page, _, err := p.page(ctx, b, a)
	if err != nil {
		return 0, err
	}
	if page == nil {
		return 0, &rule.Refusal{Why: "Cet acte est venu en PDF : Airial n’en retire pas de mots.", Cure: "Occultez-le dans le logiciel qui l’a produit, puis apportez la version occultée."}
	}
	masked, n := page.Mask(words)
	if n == 0 {
		return 0, &rule.Refusal{Why: "Aucun de ces mots ne figure dans l’acte.", Cure: "Recopiez-les tels qu’ils y sont écrits, un par ligne."}
	}
	a.Subject = masked.Subject
	return n, p.replace(ctx, actor, b, a, &masked, words, read)
}

// Bring takes a masked version, made elsewhere, of an act that came as a PDF. The
// words must not be in its text. Errors: ErrStillThere, store.ErrTooLarge.
func (p *Publisher) Bring(ctx context.Context, actor, id, subject string, pdf []byte, words []string, read Reader) error {
	b, err := p.Board(ctx)
	if err != nil {
		return err
	}
	a, err := b.Act(id)
	if err != nil {
		return err
	}
	if subject = strings.TrimSpace(subject); subject != "" {
		a.Subject = subject
	}
	in := NewAct{Kind: a.Kind, Subject: a.Subject, Adopted: a.Adopted, PDF: pdf}
	if a.Source != "" {
		return &rule.Refusal{Why: "Cet acte a été écrit dans Airial.", Cure: "Indiquez les mots à occulter : la copie est refaite sans eux."}
	}
	if err := checkNew(in, p.today()); err != nil {
		return err
	}
	digest, err := p.j.Store().Blobs().PutBytes(ctx, pdf)
	if err != nil {
		return err
	}
	a.Document = &digest
	return p.replace(ctx, actor, b, a, nil, words, read)
}

func (p *Publisher) replace(ctx context.Context, actor string, b Board, a Publication, page *Page, words []string, read Reader) error {
	online := !a.At.IsZero()
	if !online {
		a.At, a.Way = p.j.Now(), council.Electronic
	}
	c, blobs, err := p.set(ctx, b, a, page, true)
	if err != nil {
		return err
	}
	if err := p.checkGone(ctx, c, words, read); err != nil {
		return err
	}
	if !online {
		if page != nil { // it is set again when it is published, with its day
			c.Document, blobs = nil, []store.Digest{*c.Page}
		}
		return p.commit(ctx, actor, a.ID, KindMasked, blobs, func(_ *store.Tx, now Publication) (any, error) {
			if !now.At.IsZero() {
				return nil, &rule.Refusal{Why: "Cet acte vient d’être publié.", Cure: "Recommencez : la copie en ligne sera remplacée."}
			}
			return c, nil
		})
	}
	return p.commit(ctx, actor, a.ID, KindReplaced, blobs, func(*store.Tx, Publication) (any, error) {
		return replaced{At: p.j.Now().Truncate(time.Second), Copy: c}, nil
	})
}

// Redate corrects the moment an act was made public, when the site was brought up to date
// later than it was decided; the copy is set again with it.
func (p *Publisher) Redate(ctx context.Context, actor, id string, at time.Time) error {
	b, err := p.Board(ctx)
	if err != nil {
		return err
	}
	a, err := b.Act(id)
	if err != nil {
		return err
	}
	if err := CheckRedated(a, at, p.j.Now()); err != nil {
		return err
	}
	a.At = at.Truncate(time.Second)
	page, masked, err := p.page(ctx, b, a)
	if err != nil {
		return err
	}
	c, blobs, err := p.set(ctx, b, a, page, masked)
	if err != nil {
		return err
	}
	return p.commit(ctx, actor, id, KindRedated, blobs, func(_ *store.Tx, now Publication) (any, error) {
		return redated{At: a.At, Copy: c}, CheckRedated(now, a.At, p.j.Now())
	})
}

// checkGone reads the copy back, as another program does.
func (p *Publisher) checkGone(ctx context.Context, c copyOf, words []string, read Reader) error {
	m := newMask(words)
	if m.found(c.Subject) {
		return fmt.Errorf("in the subject: %w", ErrStillThere)
	}
	if c.Document == nil {
		return nil
	}
	pdf, err := p.j.Store().Blobs().Read(*c.Document, MaxDocument)
	if err != nil {
		return err
	}
	text, err := read(ctx, pdf)
	if err != nil {
		return fmt.Errorf("reading the masked copy back: %w", err)
	}
	if m.found(text) {
		return fmt.Errorf("in the document: %w", ErrStillThere)
	}
	return nil
}

// Withdraw takes an act off; its page then says so. hide leaves the subject out of
// the notice.
func (p *Publisher) Withdraw(ctx context.Context, actor, id, reason string, hide bool) error {
	reason = strings.TrimSpace(reason)
	if len(reason) > maxText {
		return &rule.Refusal{Why: "Ce motif est trop long.", Cure: "Écrivez-le en une phrase."}
	}
	return p.commit(ctx, actor, id, KindWithdrawn, nil, func(_ *store.Tx, now Publication) (any, error) {
		return withdrawn{At: p.j.Now().Truncate(time.Second), Reason: reason, Hidden: hide}, CheckWithdrawal(now, p.today(), reason)
	})
}

// Certificate sets the certificate that an act was public (CGCT, art. L2131-1).
func (p *Publisher) Certificate(ctx context.Context, id string) (typeset.Document, error) {
	b, err := p.Board(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	a, err := b.Act(id)
	if err != nil {
		return typeset.Document{}, err
	}
	if a.At.IsZero() && a.Urgent.IsZero() {
		return typeset.Document{}, &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Cet acte n’est pas publié.", Cure: "Publiez-le d’abord."}
	}
	way := map[council.Publication]string{council.Electronic: "sous forme électronique " + b.Settings.where(), council.Posting: "par affichage à la mairie", council.Paper: "sur papier, tenu à la disposition du public à la mairie"}[a.Way]
	from := a.At
	if from.IsZero() {
		way, from = "par affichage à la mairie, en urgence, dans l’attente de sa publication électronique", a.Urgent
	}
	return typeset.PostingCertificate{
		Head: typeset.Head{Authority: b.Authority.Letterhead(), Printed: p.j.Now()}, Signer: strings.TrimSpace(a.Author.First + " " + strings.ToUpper(a.Author.Last)), Way: way,
		Acts: []typeset.PostedAct{{Number: a.Number, Subject: a.Subject, Adopted: a.Adopted.Time(), From: from, Until: a.Withdrawn, Executory: EffectOf(a).Executory.Time()}},
	}.Typeset(ctx)
}
