package office

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/actes"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
)

// LegalityAct is a deliberation, an order or a decision that may be transmitted, and what was transmitted of it.
type LegalityAct struct {
	ID      string
	Number  string
	Subject string
	Day     authority.Day // of the sitting, or of the order
	// Order tells an order or a decision: a person knows whether it is among those of CGCT, art. L2131-2.
	Order bool
	// Signed tells that its document bears all its signatures.
	Signed bool
	// Act is what is known of it before a person completes it.
	Act actes.Act
	// Filing is what was transmitted, nil for nothing.
	Filing *actes.Filing
	// FileName is the name of its document in @CTES.
	FileName string
	// Effect is what its publication and its reception make of it.
	Effect publication.Effect
}

// LegalityActs gives the deliberations that have a number, the latest changed first, then the orders and decisions that
// have one, the latest first.
func (h *Hall) LegalityActs(ctx context.Context) ([]LegalityAct, error) {
	all, err := h.Council.Deliberations(ctx)
	if err != nil {
		return nil, err
	}
	public, err := h.Public.Board(ctx)
	if err != nil {
		return nil, err
	}
	var out []LegalityAct
	for i := range all {
		if all[i].Number == "" || all[i].Record == nil {
			continue
		}
		one, err := h.legalityAct(ctx, &all[i])
		if err != nil {
			return nil, err
		}
		if a, err := public.Act(publication.DeliberationID(one.ID)); err == nil {
			one.Effect = publication.EffectOf(a)
		}
		out = append(out, one)
	}
	orders, err := h.Registers.Numbered(ctx)
	if err != nil {
		return nil, err
	}
	for i := range orders {
		one, err := h.legalityOrder(ctx, &orders[i])
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// LegalityAct gives one act. store.ErrNotFound.
func (h *Hall) LegalityAct(ctx context.Context, id string) (LegalityAct, error) {
	d, err := h.Council.Deliberation(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		o, err := h.Registers.Order(ctx, id)
		if err != nil {
			return LegalityAct{}, err
		}
		if o.Number == "" {
			return LegalityAct{}, fmt.Errorf("order %s has no number: %w", id, store.ErrNotFound)
		}
		return h.legalityOrder(ctx, o)
	}
	if err != nil {
		return LegalityAct{}, err
	}
	if d.Record == nil {
		return LegalityAct{}, fmt.Errorf("deliberation %s has no number: %w", id, store.ErrNotFound)
	}
	out, err := h.legalityAct(ctx, d)
	if err != nil {
		return out, err
	}
	if a, err := h.Public.Act(ctx, publication.DeliberationID(id)); err == nil {
		out.Effect = publication.EffectOf(a)
	}
	return out, nil
}

func (h *Hall) legalityAct(ctx context.Context, d *council.Deliberation) (LegalityAct, error) {
	out := LegalityAct{ID: d.ID, Number: d.Number, Subject: d.Text.Subject(), Day: authority.DayOf(d.Record.Sitting.At)}
	out.Act = actes.Act{Nature: actes.Deliberation, Number: actes.Number(d.Number), Subject: out.Subject, Date: out.Day, Matter: h.matterOf(d.Text.Template)}
	for _, a := range d.Text.Annexes { // voted with it: transmitted with it, under the type that a person says
		out.Act.Annexes = append(out.Act.Annexes, actes.File{Name: a.Name, Digest: a.Digest, Size: a.Size})
	}
	return out, h.complete(ctx, &out, d.Folder)
}

// legalityOrder proposes a nature, which a person changes: a decision by delegation stands with the deliberations, as in
// CGCT, art. L2131-2, 1°.
func (h *Hall) legalityOrder(ctx context.Context, o *registers.Order) (LegalityAct, error) {
	out := LegalityAct{ID: o.ID, Number: o.Number, Subject: o.Text.Subject(), Day: o.Date, Order: true}
	nature := actes.Regulation
	switch {
	case o.Series == council.SeriesDecision:
		nature = actes.Deliberation
	case o.Text.Individual || o.Series == council.SeriesStaff:
		nature = actes.Individual
	}
	out.Act = actes.Act{Nature: nature, Number: actes.Number(o.Number), Subject: out.Subject, Date: out.Day}
	if err := h.complete(ctx, &out, o.Folder); err != nil {
		return out, err
	}
	public := publication.Publication{Act: publication.Act{Kind: publication.Order}, Details: publication.Details{Individual: o.Text.Individual}}
	if o.Known != "" {
		public.At = o.Known.Time()
	}
	if out.Filing != nil && out.Filing.Effective() {
		public.Received = out.Filing.Receipt.Date
	}
	out.Effect = publication.EffectOf(public)
	return out, nil
}

// complete adds the signed document of an act's folder, what was transmitted of it, and its name in @CTES.
func (h *Hall) complete(ctx context.Context, out *LegalityAct, folder string) error {
	if r := []rune(out.Act.Subject); len(r) > actes.MaxSubject {
		out.Act.Subject = strings.TrimSpace(string(r[:actes.MaxSubject-1])) + "…"
	}
	if folder != "" {
		f, err := h.Folders.Folder(ctx, folder)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil && f.State == parapheur.Done && len(f.Documents) > 0 {
			doc := f.Documents[0]
			out.Signed, out.Act.File = true, actes.File{Name: doc.Name, Digest: doc.Digest, Size: doc.Size, Type: "99_" + actes.Short(out.Act.Nature)}
		}
	}
	filing, err := h.Legality.Filing(ctx, out.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	named := out.Act
	if err == nil {
		out.Filing, named = filing, filing.Act
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return err
	}
	out.FileName = actes.FileName(department(a.INSEE), a.ID, actes.Short(named.Nature), named, 1)
	return nil
}

// LegalityDue is an act about which somebody has something to do.
type LegalityDue struct {
	ID, Number, Subject string
	// Letter: the préfecture wrote lately; Refused: the last transmission was. Otherwise it was never transmitted.
	Letter, Refused bool
}

// ToLegality gives the signed deliberations that wait to be transmitted, where a third party is set on this computer, and
// those about which something came back. Texts are read for these alone.
func (h *Hall) ToLegality(ctx context.Context) ([]LegalityDue, error) {
	third, err := h.ThirdParty(ctx)
	if err != nil {
		return nil, err
	}
	filings, err := h.Legality.Filings(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]actes.Filing{}
	for _, f := range filings {
		known[f.ID] = f
	}
	var statuses map[string]council.Status
	if err := h.Store.View(ctx, func(tx *store.Tx) (err error) { statuses, err = council.Statuses(tx); return err }); err != nil {
		return nil, err
	}
	var out []LegalityDue
	for id, status := range statuses {
		f, filed := known[id]
		due := LegalityDue{ID: id, Letter: filed && h.Legality.Recent(f), Refused: filed && f.State == actes.Bounced}
		unsent := third.URL != "" && status == council.StatusSigned && (!filed || f.State == actes.TakenBack)
		if !due.Letter && !due.Refused && !unsent {
			continue
		}
		d, err := h.Council.Deliberation(ctx, id)
		if err != nil {
			return nil, err
		}
		due.Number, due.Subject = d.Number, d.Text.Subject()
		out = append(out, due)
	}
	for id, f := range known { // of orders and decisions, a person alone knows whether they are to be transmitted
		if _, deliberation := statuses[id]; deliberation {
			continue
		}
		if letter, refused := h.Legality.Recent(f), f.State == actes.Bounced; letter || refused {
			out = append(out, LegalityDue{ID: id, Number: f.Number, Subject: f.Subject, Letter: letter, Refused: refused})
		}
	}
	slices.SortFunc(out, func(a, b LegalityDue) int { return strings.Compare(a.Number, b.Number) })
	return out, nil
}

// department is the code of a department in @CTES, of three signs, by that of a commune.
func department(insee string) string {
	switch {
	case len(insee) != 5:
		return "000"
	case strings.HasPrefix(insee, "97"), strings.HasPrefix(insee, "98"):
		return insee[:3]
	}
	return "0" + insee[:2]
}

// matterOf is the matter of a template of the library, "" when it says none.
func (h *Hall) matterOf(template string) string {
	for _, t := range h.Council.Library().Templates {
		if t.Key == template {
			return t.Matter
		}
	}
	return ""
}

// AskLegality has a signed act transmitted; of a, the document is the signed one,
// whatever it says. Errors: a refusal.
func (h *Hall) AskLegality(ctx context.Context, actor, id string, a actes.Act, annexes []actes.Annex) error {
	known, err := h.LegalityAct(ctx, id)
	if err != nil {
		return err
	}
	if !known.Signed {
		if known.Order {
			return &rule.Refusal{Article: "CGCT, art. L2131-2", Why: "L’acte n’est pas encore signé.", Cure: "Faites-le signer dans le parapheur."}
		}
		return &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "La délibération n’est pas encore signée.", Cure: "Faites-la signer dans le parapheur par le maire et par le secrétaire de séance."}
	}
	a.File = actes.File{Name: known.Act.File.Name, Digest: known.Act.File.Digest, Size: known.Act.File.Size, Type: a.File.Type}
	if err := h.Legality.Ask(ctx, actor, id, a, annexes); err != nil || known.Order {
		return err
	}
	return h.tellMatter(ctx, actor, id, a.Matter)
}

// tellMatter gives the publication the matter that was chosen for the legality review, at the level of the open data, where
// nobody has chosen one.
func (h *Hall) tellMatter(ctx context.Context, actor, id, matter string) error {
	levels := strings.SplitN(matter, ".", 3)
	if len(levels) < 2 {
		return nil
	}
	matter = levels[0] + "." + levels[1]
	act, err := h.Public.Act(ctx, publication.DeliberationID(id))
	if errors.Is(err, store.ErrNotFound) || err == nil && (act.Matter != "" || !publication.KnownMatter(matter)) {
		return nil
	}
	if err != nil {
		return err
	}
	act.Details.Matter = matter
	return h.Public.Describe(ctx, actor, act.ID, act.Details)
}

// StampedCopy is a copy of an act under the day of its reception; reproduce makes its pages ready. Errors: a refusal as long
// as it was not received.
func (h *Hall) StampedCopy(ctx context.Context, id string, reproduce func(context.Context, []byte) ([]byte, error)) (typeset.Document, error) {
	known, err := h.LegalityAct(ctx, id)
	if err != nil {
		return typeset.Document{}, err
	}
	if f := known.Filing; f == nil || !f.Effective() || !known.Signed {
		return typeset.Document{}, &rule.Refusal{Article: "CGCT, art. L2131-1", Why: "Le représentant de l’État n’a pas encore reçu cet acte.", Cure: "Attendez l’accusé de réception."}
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	signed, err := h.Store.Blobs().Read(known.Act.File.Digest, publication.MaxDocument)
	if err != nil {
		return typeset.Document{}, err
	}
	out := typeset.StampedCopy{Head: typeset.Head{Authority: a.Letterhead(), Printed: h.Journal.Now()}, Number: known.Number, Subject: known.Subject, Received: known.Filing.Receipt.Date.Time(),
		Receipt: known.Filing.Receipt.ID, Digest: known.Act.File.Digest.String()}
	if known.Effect.Executory != "" {
		out.Executory = known.Effect.Executory.Time()
	}
	if out.Pages, err = reproduce(ctx, signed); err != nil {
		return typeset.Document{}, err
	}
	return out.Typeset(ctx)
}

// NoteLegalityReceipt keeps the ARActe of an act that was transmitted another way, and
// tells its publication. Errors: a refusal; those of actes.ReadReceipt.
func (h *Hall) NoteLegalityReceipt(ctx context.Context, actor, id, name string, raw []byte) error {
	known, err := h.LegalityAct(ctx, id)
	if err != nil {
		return err
	}
	if err := h.Legality.NoteReceipt(ctx, actor, id, name, known.Act, raw); err != nil {
		return err
	}
	return h.tellReceived(ctx, actor, func(f actes.Filing) bool { return f.ID == id })
}

// FetchClassification asks the third party for the préfecture's classification, and keeps it.
func (h *Hall) FetchClassification(ctx context.Context) (actes.Classification, error) {
	person, err := h.Person(ctx)
	if err != nil {
		return actes.Classification{}, err
	}
	c, err := h.tdt(ctx)
	if err != nil {
		return actes.Classification{}, err
	}
	raw, err := c.Classification(ctx)
	if err != nil {
		return actes.Classification{}, err
	}
	return h.Legality.Serve(ctx, person, raw)
}

// tellReceived notes with the publication of the deliberations that fit the receipt that came for
// each.
func (h *Hall) tellReceived(ctx context.Context, person string, fit func(actes.Filing) bool) error {
	all, err := h.Legality.Filings(ctx)
	if err != nil {
		return err
	}
	public, err := h.Public.Board(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range all {
		if f.State != actes.Received || f.Receipt == nil || !fit(f) {
			continue
		}
		id := publication.DeliberationID(f.ID)
		if a, err := public.Act(id); err == nil && a.Received == "" {
			errs = append(errs, h.Public.Receive(ctx, person, id, f.Receipt.Date, f.Receipt.ID))
			if a.Online() {
				errs = append(errs, h.QueueSite(ctx)) // its page says when it was received
			}
		}
	}
	return errors.Join(errs...)
}
