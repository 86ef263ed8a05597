package council

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/typeset/french"
)

//go:embed library/*.json
var libraryFiles embed.FS

// Visa is a text that a deliberation may rest upon, between two days.
type Visa struct {
	Key     string        `json:"key"`
	Text    string        `json:"text"` // without «Vu»
	Article string        `json:"article"`
	Since   authority.Day `json:"since"`
	Until   authority.Day `json:"until"`
	// Status is «projet» as long as nobody checked it against the official text.
	Status string `json:"status"`
}

// Template is an everyday subject of a council.
type Template struct {
	Key    string `json:"key"`
	Theme  Theme  `json:"theme"`
	Name   string `json:"name"`
	Matter string `json:"matter"` // code of the national nomenclature of acts
	// Status is «projet» as long as nobody answers for the text.
	Status    string     `json:"status"`
	Title     string     `json:"title"`
	Visas     []string   `json:"visas"` // keys
	Grounds   []string   `json:"grounds"`
	Statement []string   `json:"statement"`
	Articles  []string   `json:"articles"`
	Variables []Variable `json:"variables"`
	// Note is what to look at before the vote: a time limit, an opinion, a
	// delegation that makes the subject needless.
	Note string `json:"note,omitempty"`
	// Accounts: the mayor leaves for the vote (CGCT, art. L2121-14). Nomination:
	// the ballot is secret (CGCT, art. L2121-21). Majority, when it is not that of
	// the votes cast (CGCT, art. L2121-20).
	Accounts   bool   `json:"accounts,omitempty"`
	Nomination bool   `json:"nomination,omitempty"`
	Majority   string `json:"majority,omitempty"`
}

// Theme is where a template is looked for.
type Theme string

// The themes, in the order in which they are shown.
const (
	ThemeFinances     Theme = "finances"
	ThemeGrants       Theme = "aides"
	ThemeStaff        Theme = "personnel"
	ThemeInstitutions Theme = "institutions"
	ThemeContracts    Theme = "marches"
	ThemeProperty     Theme = "domaine"
	ThemePlanning     Theme = "urbanisme"
	ThemeChildhood    Theme = "enfance"
	ThemeEnvironment  Theme = "environnement"
)

// Themes gives all of them, in order.
func Themes() []Theme {
	return []Theme{ThemeFinances, ThemeGrants, ThemeStaff, ThemeInstitutions, ThemeContracts, ThemeProperty, ThemePlanning, ThemeChildhood, ThemeEnvironment}
}

// Matches tells whether a template answers to all the words typed, accents and
// case set aside: its name, its title, its matter.
func (t Template) Matches(words string) bool {
	in := fold(t.Name + " " + t.Title + " " + t.Matter)
	for _, w := range strings.Fields(fold(words)) {
		if !strings.Contains(in, w) {
			return false
		}
	}
	return true
}

// fold is how words are compared: without accents, case and kinds of apostrophes.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(french.Unaccented(s)), "'", "’")
}

// Library is the templates and visas that the program comes with. A key of a
// visa may stand several times: one version for each time it was in force.
type Library struct {
	Templates []Template
	Visas     []Visa
}

// ReadLibrary reads the library.
func ReadLibrary() (Library, error) {
	var l Library
	for name, into := range map[string]any{"library/templates.json": &l.Templates, "library/visas.json": &l.Visas} {
		raw, err := libraryFiles.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(raw, into)
		}
		if err != nil {
			return Library{}, fmt.Errorf("reading %s: %w", name, err)
		}
	}
	return l, nil
}

// Template gives a template by its key.
func (l Library) Template(key string) (Template, bool) {
	for _, t := range l.Templates {
		if t.Key == key {
			return t, true
		}
	}
	return Template{}, false
}

func (v Visa) inForce(day authority.Day) bool {
	return v.Since <= day && (v.Until == "" || day <= v.Until)
}

func visaBlock(v Visa) Block { return Block{BlockVisa, "Vu " + v.Text + " ;"} }

// Draft is the text that a template begins with on a day: the visas in force then.
func (l Library) Draft(t Template, day authority.Day) Text {
	text := Text{Template: t.Key, Blocks: []Block{{BlockTitle, t.Title}}}
	for _, key := range t.Visas {
		for _, v := range l.Visas {
			if v.Key == key && v.inForce(day) {
				text.Blocks = append(text.Blocks, visaBlock(v))
			}
		}
	}
	for _, g := range t.Grounds {
		text.Blocks = append(text.Blocks, Block{BlockGround, "Considérant " + g + " ;"})
	}
	for _, s := range t.Statement {
		text.Blocks = append(text.Blocks, Block{BlockStatement, s})
	}
	for _, a := range t.Articles {
		text.Blocks = append(text.Blocks, Block{BlockArticle, a})
	}
	text.Variables = append(text.Variables, t.Variables...)
	return text
}

// blank is the text of a deliberation on a free subject.
func blank() Text {
	return Text{Blocks: []Block{
		{BlockTitle, ""}, {BlockVisa, "Vu le code général des collectivités territoriales, notamment son article L. 2121-29 ;"},
		{BlockGround, ""}, {BlockStatement, ""}, {BlockArticle, ""},
	}}
}

// entitled is that text with its subject.
func entitled(subject string) Text {
	text := blank()
	text.Blocks[0].Text = subject
	return text
}
