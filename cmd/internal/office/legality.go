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
)

// LegalityAct is a deliberation, an order, a decision or the act of a folder that may be transmitted, and what was
// transmitted of it.
type LegalityAct struct {
	ID string
	// Deliberation tells that it is one of the council's; Order an order or a decision of the registers: a person knows
	// whether it is among those of CGCT, art. L2131-2. Folder is the one that signs it, "" for none.
	Deliberation, Order bool
	Folder              string
	Number              string
	Subject             string
	Day                 authority.Day // of the sitting, or of the order; "" while it is not known
	// Signed tells that its document bears all its signatures; Document is what there is of it.
	Signed   bool
	Document store.Digest
	// LeftOut is why somebody decided not to transmit it, "" for none.
	LeftOut string
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
// have one, the latest first, then the other acts whose folder goes to the legality review.
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
	sent := map[string]bool{}
	for i := range all {
		if all[i].Number == "" || all[i].Record == nil {
			continue
		}
		sent[all[i].Folder] = true
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
		sent[orders[i].Folder] = true
		one, err := h.legalityOrder(ctx, &orders[i])
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	folders, err := h.Folders.Reviewed(ctx)
	if err != nil {
		return nil, err
	}
	for i := range folders {
		if sent[folders[i].ID] {
			continue
		}
		one, err := h.folderAct(ctx, &folders[i])
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// LegalityAct gives one act: a deliberation, an order of the registers or the folder of another.
// store.ErrNotFound.
func (h *Hall) LegalityAct(ctx context.Context, id string) (LegalityAct, error) {
	d, err := h.Council.Deliberation(ctx, id)
	switch {
	case err == nil && d.Record == nil:
		return LegalityAct{}, fmt.Errorf("deliberation %s has no number: %w", id, store.ErrNotFound)
	case err == nil:
		out, err := h.legalityAct(ctx, d)
		if a, missing := h.Public.Act(ctx, publication.DeliberationID(id)); err == nil && missing == nil {
			out.Effect = publication.EffectOf(a)
		}
		return out, err
	case !errors.Is(err, store.ErrNotFound):
		return LegalityAct{}, err
	}
	o, err := h.Registers.Order(ctx, id)
	switch {
	case err == nil && o.Number == "":
		return LegalityAct{}, fmt.Errorf("order %s has no number: %w", id, store.ErrNotFound)
	case err == nil:
		return h.legalityOrder(ctx, o)
	case !errors.Is(err, store.ErrNotFound):
		return LegalityAct{}, err
	}
	f, err := h.Folders.Folder(ctx, id)
	if err != nil {
		return LegalityAct{}, err
	}
	return h.folderAct(ctx, f)
}

// folderAct is the act of a folder that is none of the council's or of the registers'.
func (h *Hall) folderAct(ctx context.Context, f *parapheur.Folder) (LegalityAct, error) {
	out := LegalityAct{ID: f.ID, Subject: f.Title}
	if f.Signed() && len(f.Signatures) > 0 {
		out.Day = authority.DayOf(f.Signatures[len(f.Signatures)-1].At)
	}
	out.Act = actes.Act{Nature: natureOf[f.Kind]}
	if f.Kind == parapheur.Procurement {
		out.Act.File.Type = "99_DC"
	}
	return out, h.complete(ctx, &out, f.ID)
}

// natureOf is what the acts of a kind are proposed as; a person says otherwise.
var natureOf = map[parapheur.Kind]int{parapheur.Deliberation: actes.Deliberation, parapheur.Order: actes.Regulation, parapheur.Procurement: actes.Contract}

func (h *Hall) legalityAct(ctx context.Context, d *council.Deliberation) (LegalityAct, error) {
	out := LegalityAct{ID: d.ID, Deliberation: true, Number: d.Number, Subject: d.Text.Subject(), Day: authority.DayOf(d.Record.Sitting.At)}
	out.Act = actes.Act{Nature: actes.Deliberation, Matter: h.matterOf(d.Text.Template)}
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
	out.Act = actes.Act{Nature: nature}
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

// complete adds what the folder of an act holds of it, what was transmitted, and its name in @CTES.
func (h *Hall) complete(ctx context.Context, out *LegalityAct, folder string) error {
	out.Act.Number, out.Act.Subject, out.Act.Date = actes.Number(out.Number), out.Subject, out.Day
	if r := []rune(out.Act.Subject); len(r) > actes.MaxSubject {
		out.Act.Subject = strings.TrimSpace(string(r[:actes.MaxSubject-1])) + "…"
	}
	if out.Act.File.Type == "" {
		out.Act.File.Type = "99_" + actes.Short(out.Act.Nature)
	}
	if folder != "" {
		f, err := h.Folders.Folder(ctx, folder)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err == nil && len(f.Documents) > 0 {
			out.hold(f)
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

// hold says what a folder holds of the act.
func (x *LegalityAct) hold(f *parapheur.Folder) {
	doc := f.Documents[0]
	x.Folder, x.Document, x.Signed, x.LeftOut = f.ID, doc.Digest, f.Signed(), f.LeftOut()
	if f.Reviewable() {
		x.Act.Folder = f.ID
	}
	if x.Signed {
		x.Act.File.Name, x.Act.File.Digest, x.Act.File.Size = doc.Name, doc.Digest, doc.Size
	}
	for _, doc := range f.Documents[1:] { // what goes with the act, each to be given its type
		if slices.ContainsFunc(x.Act.Annexes, func(a actes.File) bool { return a.Digest == doc.Digest || a.Digest == doc.Original }) {
			continue // voted with it
		}
		x.Act.Annexes = append(x.Act.Annexes, actes.File{Name: doc.Name, Digest: doc.Digest, Size: doc.Size})
	}
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
		if !due.Letter && h.saidByFolder(ctx, d.Folder) {
			continue
		}
		due.Number, due.Subject = d.Number, d.Text.Subject()
		out = append(out, due)
	}
	for id, f := range known { // of orders and decisions, a person alone knows whether they are to be transmitted
		if _, deliberation := statuses[id]; deliberation {
			continue
		}
		letter, refused := h.Legality.Recent(f), f.State == actes.Bounced && !h.saidByFolder(ctx, f.Folder)
		if letter || refused {
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

// saidByFolder tells whether the folder of an act waits at its transmission, which it says by
// itself, or somebody decided there not to transmit it.
func (h *Hall) saidByFolder(ctx context.Context, folder string) bool {
	if folder == "" {
		return false
	}
	f, err := h.Folders.Folder(ctx, folder)
	return err == nil && (f.AtReview() || f.LeftOut() != "")
}

// AskLegality has a signed act transmitted; of a, the document is the signed one, whatever it
// says, and the folder the one that waits for it. Errors: a refusal.
func (h *Hall) AskLegality(ctx context.Context, actor, id string, a actes.Act, annexes []actes.Annex) error {
	known, err := h.LegalityAct(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case !known.Signed && known.Deliberation:
		return &rule.Refusal{Article: "CGCT, art. L2121-23", Why: "La délibération n’est pas encore signée.", Cure: "Faites-la signer dans le parapheur par le maire et par le secrétaire de séance."}
	case !known.Signed && known.Order:
		return &rule.Refusal{Article: "CGCT, art. L2131-2", Why: "L’acte n’est pas encore signé.", Cure: "Faites-le signer dans le parapheur."}
	case !known.Signed:
		return &rule.Refusal{Article: "CRPA, art. L212-1", Why: "L’acte n’est pas encore signé.", Cure: "Faites-le signer dans le parapheur."}
	}
	if a.Date == "" {
		a.Date = known.Day // it was prepared before that day was known
	}
	a.Folder = known.Act.Folder
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
