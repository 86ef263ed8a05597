package council

import (
	"embed"
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/authority"
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
	Key        string     `json:"key"`
	Name       string     `json:"name"`
	Matter     string     `json:"matter"` // code of the national nomenclature of acts
	Title      string     `json:"title"`
	Visas      []string   `json:"visas"` // keys
	Grounds    []string   `json:"grounds"`
	Statement  []string   `json:"statement"`
	Articles   []string   `json:"articles"`
	Variables  []Variable `json:"variables"`
	Accounts   bool       `json:"accounts"`
	Nomination bool       `json:"nomination"`
}

// Library is the templates and visas that the program comes with.
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

// Draft is the text that a template begins with on a day: the visas in force then.
func (l Library) Draft(t Template, day authority.Day) Text {
	text := Text{Template: t.Key, Blocks: []Block{{BlockTitle, t.Title}}}
	for _, key := range t.Visas {
		for _, v := range l.Visas {
			if v.Key == key && v.Since <= day && (v.Until == "" || day <= v.Until) {
				text.Blocks = append(text.Blocks, Block{BlockVisa, "Vu " + v.Text + " ;"})
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
