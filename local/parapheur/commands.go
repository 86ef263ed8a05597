package parapheur

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/signature/xades"
	"alpi40.fr/airial/local/store"
)

// The kinds of entries.
const (
	KindImported   = "folder.imported"
	KindSent       = "folder.sent"
	KindRead       = "folder.read"
	KindApproved   = "folder.approved"
	KindSigned     = "folder.signed"
	KindRefused    = "folder.refused"
	KindReturned   = "folder.returned"
	KindReassigned = "folder.reassigned"
	KindTakenBack  = "folder.taken-back"
	KindWithdrawn  = "folder.withdrawn"
	KindRaised     = "folder.raised"
)

// MaxDocument is the largest document of a folder: 384 MiB, what can be shown.
const MaxDocument = 384 << 20

// Desk is the parapheur of one authority on one laptop.
type Desk struct {
	j       *journal.Journal
	schemas FlowSchemas // nil: flows are not held against schemas
	revoked Revoked     // nil: nothing is known of certificates beside themselves
}

// New gives the desk that a journal holds; the journal has Projection.
func New(j *journal.Journal) *Desk { return &Desk{j: j} }

// File is a document to import.
type File struct {
	Name    string
	Content []byte
	Pages   int
	Annex   bool
	Boxes   []Rectangle
	// Text is the document's words, for the search.
	Text string
}

// Import is a new folder.
type Import struct {
	Title    string
	Kind     Kind
	Files    []File
	Route    []Step
	Deadline authority.Day
	// Type is one of the authority's own types, which says the kind and the route.
	Type string
	// Amount, in cents, and Service are what conditions of a route look at; the amount of an
	// accounting flow is read in it.
	Amount  int64
	Service string
	// Place is where the signatures are seen on documents that leave no place for them.
	Place Place
	// Format is how PDF documents are signed: in them, or, with Any, beside them.
	Format Format
	// Send lets the folder leave at once: it is made and sent in one act, or not at all.
	Send bool
	// External is its name at the software that sent it, by which that software asks for it
	// again; no two folders have the same.
	External string
	// Notes are remarks written beside it at once.
	Notes []Note
}

type imported struct {
	Title     string        `json:"title"`
	Kind      Kind          `json:"kind"`
	Documents []Document    `json:"documents"`
	Route     []Step        `json:"route"`
	Deadline  authority.Day `json:"deadline,omitempty"`
	Type      string        `json:"type,omitempty"`
	Amount    int64         `json:"amount,omitempty"`
	Service   string        `json:"service,omitempty"`
	Text      string        `json:"text,omitempty"`
	External  string        `json:"external,omitempty"`
}

// maxExternal bounds the name that another software gives, in bytes.
const maxExternal = 200

// maxText bounds the words kept for the search, within an entry's MaxData.
const maxText = 256 << 10

// Import makes a folder. Each main document must be one that can be signed.
// Errors: those of pades.Inspect and pes.Read; a refusal for an empty title or no document.
func (d *Desk) Import(ctx context.Context, actor string, in Import) (id string, err error) {
	if strings.TrimSpace(in.Title) == "" || len(in.Files) == 0 {
		return "", &rule.Refusal{Why: "Un dossier a un titre et au moins un document.", Cure: "Complétez-les."}
	}
	if err := d.typed(ctx, &in); err != nil {
		return "", err
	}
	data := imported{Title: strings.TrimSpace(in.Title), Kind: in.Kind, Deadline: in.Deadline, Type: in.Type, Amount: in.Amount, Service: strings.TrimSpace(in.Service), External: in.External}
	if len(in.External) > maxExternal {
		return "", &rule.Refusal{Why: "L’identifiant donné à ce dossier par le logiciel qui l’envoie est trop long.", Cure: fmt.Sprintf("Qu’il compte au plus %d caractères.", maxExternal)}
	}
	for _, n := range in.Notes {
		if err := written(n.Text); err != nil {
			return "", err
		}
	}
	var blobs []store.Digest
	for _, f := range in.Files {
		doc, digests, words, err := d.document(ctx, f, in.Format)
		if err != nil {
			return "", err
		}
		data.Documents, blobs = append(data.Documents, doc), append(blobs, digests...)
		if doc.Flow != nil && in.Amount == 0 {
			data.Amount += doc.Flow.Spending + doc.Flow.Receipts
		}
		if rest := maxText - len(data.Text); rest > 0 {
			words = f.Text + words
			data.Text += strings.ToValidUTF8(words[:min(len(words), rest)], "") + "\n"
		}
	}
	if data.Route = RouteFor(in.Route, data.Amount, data.Service); len(in.Route) > 0 {
		for i := range data.Documents {
			if doc := &data.Documents[i]; doc.Format == PDF && !doc.Annex && doc.Boxes == nil {
				doc.Boxes = in.Place.boxes(data.Route)
			}
		}
	}
	id = d.j.NewID()
	drafts := []journal.Draft{{Stream: stream(id), Kind: KindImported, Data: data, Blobs: blobs}}
	if in.Send {
		if err := MaySend(&Folder{State: Draft, Kind: data.Kind, Route: data.Route, Documents: data.Documents}); err != nil {
			return "", err
		}
		drafts = append(drafts, journal.Draft{Stream: stream(id), Kind: KindSent, Data: struct{}{}})
	}
	for _, n := range in.Notes {
		drafts = append(drafts, journal.Draft{Stream: remarksOf(id) + d.j.NewID(), Kind: KindRemarked, Data: n})
	}
	_, err = d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		return drafts, in.mayBeNamed(tx)
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// mayBeNamed refuses a folder whose name at another software is taken.
func (in Import) mayBeNamed(tx *store.Tx) error {
	if in.External == "" {
		return nil
	}
	var n int
	if err := tx.Get(`SELECT count(*) FROM folder WHERE external = ?`, []any{in.External}, &n); err != nil || n == 0 {
		return err
	}
	return &rule.Refusal{Why: "Le nom de dossier est déjà présent dans le Parapheur : dossierID = " + in.External + ".", Cure: "Donnez-lui un autre identifiant, ou demandez l’état de celui-ci."}
}

// document keeps a file as it came and, when it differs, as it is to be signed.
func (d *Desk) document(ctx context.Context, f File, format Format) (doc Document, blobs []store.Digest, words string, err error) {
	doc = Document{Name: f.Name, Pages: f.Pages, Annex: f.Annex, Boxes: f.Boxes, Format: FormatOf(f.Name, f.Content)}
	if doc.Format == PDF && format == Any && len(f.Content) > 0 {
		doc.Format = Any
	}
	content := f.Content
	if !f.Annex {
		if content, words, err = prepare(&doc, f.Content); err != nil {
			return doc, nil, "", fmt.Errorf("reading %q: %w", f.Name, err)
		}
	}
	if doc.Original, err = d.j.Store().Blobs().PutBytes(ctx, f.Content); err != nil {
		return doc, nil, "", fmt.Errorf("keeping %q: %w", f.Name, err)
	}
	doc.Digest, doc.Size, blobs = doc.Original, int64(len(content)), []store.Digest{doc.Original}
	if !bytes.Equal(content, f.Content) {
		if doc.Digest, err = d.j.Store().Blobs().PutBytes(ctx, content); err != nil {
			return doc, nil, "", fmt.Errorf("keeping %q: %w", f.Name, err)
		}
		blobs = append(blobs, doc.Digest)
	}
	return doc, blobs, words, nil
}

func stream(id string) string { return "folder/" + id }

// decide reads the folder and the town, and writes what the decision wants.
func (d *Desk) decide(ctx context.Context, actor, id string, decision func(f *Folder, t Town) (kind string, data any, blobs []store.Digest, err error)) error {
	_, err := d.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		draft, err := d.draft(tx, id, decision)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{draft}, nil
	})
	return err
}

func (d *Desk) draft(tx *store.Tx, id string, decision func(f *Folder, t Town) (string, any, []store.Digest, error)) (journal.Draft, error) {
	f, err := folder(tx, id)
	if err != nil {
		return journal.Draft{}, err
	}
	t, err := town(tx)
	if err != nil {
		return journal.Draft{}, err
	}
	kind, data, blobs, err := decision(f, t)
	if err != nil {
		return journal.Draft{}, err
	}
	return journal.Draft{Stream: stream(id), Kind: kind, Data: data, Blobs: blobs}, nil
}

func (d *Desk) today() authority.Day { return authority.DayOf(d.j.Now()) }

// Send lets a folder leave on its route.
func (d *Desk) Send(ctx context.Context, actor, id string) error {
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		return KindSent, struct{}{}, nil, MaySend(f)
	})
}

// MarkRead notes that the person of the present step has opened the folder; it
// ends the right of the one before to take back. It is a stream of its own, so
// that reading never contends with an act.
func (d *Desk) MarkRead(ctx context.Context, actor, id string) error {
	f, t, err := d.folderAndTown(ctx, id)
	if err != nil || f.Read {
		return err
	}
	if _, err := MayAct(f, t, actor, d.today()); err != nil {
		return nil
	}
	_, err = d.j.Commit(ctx, actor, func(*store.Tx) ([]journal.Draft, error) {
		return []journal.Draft{{Stream: "reading/" + id + "/" + actor, Kind: KindRead, Data: acted{Step: f.Step}}}, nil
	})
	return err
}

// acted is the data of an act at a step.
type acted struct {
	Step     int    `json:"step"`
	Note     string `json:"note,omitempty"`
	Capacity string `json:"capacity,omitempty"`
	For      string `json:"for,omitempty"`
	// Holder is whose part of the step was done, where several do it; 0 is the step's own.
	Holder int `json:"holder,omitempty"`
	// Since is when it was done, where the entry repeats one that lost its place.
	Since time.Time `json:"since,omitzero"`
}

// Approve does the present step, an approval or an information, of documents
// seen. Errors: a refusal.
func (d *Desk) Approve(ctx context.Context, actor, id, note string, seen []store.Digest) error {
	return d.decide(ctx, actor, id, d.approval(actor, note, seen))
}

func (d *Desk) approval(actor, note string, seen []store.Digest) func(*Folder, Town) (string, any, []store.Digest, error) {
	return func(f *Folder, t Town) (string, any, []store.Digest, error) {
		c, holder, err := mayAct(f, t, actor, d.today())
		if err != nil {
			return "", nil, nil, err
		}
		switch kind := f.Route[f.Step].Kind; {
		case kind.Signs():
			return "", nil, nil, &rule.Refusal{Why: "Cette étape demande une signature.", Cure: "Signez, ou refusez en disant pourquoi."}
		case kind == LegalityReview:
			return "", nil, nil, &rule.Refusal{Why: "Cette étape est une transmission : l’accusé de réception de la préfecture la termine.", Cure: "Transmettez l’acte, notez un accusé reçu autrement, ou dites pourquoi il n’est pas à transmettre."}
		case kind == Transmission:
			return "", nil, nil, &rule.Refusal{Why: "Cette étape est une transmission : la réponse d’Hélios la termine.", Cure: "Transmettez le dossier, ou notez la réponse d’Hélios."}
		}
		if err := SawWhatIsThere(f, seen); err != nil {
			return "", nil, nil, err
		}
		return KindApproved, acted{Step: f.Step, Note: strings.TrimSpace(note), Capacity: c.Words, For: c.For, Holder: holder}, nil, nil
	}
}

// Refuse ends the folder with a reason.
func (d *Desk) Refuse(ctx context.Context, actor, id, reason string) error {
	return d.decide(ctx, actor, id, d.refusal(actor, reason))
}

func (d *Desk) refusal(actor, reason string) func(*Folder, Town) (string, any, []store.Digest, error) {
	return func(f *Folder, t Town) (string, any, []store.Digest, error) {
		c, err := MayAct(f, t, actor, d.today())
		if err == nil {
			err = MayRefuse(reason)
		}
		return KindRefused, acted{Step: f.Step, Note: strings.TrimSpace(reason), Capacity: c.Words, For: c.For}, nil, err
	}
}

// TakeBack undoes one's own approval while the next person has not read (droit de remords).
func (d *Desk) TakeBack(ctx context.Context, actor, id string) error {
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		return KindTakenBack, acted{Step: f.Step - 1}, nil, MayTakeBack(f, actor)
	})
}

// Withdraw takes a folder off the route; only who sent it may.
func (d *Desk) Withdraw(ctx context.Context, actor, id string) error {
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		return KindWithdrawn, acted{Step: f.Step}, nil, MayWithdraw(f, actor)
	})
}

// Lot is what one PIN signs.
type Lot struct {
	// Folders with the digests that were shown, in order.
	Folders []SeenFolder
	Signer  signature.Signer
	// Place is where one signs, as the signature says; PostalCode is told in flows alone.
	Place, PostalCode string
	// Policy is the signature policy of accounting flows.
	Policy xades.Policy
	// Device is the computer's name, for the slip.
	Device string
}

// SeenFolder is a folder as a person has read it.
type SeenFolder struct {
	ID   string
	Seen []store.Digest
}

// Result is what became of one folder of a lot.
type Result struct {
	ID  string
	Err error
}

// MaxLot is how many folders one PIN signs.
const MaxLot = 500

// Sign signs each main document of each folder, as its format wants it, and does their
// present step. A folder that fails leaves the others as they are; progress,
// which may be nil, is told after each. The error is that of the whole lot.
func (d *Desk) Sign(ctx context.Context, actor string, lot Lot, progress func(done, of int)) ([]Result, error) {
	if len(lot.Folders) > MaxLot {
		return nil, &rule.Refusal{Why: fmt.Sprintf("Un lot compte au plus %d dossiers.", MaxLot), Cure: "Signez en plusieurs fois."}
	}
	var results []Result
	var memory scratch
	for i, s := range lot.Folders {
		if err := ctx.Err(); err != nil {
			return results, err
		}
		results = append(results, Result{ID: s.ID, Err: d.signOne(ctx, actor, s, lot, &memory)})
		if progress != nil {
			progress(i+1, len(lot.Folders))
		}
	}
	return results, nil
}

type signedData struct {
	acted
	Signatures []signedDocument `json:"signatures"`
}

type signedDocument struct {
	Signed
	// Before and After are the document shown and the document signed.
	Before store.Digest `json:"before"`
	After  store.Digest `json:"after"`
	Size   int64        `json:"size"`
	// Beside is the signature file of a document that keeps its bytes.
	Beside *BesideSignature `json:"beside,omitempty"`
	Facts  *flowFacts       `json:"facts,omitempty"`
}

func (d *Desk) signOne(ctx context.Context, actor string, s SeenFolder, lot Lot, memory *scratch) error {
	f, t, err := d.folderAndTown(ctx, s.ID)
	if err != nil {
		return err
	}
	capacity, err := d.maySign(f, t, actor, s.Seen, lot.Signer.Certificate())
	if err != nil {
		return err
	}
	_, holder, err := mayAct(f, t, actor, d.today())
	if err != nil {
		return err
	}
	data := signedData{acted: acted{Step: f.Step, Capacity: capacity.Words, For: capacity.For, Holder: holder}}
	var blobs []store.Digest
	for _, doc := range signedDocuments(f) {
		one, err := d.signDocument(ctx, f, t, doc, actor, capacity, lot, memory)
		if err != nil {
			return fmt.Errorf("signing %q: %w", doc.Name, err)
		}
		data.Signatures = append(data.Signatures, one)
		blobs = append(blobs, one.blobs()...)
	}
	// The rules are asked again in the writing transaction: somebody may have acted meanwhile.
	return d.decide(ctx, actor, s.ID, func(f *Folder, t Town) (string, any, []store.Digest, error) {
		_, err := d.maySign(f, t, actor, s.Seen, lot.Signer.Certificate())
		return KindSigned, data, blobs, err
	})
}

func (d *Desk) maySign(f *Folder, t Town, actor string, seen []store.Digest, cert *x509.Certificate) (authority.Capacity, error) {
	c, err := MayAct(f, t, actor, d.today())
	if err != nil {
		return c, err
	}
	if !f.Route[f.Step].Kind.Signs() {
		return c, &rule.Refusal{Why: "Cette étape ne demande pas de signature.", Cure: "Suivez le circuit du dossier."}
	}
	if cert != nil {
		p, _ := authority.Find(t.People, actor)
		may := MaySignWith(p, cert, d.j.Now())
		if f.Route[f.Step].Kind == Seal {
			may = MaySealWith(t.Authority, cert, d.j.Now())
		}
		if may == nil {
			may = d.mayTrust(cert)
		}
		if may != nil {
			return c, may
		}
		if err := MayUse(cert, signedDocuments(f)); err != nil {
			return c, err
		}
	}
	return c, SawWhatIsThere(f, seen)
}

func (d *Desk) signDocument(ctx context.Context, f *Folder, t Town, doc Document, actor string, c authority.Capacity, lot Lot, memory *scratch) (signedDocument, error) {
	shown, err := memory.read(d, doc.Digest)
	if err != nil {
		return signedDocument{}, err
	}
	if err := d.signable(ctx, f.ID, doc, shown); err != nil {
		return signedDocument{}, err
	}
	at := d.j.Now()
	m, err := d.sign(ctx, f, doc, shown, t.name(actor), c, lot, at)
	if err != nil {
		return signedDocument{}, err
	}
	one, err := d.keep(ctx, doc, m)
	if err != nil {
		return signedDocument{}, err
	}
	cert := lot.Signer.Certificate()
	one.Signed = Signed{
		Step: f.Step, Document: doc.Name, Person: actor, Capacity: c.Words, At: at.UTC(), Device: lot.Device,
		Certificate: store.DigestOf(cert.Raw).String(), Subject: cert.Subject.CommonName, Level: m.level, Offline: m.offline,
	}
	return one, nil
}

// Raiser raises the signatures of a PDF, or one that stands beside its document, as far as
// the network allows, and tells the lowest level that they have reached. final tells that nothing will be signed
// after: an archive timestamp may cover the whole. content is its to change and to grow.
type Raiser func(ctx context.Context, content []byte, final bool) (raised []byte, level signature.Level, err error)

type raisedData struct {
	Documents []raisedDocument `json:"documents"`
}

type raisedDocument struct {
	Document string       `json:"document"`
	Before   store.Digest `json:"before"`
	After    store.Digest `json:"after"`
	Size     int64        `json:"size"`
	Level    string       `json:"level"`
	// Until is when the archive timestamp ends, zero when there is none: it is renewed before.
	Until time.Time `json:"until,omitzero"`
}

// An archive timestamp is renewed by the laptop that laid it half a year before it ends; in
// the last month by any other, should that one be gone.
const (
	renewBefore  = 180 * 24 * time.Hour
	renewAnyway  = 30 * 24 * time.Hour
	neverRenewed = 0
)

// Raise raises the documents that this laptop signed offline, and renews the archive
// timestamps that end soon. It gives how many folders were raised; the first failure is the error, and the rest is tried still.
func (d *Desk) Raise(ctx context.Context, actor string, raise Raiser) (int, error) {
	var waiting []string
	err := d.j.Store().View(ctx, func(tx *store.Tx) (err error) {
		waiting, err = toRaise(tx, d.j.Device(), d.j.Now())
		return err
	})
	if err != nil {
		return 0, err
	}
	done := 0
	var errs []error
	var memory scratch
	for _, id := range waiting {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		if err := d.raiseOne(ctx, actor, id, raise, &memory); err != nil {
			errs = append(errs, fmt.Errorf("raising folder %s: %w", id, err))
			continue
		}
		done++
	}
	return done, errors.Join(errs...)
}

func (d *Desk) raiseOne(ctx context.Context, actor, id string, raise Raiser, memory *scratch) error {
	f, _, err := d.folderAndTown(ctx, id)
	if err != nil {
		return err
	}
	var data raisedData
	var blobs []store.Digest
	for _, doc := range signedDocuments(f) {
		for _, digest := range doc.raisable() {
			content, err := memory.read(d, digest)
			if err != nil {
				return err
			}
			raised, level, err := raise(ctx, content, f.State == Done)
			if err != nil {
				return err
			}
			after, err := d.j.Store().Blobs().PutBytes(ctx, raised)
			if err != nil {
				return err
			}
			one := raisedDocument{Document: doc.Name, Before: digest, After: after, Size: int64(len(raised)), Level: level.String()}
			if level == signature.LevelLTA {
				if one.Until, err = validator.ArchivedUntil(ctx, raised); err != nil {
					return fmt.Errorf("reading the archive timestamp of %q: %w", doc.Name, err)
				}
			}
			data.Documents = append(data.Documents, one)
			blobs = append(blobs, after)
		}
	}
	return d.decide(ctx, actor, id, func(f *Folder, _ Town) (string, any, []store.Digest, error) {
		var present []store.Digest
		for _, doc := range signedDocuments(f) {
			present = append(present, doc.raisable()...)
		}
		for _, r := range data.Documents {
			if !slices.Contains(present, r.Before) {
				return "", nil, nil, &rule.Refusal{Why: "Le dossier a changé pendant l’horodatage.", Cure: "L’horodatage sera repris de lui-même."}
			}
		}
		return KindRaised, data, blobs, nil
	})
}

// raisable gives what holds the signatures that a timestamp completes: the document, or
// those beside it. A flow has none.
func (d Document) raisable() (all []store.Digest) {
	switch d.Format {
	case PES:
		return nil
	case Any:
		for _, b := range d.Beside {
			all = append(all, b.Digest)
		}
		return all
	}
	return []store.Digest{d.Digest}
}

// Settle decides a conflict: what holds the place is kept, or, with redo, the
// contested act is done again after it, if the rules still allow it.
func (d *Desk) Settle(ctx context.Context, actor, id, note string, redo bool) error {
	c, err := d.Conflict(ctx, id)
	if err != nil {
		return err
	}
	var again func(*store.Tx) ([]journal.Draft, error)
	if redo {
		if again, err = d.redo(actor, id, c); err != nil {
			return err
		}
	}
	_, err = d.j.Settle(ctx, actor, stream(id), note, again)
	return err
}

// redo repeats a contested refusal or approval in the name of who decides.
func (d *Desk) redo(actor, id string, c Conflict) (func(*store.Tx) ([]journal.Draft, error), error) {
	for _, act := range c.Contested {
		var decision func(*Folder, Town) (string, any, []store.Digest, error)
		switch act.Kind {
		case KindRefused:
			decision = d.refusal(actor, act.Note)
		case KindReturned:
			decision = d.sendingBack(actor, act.Note)
		case KindApproved:
			decision = func(f *Folder, t Town) (string, any, []store.Digest, error) {
				return d.approval(actor, act.Note, f.Seen())(f, t)
			}
		default:
			continue
		}
		return func(tx *store.Tx) ([]journal.Draft, error) {
			draft, err := d.draft(tx, id, decision)
			if err != nil {
				return nil, err
			}
			return []journal.Draft{draft}, nil
		}, nil
	}
	return nil, &rule.Refusal{Why: "Cet acte ne peut pas être refait à la place d’une autre personne.", Cure: "Gardez ce qui tient la place, ou faites refaire l’acte par son auteur."}
}
