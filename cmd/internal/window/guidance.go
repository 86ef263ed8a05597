package window

import (
	"context"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/services/assistant"
	"alpi40.fr/airial/local/services/news"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/ui/help"
)

// News implements the services page's office.
func (r *Room) News() *news.Board { return r.seat().Hall.News }

// FetchNews implements the services page's office.
func (r *Room) FetchNews(ctx context.Context) error {
	return explain.Error(r.seat().Hall.FetchNews(ctx, nil))
}

// Privacy implements the services page's office.
func (r *Room) Privacy() *privacy.Office { return r.seat().Hall.Privacy }

// PrintRegister implements the services page's office.
func (r *Room) PrintRegister(ctx context.Context) ([]byte, error) {
	d, err := r.seat().Hall.PrintRegister(ctx)
	return d.PDF, explain.Error(err)
}

// ServicesWaiting implements the services page's office.
func (r *Room) ServicesWaiting(ctx context.Context) (int, error) {
	h := r.seat().Hall
	n, err := h.Counter.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	more, err := h.Privacy.Waiting(ctx)
	return n + more, err
}

// answers is how many passages answer a question at most.
const answers = 6

// Ask implements the services page's office: the help, the known problems, and the articles that
// the libraries cite are searched together.
func (r *Room) Ask(ctx context.Context, question string) ([]assistant.Answer, error) {
	c, err := r.Catalogue(ctx)
	if err != nil {
		return nil, err
	}
	var all []assistant.Passage
	for _, p := range help.Passages() {
		all = append(all, assistant.Passage{Source: "help", Page: p.Title, Part: p.Part, Text: p.Text, Place: p.Page})
	}
	for _, p := range c.Problems {
		all = append(all, assistant.Passage{Source: "problem", Page: p.Title, Text: strings.TrimSpace(p.Cure), Part: ""})
	}
	for _, l := range c.Letters {
		all = append(all, assistant.Passage{Source: "letter", Page: l.Title, Text: l.Text})
	}
	all = append(all, r.seat().Hall.LawPassages()...)
	return assistant.New(all).Ask(question, answers), nil
}
