package council

import (
	"context"
	"encoding/json"
	"strings"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/typography"
)

// FindingKind is what reading a text again finds.
type FindingKind string

// The kinds, the gravest first.
const (
	FindingMissing    FindingKind = "missing"    // a value is not given
	FindingUnreadable FindingKind = "unreadable" // a value is not of its kind
	FindingCheck      FindingKind = "check"      // a value of a former deliberation
	FindingSpelling   FindingKind = "spelling"
	FindingTypography FindingKind = "typography" // print changes it: nothing to do
)

// Finding is one thing that reading a text again finds.
type Finding struct {
	Kind        FindingKind
	Block       int    // -1 for a value
	Label       string // of the value
	Rule        typography.Rule
	Before      string // the word, or what print changes
	After       string
	Suggestions []string
}

// Review reads a text again: its values, then what print will change in it.
// Spelling is asked of a dictionary, which this package does not know.
func Review(t Text) []Finding {
	var all []Finding
	used := map[string]bool{}
	for _, label := range t.Unset() {
		used[label] = true
	}
	for _, v := range t.Variables {
		f := Finding{Block: -1, Label: v.Label, Before: v.Value}
		switch {
		case strings.TrimSpace(v.Value) == "":
			if !used[v.Label] {
				continue
			}
			f.Kind = FindingMissing
		case !v.Readable():
			f.Kind = FindingUnreadable
		case v.Check:
			f.Kind = FindingCheck
		default:
			continue
		}
		all = append(all, f)
	}
	all = append(all, checkReused(t)...)
	for i, b := range t.Blocks {
		for _, c := range typography.Changes(b.Text) {
			all = append(all, Finding{Kind: FindingTypography, Block: i, Rule: c.Rule, Before: c.Before, After: c.After})
		}
	}
	return all
}

// Typeset is the text with the typography of print put into its paragraphs, for
// who wants to see it while typing.
func (t Text) Typeset() Text {
	blocks := make([]Block, len(t.Blocks))
	for i, b := range t.Blocks {
		b.Text = typography.Correct(b.Text)
		blocks[i] = b
	}
	t.Blocks = blocks
	return t
}

// KindWordAccepted is the entry of a word that the authority adds to the
// dictionary; its stream is «lexicon/<id>», one a word.
const KindWordAccepted = "lexicon.accepted"

const (
	lexiconPrefix = "lexicon/"
	maxLexicon    = 60 // letters of a word
)

type accepted struct {
	Word string `json:"word"`
}

// AcceptWord adds a word to the authority's own dictionary.
func (c *Council) AcceptWord(ctx context.Context, actor, word string) error {
	word = strings.TrimSpace(word)
	if n := len([]rune(word)); n == 0 || n > maxLexicon || strings.ContainsAny(word, " \n\t") {
		return &rule.Refusal{Why: "Ce n’est pas un mot.", Cure: "Choisissez un seul mot, de 60 lettres au plus."}
	}
	return c.commit(ctx, actor, lexiconPrefix+c.j.NewID(), KindWordAccepted, nil, func(*store.Tx) (any, error) { return accepted{word}, nil })
}

// Lexicon gives the words that the authority added.
func (c *Council) Lexicon(ctx context.Context) (words []string, err error) {
	err = c.j.Store().View(ctx, func(tx *store.Tx) error {
		all, err := every[accepted](tx, "lexicon")
		for _, a := range all {
			words = append(words, a.Word)
		}
		return err
	})
	return words, err
}

func applyLexicon(tx *store.Tx, ev journal.Event) error {
	var a accepted
	if err := json.Unmarshal(ev.Data, &a); err != nil {
		return err
	}
	return put(tx, "lexicon", strings.TrimPrefix(ev.Stream, lexiconPrefix), ev.At.UnixMicro(), "accepted", a)
}
