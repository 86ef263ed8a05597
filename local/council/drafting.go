package council

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
)

// Draft begins a deliberation from a template of the library, from a model of the
// authority's own (ModelKey), or on a free subject when the key is empty.
func (c *Council) Draft(ctx context.Context, actor, template string) (id string, err error) {
	id = c.j.NewID()
	return id, c.commit(ctx, actor, "deliberation/"+id, KindDrafted, nil, func(tx *store.Tx) (any, error) {
		if template == "" {
			return blank(), nil
		}
		if t, ok := c.library.Template(template); ok {
			return c.library.Draft(t, authority.DayOf(c.j.Now())), nil
		}
		m, err := modelOf(tx, template)
		if errors.Is(err, store.ErrNotFound) {
			return nil, &rule.Refusal{Why: "Ce modèle n’est pas dans la bibliothèque.", Cure: "Choisissez un autre modèle, ou un sujet libre."}
		}
		if err != nil {
			return nil, err
		}
		text := m.Text
		text.Template = ModelKey(m.ID)
		return text, nil
	})
}

// DraftText begins a deliberation with a text that exists already: imported, or
// reused.
func (c *Council) DraftText(ctx context.Context, actor string, text Text) (id string, err error) {
	if err := text.check(); err != nil {
		return "", err
	}
	id = c.j.NewID()
	return id, c.commit(ctx, actor, "deliberation/"+id, KindDrafted, text.blobs(), func(*store.Tx) (any, error) { return text, nil })
}

// DraftSubject begins a deliberation that has its subject and nothing else.
func (c *Council) DraftSubject(ctx context.Context, actor, subject string) (id string, err error) {
	return c.DraftText(ctx, actor, entitled(strings.TrimSpace(subject)))
}

// check holds the limits of a text.
func (t Text) check() error {
	if len(t.Blocks) > maxBlocks {
		return &rule.Refusal{Why: fmt.Sprintf("Une délibération compte au plus %d paragraphes.", maxBlocks), Cure: "Regroupez des paragraphes."}
	}
	for _, b := range t.Blocks {
		if len(b.Text) > maxBlockText {
			return &rule.Refusal{Why: "Un paragraphe est trop long.", Cure: "Coupez-le en plusieurs."}
		}
	}
	if len(t.Annexes) > maxAnnexes {
		return &rule.Refusal{Why: fmt.Sprintf("Une délibération compte au plus %d annexes.", maxAnnexes), Cure: "Réunissez des documents."}
	}
	if len(t.Variables) > maxVariables {
		return &rule.Refusal{Why: fmt.Sprintf("Une délibération compte au plus %d valeurs à compléter.", maxVariables), Cure: "Écrivez les autres dans le texte."}
	}
	return nil
}

// Model is a text that the authority keeps to begin others from. Its visas are
// those of the day it was kept: whoever uses it checks them.
type Model struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Theme      Theme  `json:"theme,omitempty"`
	Matter     string `json:"matter,omitempty"`
	Text       Text   `json:"text"` // its variables have no values
	Accounts   bool   `json:"accounts,omitempty"`
	Nomination bool   `json:"nomination,omitempty"`
	// Retired is one that is offered no more.
	Retired bool `json:"retired,omitempty"`
}

// The kinds of entries of a model; its stream is «textmodel/<id>».
const (
	KindModelKept    = "textmodel.kept"
	KindModelRetired = "textmodel.retired"
)

const modelPrefix = "textmodel/"

// ModelKey is the key by which Draft knows a model.
func ModelKey(id string) string { return modelPrefix + id }

const maxModelName = 200

// KeepModel keeps a text as a model under a name. With the id of a model, it
// replaces that one; otherwise the flags are those of what the text began from.
func (c *Council) KeepModel(ctx context.Context, actor, id, name string, text Text) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxModelName {
		return "", &rule.Refusal{Why: "Un modèle a un nom, de 200 caractères au plus.", Cure: "Donnez-lui un nom court."}
	}
	if err := text.check(); err != nil {
		return "", err
	}
	fresh := id == ""
	if fresh {
		id = c.j.NewID()
	}
	err := c.commit(ctx, actor, modelPrefix+id, KindModelKept, nil, func(tx *store.Tx) (any, error) {
		m := Model{ID: id}
		if !fresh {
			old, err := model(tx, id)
			if err != nil {
				return nil, err
			}
			m = *old
		} else if err := c.inherit(tx, &m, text.Template); err != nil {
			return nil, err
		}
		m.Name, m.Text, m.Retired = name, text.emptied(), false
		return m, nil
	})
	return id, err
}

// inherit gives a model what it has from the template that its text began from.
func (c *Council) inherit(tx *store.Tx, m *Model, template string) error {
	if t, ok := c.library.Template(template); ok {
		m.Theme, m.Matter, m.Accounts, m.Nomination = t.Theme, t.Matter, t.Accounts, t.Nomination
		return nil
	}
	from, err := modelOf(tx, template)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil {
		m.Theme, m.Matter, m.Accounts, m.Nomination = from.Theme, from.Matter, from.Accounts, from.Nomination
	}
	return err
}

// emptied is a text without the values and the reporter of one deliberation.
func (t Text) emptied() Text {
	t.Reporter, t.Template, t.Reused, t.Annexes, t.Carried = "", "", "", nil, nil
	variables := make([]Variable, len(t.Variables))
	for i, v := range t.Variables {
		v.Value, v.Check = "", false
		variables[i] = v
	}
	t.Variables = variables
	return t
}

// RetireModel offers a model no more. What was begun from it stays.
func (c *Council) RetireModel(ctx context.Context, actor, id string) error {
	return c.commit(ctx, actor, modelPrefix+id, KindModelRetired, nil, func(tx *store.Tx) (any, error) {
		_, err := model(tx, id)
		return struct{}{}, err
	})
}

// Models gives the authority's own, those in use, by name.
func (c *Council) Models(ctx context.Context) (all []Model, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err = store.All(tx, `SELECT data FROM textmodel WHERE status = 'kept'`, nil, store.Decoded[Model])
		return err
	})
	slices.SortFunc(all, func(a, b Model) int { return strings.Compare(fold(a.Name), fold(b.Name)) })
	return all, err
}

func model(tx *store.Tx, id string) (*Model, error) { return one[Model](tx, "textmodel", id) }

// modelOf gives the model of a text's Template; store.ErrNotFound for another key.
func modelOf(tx *store.Tx, template string) (*Model, error) {
	id, is := strings.CutPrefix(template, modelPrefix)
	if !is {
		return nil, fmt.Errorf("template %q: %w", template, store.ErrNotFound)
	}
	return model(tx, id)
}

// flags tells the rules of the vote that come with what a text began from.
func (c *Council) flags(tx *store.Tx, template string) (accounts, nomination bool, err error) {
	if t, ok := c.library.Template(template); ok {
		return t.Accounts, t.Nomination, nil
	}
	m, err := modelOf(tx, template)
	if errors.Is(err, store.ErrNotFound) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return m.Accounts, m.Nomination, nil
}

func applyModel(tx *store.Tx, ev journal.Event) error {
	id := strings.TrimPrefix(ev.Stream, modelPrefix)
	m, err := model(tx, id)
	if errors.Is(err, store.ErrNotFound) {
		m, err = &Model{ID: id}, nil
	}
	if err != nil {
		return err
	}
	status := "kept"
	switch ev.Kind {
	case KindModelKept:
		*m = Model{ID: id}
		err = json.Unmarshal(ev.Data, m)
	case KindModelRetired:
		m.Retired, status = true, "retired"
	}
	if err != nil {
		return err
	}
	return put(tx, "textmodel", id, ev.At.UnixMicro(), status, m)
}
