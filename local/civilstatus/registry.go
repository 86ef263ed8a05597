package civilstatus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // read by DecodeConfig
	_ "image/png"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset/french"
)

// The kinds of entries.
const (
	KindImported = "act.imported"
	KindRecorded = "act.mention-recorded"
	KindAffixed  = "act.mention-affixed"
	KindNotified = "act.mention-notified"
)

// Act is a digitised act with its mentions.
type Act struct {
	ID        string        `json:"id"`
	Kind      ActKind       `json:"kind"`
	Year      int           `json:"year"`
	Register  string        `json:"register,omitempty"`
	Number    string        `json:"number"`
	Page      string        `json:"page,omitempty"`
	Date      authority.Day `json:"date"` // of the event
	LastName  string        `json:"lastName"`
	FirstName string        `json:"firstName"`
	Gender    Gender        `json:"gender"`
	Commune   string        `json:"commune"`
	// Images are the pages as they were given, byte for byte.
	Images   []Image   `json:"images"`
	Mentions []Mention `json:"mentions"`
	// Outdated: a mention was affixed since the page was scanned.
	Outdated bool `json:"outdated"`
}

// Image is a digitised page.
type Image struct {
	Digest store.Digest `json:"digest"`
	Media  string       `json:"media"` // «image/png»
	Name   string       `json:"name"`
}

// State of a mention.
type State string

// The states.
const (
	ToAffix  State = "to-affix"
	Affixed  State = "affixed"
	Notified State = "notified"
)

// Mention is a mention on an act.
type Mention struct {
	ID       string            `json:"id"`
	Code     string            `json:"code"`
	Label    string            `json:"label"`
	Fields   map[string]string `json:"fields"`
	Text     string            `json:"text"` // to the letter
	Status   Status            `json:"status"`
	Basis    string            `json:"basis"`
	Source   string            `json:"source"` // the notice or the request it comes from
	State    State             `json:"state"`
	Received authority.Day     `json:"received"`
	Due      authority.Day     `json:"due"`
	Officer  string            `json:"officer,omitempty"`
	On       authority.Day     `json:"on,omitempty"` // affixed
}

// Registry is the civil status of one authority on one laptop.
type Registry struct {
	j *journal.Journal
	c Catalogue
}

// New gives the registry that a journal holds, with a catalogue of formulas.
func New(j *journal.Journal, c Catalogue) *Registry { return &Registry{j: j, c: c} }

// Catalogue is the formulas in use.
func (r *Registry) Catalogue() Catalogue { return r.c }

// Page is an image to import.
type Page struct {
	Name    string
	Content []byte
}

// MaxImage bounds one page: 100 MiB.
const MaxImage = 100 << 20

// media tells what an image is by its bytes, or refuses it.
func media(p Page) (string, error) {
	refuse := func(why string) error {
		return &rule.Refusal{Why: fmt.Sprintf("«%s» %s.", p.Name, why), Cure: "Choisissez une image JPEG, PNG ou TIFF, ou un PDF ; les autres pages ne sont pas touchées."}
	}
	switch {
	case len(p.Content) == 0:
		return "", refuse("est un fichier vide")
	case len(p.Content) > MaxImage:
		return "", refuse("dépasse 100 Mo")
	case bytes.HasPrefix(p.Content, []byte("II*\x00")), bytes.HasPrefix(p.Content, []byte("MM\x00*")):
		return "image/tiff", nil
	case bytes.HasPrefix(p.Content, []byte("%PDF-")):
		return "application/pdf", nil
	}
	// The header alone is read: nothing is decoded of an image of any size.
	if _, kind, err := image.DecodeConfig(bytes.NewReader(p.Content)); err == nil {
		return "image/" + kind, nil
	}
	return "", refuse("n’est pas une image d’acte")
}

// Import keeps an act and its pages. The id is made when empty.
func (r *Registry) Import(ctx context.Context, actor string, a Act, pages []Page) (id string, err error) {
	if a.Kind.Name() == "" || strings.TrimSpace(a.LastName) == "" || a.Number == "" || a.Year < 1500 || a.Year > 2200 {
		return "", &rule.Refusal{Why: "Il manque la nature, l’année, le numéro ou le nom de l’acte.", Cure: "Complétez l’index de l’acte."}
	}
	if len(pages) == 0 {
		return "", &rule.Refusal{Why: "L’acte n’a aucune image.", Cure: "Ajoutez au moins une page numérisée."}
	}
	kinds := make([]string, len(pages))
	for i, p := range pages {
		if kinds[i], err = media(p); err != nil {
			return "", err
		}
	}
	var blobs []store.Digest
	a.Images, a.Mentions, a.Outdated = nil, nil, false
	for i, p := range pages {
		d, err := r.j.Store().Blobs().PutBytes(ctx, p.Content)
		if err != nil {
			return "", fmt.Errorf("keeping %q: %w", p.Name, err)
		}
		a.Images = append(a.Images, Image{Digest: d, Media: kinds[i], Name: p.Name})
		blobs = append(blobs, d)
	}
	if a.ID == "" {
		a.ID = r.j.NewID()
	}
	return a.ID, r.write(ctx, actor, a.ID, KindImported, blobs, func(*Act) (any, error) { return a, nil })
}

func (r *Registry) write(ctx context.Context, actor, id, kind string, blobs []store.Digest, decide func(*Act) (any, error)) error {
	_, err := r.j.Commit(ctx, actor, func(tx *store.Tx) ([]journal.Draft, error) {
		a, err := read(tx, id)
		if err != nil && !(kind == KindImported && errors.Is(err, store.ErrNotFound)) {
			return nil, fmt.Errorf("act %s: %w", id, err)
		}
		data, err := decide(a)
		if err != nil {
			return nil, err
		}
		return []journal.Draft{{Stream: "act/" + id, Kind: kind, Data: data, Blobs: blobs}}, nil
	})
	return err
}

// Record prepares a mention on an act: to be affixed. received is the day on
// which its notice came.
func (r *Registry) Record(ctx context.Context, actor, act, code string, fields map[string]string, source string, received authority.Day) (id string, err error) {
	id = r.j.NewID()
	err = r.write(ctx, actor, act, KindRecorded, nil, func(a *Act) (any, error) {
		f, err := r.c.Find(code, a.Kind)
		if err != nil {
			return nil, err
		}
		text, err := f.Preview(a.Gender, fields)
		if err != nil {
			return nil, err
		}
		m := Mention{ID: id, Code: code, Label: f.Label, Fields: fields, Text: text, Status: f.Status, Basis: f.Basis, Source: source, State: ToAffix, Received: received}
		if f.Days > 0 && received != "" {
			m.Due = received.Plus(f.Days)
		}
		return m, mayRecord(a, m)
	})
	return id, err
}

// mayRecord refuses the same event twice (a notice that came twice).
func mayRecord(a *Act, m Mention) error {
	for _, old := range a.Mentions {
		if old.Code == m.Code && old.Text == m.Text {
			return &rule.Refusal{
				Article: "IGREC n° 218", Why: "Cette mention est déjà sur l’acte : le même avis a pu être reçu deux fois.",
				Cure: "Vérifiez l’avis ; s’il s’agit d’un autre événement, corrigez sa date ou son lieu.",
			}
		}
	}
	return nil
}

type affixed struct {
	Mention string        `json:"mention"`
	Officer string        `json:"officer"`
	On      authority.Day `json:"on"`
}

// Affix notes that the mention was affixed and signed by hand, by an officer,
// on a day (CGCT, art. L2122-32; R2122-10).
func (r *Registry) Affix(ctx context.Context, actor, act, mention, officer string, on authority.Day) error {
	var people []authority.Person
	if err := r.j.Store().View(ctx, func(tx *store.Tx) (err error) { people, err = authority.People(tx); return err }); err != nil {
		return err
	}
	return r.write(ctx, actor, act, KindAffixed, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		if err := mayAffix(m, people, officer, on); err != nil {
			return nil, err
		}
		return affixed{Mention: mention, Officer: officer, On: on}, nil
	})
}

func mayAffix(m *Mention, people []authority.Person, officer string, on authority.Day) error {
	switch {
	case m == nil:
		return &rule.Refusal{Why: "Cette mention n’est pas sur cet acte.", Cure: "Rouvrez l’acte."}
	case m.State != ToAffix:
		return &rule.Refusal{Article: "Code civil, art. 99-1", Why: "Cette mention est déjà apposée.", Cure: "Une mention ne se reprend pas : une autre la rectifie, sur instruction du procureur."}
	case on == "" || on < m.Received:
		return &rule.Refusal{Article: "Code civil, art. 49", Why: "La date d’apposition précède la réception de l’avis.", Cure: "Corrigez la date."}
	}
	p, known := authority.Find(people, officer)
	switch {
	case !known:
		return &rule.Refusal{Article: "CGCT, art. L2122-32", Why: "L’officier n’est pas connu de la collectivité.", Cure: "Choisissez-le dans la liste."}
	case !p.MayRegister(on):
		return &rule.Refusal{Article: "CGCT, art. L2122-32 et R2122-10", Why: p.Name() + " n’est pas officier de l’état civil ce jour-là.", Cure: "Choisissez le maire, un adjoint, ou un fonctionnaire titulaire délégué par arrêté."}
	}
	return nil
}

type notified struct {
	Mention string        `json:"mention"`
	On      authority.Day `json:"on"`
}

// Notify notes that the notice has left.
func (r *Registry) Notify(ctx context.Context, actor, act, mention string, on authority.Day) error {
	return r.write(ctx, actor, act, KindNotified, nil, func(a *Act) (any, error) {
		m := a.find(mention)
		if m == nil || m.State != Affixed {
			return nil, &rule.Refusal{Article: "Code civil, art. 49", Why: "L’avis suit l’apposition.", Cure: "Apposez d’abord la mention."}
		}
		return notified{Mention: mention, On: on}, nil
	})
}

func (a *Act) find(mention string) *Mention {
	for i := range a.Mentions {
		if a.Mentions[i].ID == mention {
			return &a.Mentions[i]
		}
	}
	return nil
}

// Projections make the table of the acts.
func Projections() []journal.Projection {
	return []journal.Projection{{
		Name: "civilstatus", Version: 2, Prefix: "act/", Tables: []string{"act"},
		Schema: `CREATE TABLE act (id TEXT PRIMARY KEY, name TEXT NOT NULL, year INTEGER NOT NULL, number TEXT NOT NULL, kind TEXT NOT NULL,
			waiting INTEGER NOT NULL, due TEXT NOT NULL, data BLOB NOT NULL) STRICT;
			CREATE INDEX act_by_name ON act (name, year); CREATE INDEX act_waiting ON act (due) WHERE waiting > 0;`,
		Apply: apply,
		Forget: func(tx *store.Tx, stream string) error {
			_, err := tx.Exec(`DELETE FROM act WHERE id = ?`, strings.TrimPrefix(stream, "act/"))
			return err
		},
	}}
}

func apply(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, "act/")
	a, err := read(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		a, err = &Act{}, nil
	}
	if err != nil {
		return err
	}
	if err := a.fold(ev); err != nil {
		return err
	}
	if ev.Kind == KindImported {
		err := tx.Index(store.Document{
			Kind: "act", Ref: id, Stream: ev.Stream, At: ev.At,
			Title: fmt.Sprintf("%s %s — acte de %s n° %s de %d", strings.ToUpper(a.LastName), a.FirstName, a.Kind.Name(), a.Number, a.Year),
		})
		if err != nil {
			return err
		}
	}
	return save(tx, a)
}

func (a *Act) fold(ev journal.Event) error {
	switch ev.Kind {
	case KindImported:
		return json.Unmarshal(ev.Data, a)
	case KindRecorded:
		var m Mention
		if err := json.Unmarshal(ev.Data, &m); err != nil {
			return err
		}
		a.Mentions = append(a.Mentions, m)
	case KindAffixed:
		var d affixed
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State, m.Officer, m.On = Affixed, d.Officer, d.On
			a.Outdated = true
		}
	case KindNotified:
		var d notified
		if err := json.Unmarshal(ev.Data, &d); err != nil {
			return err
		}
		if m := a.find(d.Mention); m != nil {
			m.State = Notified
		}
	}
	return nil
}

func save(tx *store.Tx, a *Act) error {
	data, err := json.Marshal(a)
	if err != nil {
		return err
	}
	waiting, due := 0, "9999-12-31"
	for _, m := range a.Mentions {
		if m.State != ToAffix {
			continue
		}
		waiting++
		if m.Due != "" && string(m.Due) < due {
			due = string(m.Due)
		}
	}
	_, err = tx.Exec(`INSERT INTO act (id, name, year, number, kind, waiting, due, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET waiting = excluded.waiting, due = excluded.due, data = excluded.data`,
		a.ID, sortKey(a.LastName+" "+a.FirstName), a.Year, a.Number, string(a.Kind), waiting, due, data)
	return err
}

// sortKey is a name as indexes order it: «É» stands with «E».
func sortKey(name string) string {
	return strings.ToUpper(strings.NewReplacer("œ", "oe", "Œ", "OE", "æ", "ae", "Æ", "AE").Replace(french.Unaccented(name)))
}

func read(tx *store.Tx, id string) (*Act, error) {
	a, err := store.GetDecoded[Act](tx, `SELECT data FROM act WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	return &a, nil
}

// Act gives one act. store.ErrNotFound.
func (r *Registry) Act(ctx context.Context, id string) (a *Act, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error { a, err = read(tx, id); return err })
	return a, err
}

// List gives the acts, those with a mention to affix first when waiting is set
// (and then those alone), else by name; words filter by the search.
func (r *Registry) List(ctx context.Context, words string, waiting bool, limit int) ([]Act, error) {
	var acts []Act
	err := r.j.Store().View(ctx, func(tx *store.Tx) error {
		if strings.TrimSpace(words) != "" {
			hits, err := tx.Search(words, "act", limit)
			for _, h := range hits {
				a, err := read(tx, h.Ref)
				if err != nil {
					return err
				}
				acts = append(acts, *a)
			}
			return err
		}
		query := `SELECT data FROM act ORDER BY name, year LIMIT ?`
		if waiting {
			query = `SELECT data FROM act WHERE waiting > 0 ORDER BY due, name LIMIT ?`
		}
		var err error
		acts, err = store.All(tx, query, []any{limit}, store.Decoded[Act])
		return err
	})
	return acts, err
}

// Waiting counts the mentions to be affixed.
func (r *Registry) Waiting(ctx context.Context) (n int, err error) {
	err = r.j.Store().View(ctx, func(tx *store.Tx) error {
		return tx.Get(`SELECT coalesce(sum(waiting), 0) FROM act WHERE waiting > 0`, nil, &n)
	})
	return n, err
}
