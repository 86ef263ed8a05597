package council

import (
	"reflect"
	"strings"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typography"
	"alpi40.fr/airial/local/writing"
)

// BlockKind is what a paragraph of a deliberation is.
type BlockKind string

// The kinds, in the order of the printed text.
const (
	BlockTitle     BlockKind = "title"
	BlockVisa      BlockKind = "visa"
	BlockGround    BlockKind = "ground"    // considérant
	BlockStatement BlockKind = "statement" // exposé
	BlockArticle   BlockKind = "article"
	BlockTable     BlockKind = "table" // printed under the paragraph before it; see TableRows
)

// Block is one paragraph. It may hold variables: «{montant}».
type Block struct {
	Kind BlockKind `json:"kind"`
	Text string    `json:"text"`
}

// Text is what is drafted.
type Text struct {
	Template  string     `json:"template,omitempty"`
	Reporter  string     `json:"reporter,omitempty"` // as printed: «Mme Ève Exemple, 1re adjointe»
	Blocks    []Block    `json:"blocks"`
	Variables []Variable `json:"variables,omitempty"`
	Annexes   []Annex    `json:"annexes,omitempty"`
	// Reused is the deliberation whose text this was begun with.
	Reused string `json:"reused,omitempty"`
	// Carried are the adopted amendments (ids) that the text holds.
	Carried []string `json:"carried,omitempty"`
}

// Limits of one text.
const (
	maxBlocks    = 400
	maxBlockText = 100_000
	maxVariables = 200
)

// Subject is the title with its variables, on one line.
func (t Text) Subject() string {
	return typeset.Unmarked(strings.Join(t.Of(BlockTitle), " "))
}

// Of gives the paragraphs of a kind as they are read and printed: with their
// variables and the typography of print, the empty ones left out.
func (t Text) Of(kind BlockKind) []string {
	var all []string
	for _, b := range t.Blocks {
		if b.Kind != kind {
			continue
		}
		if text := typography.Correct(t.fill(b.Text)); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// fill puts the values in; a variable without a value is printed as room to write.
func (t Text) fill(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	pairs := make([]string, 0, 2*len(t.Variables))
	for _, v := range t.Variables {
		value := v.Printed()
		if value == "" {
			value = "…………"
		}
		pairs = append(pairs, "{"+v.Name+"}", value)
	}
	return strings.NewReplacer(pairs...).Replace(s)
}

// Unset gives the labels of the variables that are used and have no value.
func (t Text) Unset() []string {
	var labels []string
	for _, v := range t.Variables {
		if strings.TrimSpace(v.Value) != "" {
			continue
		}
		for _, b := range t.Blocks {
			if strings.Contains(b.Text, "{"+v.Name+"}") {
				labels = append(labels, v.Label)
				break
			}
		}
	}
	return labels
}

// Equal tells whether two texts say the same.
func (t Text) Equal(u Text) bool { return reflect.DeepEqual(t.plain(), u.plain()) }

// plain makes texts comparable: none and an empty list are the same.
func (t Text) plain() Text {
	if len(t.Variables) == 0 {
		t.Variables = nil
	}
	if len(t.Blocks) == 0 {
		t.Blocks = nil
	}
	if len(t.Annexes) == 0 {
		t.Annexes = nil
	}
	if len(t.Carried) == 0 {
		t.Carried = nil
	}
	return t
}

// Status is where a deliberation is.
type Status string

// The states.
const (
	StatusDraft     Status = "draft"
	StatusFinalised Status = "finalised"
	StatusSent      Status = "sent"
	StatusSigned    Status = "signed"
)

// Deliberation is a deliberation as it stands.
type Deliberation struct {
	ID      string `json:"id"`
	Text    Text   `json:"text"`
	Status  Status `json:"status"`
	Version int    `json:"version"` // of the last saved text, in the journal's stream
	// Edition is the id of the entry that says how the deliberation stands. Two laptops without network give one version to
	// two texts, and never one edition.
	Edition string `json:"edition"`
	// Inclusion is the last saved text with what of the writing it holds.
	Inclusion writing.Inclusion `json:"inclusion"`
	// Saved and SavedBy tell when and by whom (person id) the text was last saved.
	Saved   time.Time `json:"saved"`
	SavedBy string    `json:"savedBy"`

	// What follows is set once finalised.
	Number  string  `json:"number,omitempty"`  // «2026-045»
	Sitting string  `json:"sitting,omitempty"` // id
	Record  *Record `json:"record,omitempty"`

	// Folder is the parapheur's, once sent; PDF what was sent, Signed what came back.
	Folder string        `json:"folder,omitempty"`
	PDF    *store.Digest `json:"pdf,omitempty"`
	Signed *store.Digest `json:"signed,omitempty"`
}

// Record is what the deliberation says of the sitting that voted it; it no
// longer changes when the sitting's own record is corrected.
type Record struct {
	Sitting Sitting `json:"sitting"`
	Vote    Vote    `json:"vote"`
}

// NotApplied is a text that could not be saved because another one was saved
// since: what the author started from, hers, and the one saved meanwhile.
type NotApplied struct {
	Base, Mine, Theirs Text
	// Edition is that of Theirs: what is saved over it starts from it.
	Edition string
}

// Error says what happened.
func (e *NotApplied) Error() string {
	return "Ce projet a été modifié entre-temps par une autre personne. Votre texte est gardé ; choisissez entre les deux."
}

// Explain tells a person what happened, what is safe and what to do.
func (e *NotApplied) Explain() (what, safe, todo string) {
	return "Ce projet de délibération a été modifié entre-temps par une autre personne.",
		"Les deux textes sont gardés.", "Comparez-les et choisissez celui qui reste."
}
