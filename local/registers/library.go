package registers

import (
	"embed"
	"encoding/json"
	"fmt"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/rule"
)

//go:embed library/orders.json
var libraryFiles embed.FS

// Template is an everyday order or decision.
type Template struct {
	Key        string             `json:"key"`
	Series     council.Series     `json:"series"`
	Name       string             `json:"name"`
	Title      string             `json:"title"`
	Visas      []string           `json:"visas"` // without «Vu»
	Grounds    []string           `json:"grounds"`
	Articles   []string           `json:"articles"`
	Variables  []council.Variable `json:"variables"`
	Individual bool               `json:"individual"`
	Matter     string             `json:"matter"`
	// Status is «projet» as long as nobody checked it against the official texts.
	Status string `json:"status"`
}

// Library is the templates that the program comes with, and the matters that an assembly may delegate (CGCT, art. L2122-22).
type Library struct {
	// Status is that of the matters.
	Status    string     `json:"status"`
	Templates []Template `json:"templates"`
	Matters   []string   `json:"matters"`
}

// ReadLibrary reads the library.
func ReadLibrary() (l Library, err error) {
	raw, err := libraryFiles.ReadFile("library/orders.json")
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil {
		return l, fmt.Errorf("reading the library of orders: %w", err)
	}
	return l, nil
}

// Of gives the templates of a series.
func (l Library) Of(s council.Series) []Template {
	var all []Template
	for _, t := range l.Templates {
		if t.Series == s {
			all = append(all, t)
		}
	}
	return all
}

// draft is the text that an order begins with.
func (l Library) draft(series council.Series, key string) (OrderText, error) {
	t := Template{Visas: []string{"le code général des collectivités territoriales"}, Grounds: []string{""}, Articles: []string{""}}
	if key != "" {
		found := false
		for _, x := range l.Of(series) {
			if x.Key == key {
				t, found = x, true
			}
		}
		if !found {
			return OrderText{}, &rule.Refusal{Why: "Ce modèle n’est pas dans la bibliothèque.", Cure: "Choisissez un autre modèle, ou un sujet libre."}
		}
	}
	text := OrderText{Individual: t.Individual, Matter: t.Matter}
	text.Template = t.Key
	add := func(kind council.BlockKind, s string) {
		text.Blocks = append(text.Blocks, council.Block{Kind: kind, Text: s})
	}
	add(council.BlockTitle, t.Title)
	for _, s := range t.Visas {
		add(council.BlockVisa, "Vu "+s+" ;")
	}
	for _, s := range t.Grounds {
		if s != "" {
			s = "Considérant " + s + " ;"
		}
		add(council.BlockGround, s)
	}
	for _, s := range t.Articles {
		add(council.BlockArticle, s)
	}
	text.Variables = append(text.Variables, t.Variables...)
	return text, nil
}
