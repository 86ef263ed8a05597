package registers

import (
	"context"
	"errors"
	"reflect"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

type orderDraft struct {
	Series council.Series `json:"series"`
	Text   OrderText      `json:"text"`
}

// DraftOrder begins an order from a template of the library, or on a free subject when the key is empty.
func (r *Registers) DraftOrder(ctx context.Context, actor string, series council.Series, template string) (id string, err error) {
	text, err := r.library.draft(series, template)
	if err != nil {
		return "", err
	}
	id = r.j.NewID()
	return id, r.commit(ctx, actor, "order/"+id, KindOrderDrafted, func(*store.Tx) (any, error) { return orderDraft{series, text}, nil })
}

// OrderNotApplied: the order was saved by somebody else since.
type OrderNotApplied struct{ Mine, Theirs OrderText }

// Error says what happened.
func (e *OrderNotApplied) Error() string { return (&NotApplied{}).Error() }

// Explain tells a person what happened, what is safe and what to do.
func (e *OrderNotApplied) Explain() (what, safe, todo string) { return (&NotApplied{}).Explain() }

// SaveOrder saves the text of an order, which changes until it is sent to be signed; edition is that of the text it started from.
func (r *Registers) SaveOrder(ctx context.Context, actor, id, edition string, text OrderText) error {
	if len(text.Blocks) > maxParagraphs {
		return &rule.Refusal{Why: "Ce texte compte trop de paragraphes.", Cure: "Regroupez-les."}
	}
	for _, b := range text.Blocks {
		if len(b.Text) > maxParagraphText {
			return &rule.Refusal{Why: "Un paragraphe est trop long.", Cure: "Coupez-le en plusieurs."}
		}
	}
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		o, err := order(tx, id)
		switch {
		case err != nil:
			return nil, err
		case o.Status == Sent || o.Status == Signed:
			return nil, &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Cet acte est signé ou à la signature : son texte ne change plus.", Cure: "Prenez un acte qui le modifie ou le retire."}
		case reflect.DeepEqual(o.Text, text):
			return nil, nil
		case o.Edition != edition:
			return nil, &OrderNotApplied{Mine: text, Theirs: o.Text}
		}
		return []journal.Draft{{Stream: "order/" + id, Kind: KindOrderDrafted, Data: orderDraft{o.Series, text}}}, nil
	})
	return err
}

type numbered struct {
	Number string        `json:"number"`
	Date   authority.Day `json:"date,omitempty"`
	Signer string        `json:"signer,omitempty"`
	Name   string        `json:"name,omitempty"`
	Title  string        `json:"title,omitempty"`
}

// Number gives an order its number and its date, when it is ready to be signed.
func (r *Registers) Number(ctx context.Context, actor, id, signer string) (number string, err error) {
	err = r.commit(ctx, actor, "order/"+id, KindOrderNumbered, func(tx *store.Tx) (any, error) {
		o, err := order(tx, id)
		if err != nil {
			return nil, err
		}
		p, err := authority.PersonByID(tx, signer)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err := CheckNumber(*o, p, r.today(), r.today()); err != nil {
			return nil, err
		}
		number, err = r.nextOrder(tx, o.Series)
		return numbered{Number: number, Date: r.today(), Signer: p.ID, Name: p.Name(), Title: p.Title}, err
	})
	return number, err
}

func (r *Registers) nextOrder(tx *store.Tx, series council.Series) (string, error) {
	s, err := council.SchemeOf(tx, series, r.j.Now().Year())
	if err != nil {
		return "", err
	}
	given, err := OrderNumbers(series)(tx)
	return s.Next(r.j.Now(), given), err
}

// OrderNumbers gives the numbers of a series of orders.
func OrderNumbers(series council.Series) func(*store.Tx) ([]string, error) {
	return func(tx *store.Tx) ([]string, error) {
		all, err := orders(tx)
		var numbers []string
		for _, o := range all {
			if o.Series == series && o.Number != "" {
				numbers = append(numbers, o.Number)
			}
		}
		return numbers, err
	}
}

// bearers counts the orders that bear a number.
func bearers(tx *store.Tx, number string) (n int, err error) {
	all, err := orders(tx)
	for _, o := range all {
		if number != "" && o.Number == number {
			n++
		}
	}
	return n, err
}

// RenumberOrder gives the next number to an order whose number another bears.
func (r *Registers) RenumberOrder(ctx context.Context, actor, id string) (number string, err error) {
	err = r.commit(ctx, actor, "order/"+id, KindOrderRenumbered, func(tx *store.Tx) (any, error) {
		o, err := order(tx, id)
		if err != nil {
			return nil, err
		}
		n, err := bearers(tx, o.Number)
		if err != nil {
			return nil, err
		}
		if err := CheckRenumberOrder(o.Status, n > 1); err != nil {
			return nil, err
		}
		number, err = r.nextOrder(tx, o.Series)
		return numbered{Number: number}, err
	})
	return number, err
}

// CheckOrder tells whether an order may be sent to be signed: numbered, under a number that no other bears.
func (r *Registers) CheckOrder(ctx context.Context, id string) error {
	return r.j.Store().View(ctx, func(tx *store.Tx) error { return checkOrder(tx, id) })
}

func checkOrder(tx *store.Tx, id string) error {
	o, err := order(tx, id)
	if err != nil {
		return err
	}
	if o.Status != Numbered {
		return &rule.Refusal{Article: "CGCT, art. R2122-7", Why: "L’acte reçoit son numéro quand il est prêt à être signé, et n’est envoyé qu’une fois.", Cure: "Donnez-lui son numéro, ou suivez son dossier dans le parapheur."}
	}
	n, err := bearers(tx, o.Number)
	if err != nil {
		return err
	}
	return council.CheckUnique(o.Number, n)
}

type orderSent struct {
	Folder string       `json:"folder,omitempty"`
	PDF    store.Digest `json:"pdf"`
}

// MarkOrderSent notes the folder by which an order is being signed, and what was sent.
func (r *Registers) MarkOrderSent(ctx context.Context, actor, id, folder string, pdf store.Digest) error {
	return r.commit(ctx, actor, "order/"+id, KindOrderSent, func(tx *store.Tx) (any, error) {
		return orderSent{folder, pdf}, checkOrder(tx, id)
	})
}

// MarkOrderSigned notes the signed document that came back.
func (r *Registers) MarkOrderSigned(ctx context.Context, actor, id string, pdf store.Digest) error {
	return r.commit(ctx, actor, "order/"+id, KindOrderSigned, func(tx *store.Tx) (any, error) {
		o, err := order(tx, id)
		if err == nil && o.Status != Sent {
			err = errors.New("the order was not sent for signature")
		}
		return orderSent{PDF: pdf}, err
	})
}

// MakeKnown notes that an order was published, or notified.
func (r *Registers) MakeKnown(ctx context.Context, actor, id string, day authority.Day) error {
	return r.commit(ctx, actor, "order/"+id, KindOrderKnown, func(tx *store.Tx) (any, error) {
		o, err := order(tx, id)
		if err != nil {
			return nil, err
		}
		return onDay{Day: day}, CheckKnown(*o, day, r.today())
	})
}

type reported struct {
	Sitting string        `json:"sitting"`
	Day     authority.Day `json:"day"`
}

// Report notes that decisions were reported to a sitting: all those that Unreported gives, in one transaction.
func (r *Registers) Report(ctx context.Context, actor, sitting string) (n int, err error) {
	_, err = r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		s, err := council.SittingByID(tx, sitting)
		if err != nil {
			return nil, err
		}
		all, err := unreported(tx, *s)
		if err == nil && len(all) == 0 {
			err = &rule.Refusal{Article: articleReport, Why: "Aucune décision signée n’attend d’être rapportée à cette séance.", Cure: "Rien n’est à noter."}
		}
		if err != nil {
			return nil, err
		}
		var drafts []journal.Draft
		for _, o := range all {
			drafts = append(drafts, journal.Draft{Stream: "order/" + o.ID, Kind: KindOrderReported, Data: reported{sitting, authority.DayOf(s.At)}})
		}
		n = len(drafts)
		return drafts, nil
	})
	return n, err
}

// unreported are the decisions that a sitting is to be told of, the oldest first.
func unreported(tx *store.Tx, s council.Sitting) ([]Order, error) {
	all, err := orders(tx)
	var out []Order
	for _, o := range all {
		if CheckReport(o, s) == nil {
			out = append(out, o)
		}
	}
	sortOrders(out)
	return out, err
}
