package office

import (
	"fmt"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/services/assistant"
)

// LawPassages is what the program's data say of the law, for the assistant: what to look at before
// a vote, with the articles that its text cites, and when a mention is made, on which basis. What
// is a draft says so.
func (h *Hall) LawPassages() []assistant.Passage {
	const draft = "\n(Texte en projet : à vérifier avant usage.)"
	library := h.Council.Library()
	visas := map[string]council.Visa{}
	for _, v := range library.Visas {
		visas[v.Key] = v
	}
	var all []assistant.Passage
	for _, t := range library.Templates {
		if t.Note == "" {
			continue
		}
		p := assistant.Passage{Source: "law", Page: t.Name, Part: "Délibération", Text: t.Note}
		var articles []string
		for _, key := range t.Visas {
			if v, ok := visas[key]; ok && v.Article != "" {
				articles = append(articles, v.Article)
			}
		}
		if len(articles) > 0 {
			p.Text += "\nTextes : " + strings.Join(articles, " ; ") + "."
		}
		if t.Status == "projet" {
			p.Text += draft
		}
		all = append(all, p)
	}
	for _, f := range h.Acts.Catalogue() {
		if f.Basis == "" {
			continue
		}
		p := assistant.Passage{Source: "law", Page: f.Label, Part: "Mention marginale", Text: "Fondement : " + f.Basis + "."}
		if f.Days > 0 {
			p.Text += fmt.Sprintf("\nÀ apposer dans les %d jours.", f.Days)
		}
		if f.Status == civilstatus.Drafted {
			p.Text += draft
		}
		all = append(all, p)
	}
	return all
}
