package services

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/news"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// NewsOffice is what the news ask of the program.
type NewsOffice interface {
	News() *news.Board
	// FetchNews reads the feeds now; what cannot be read is told of in the board.
	FetchNews(ctx context.Context) error
}

type board struct {
	notices []services.Notice
	items   []news.Item
	trouble []string
}

// news are the agency's notices and letters, and what its feeds say, read without a line.
func (p *page) news() *section {
	return &section{key: "news",
		load: func(ctx context.Context) (any, []row, error) {
			c, err := p.o.Catalogue(ctx)
			if err != nil {
				return nil, nil, err
			}
			b := board{notices: c.Now(p.h.Now())}
			var rows []row
			for _, n := range b.notices {
				m, word := widgets.Waiting, p.h.Text("services.notice")
				if n.Urgent {
					m, word = widgets.Late, p.h.Text("services.notice.urgent")
				}
				rows = append(rows, row{"notice/" + n.ID, n.Title, lang.Day(hours(n.From, p.h.Now())), n.Urgent, m, word, n.Text})
			}
			if b.items, err = p.o.News().Items(ctx); err != nil {
				return nil, nil, err
			}
			for _, i := range b.items {
				rows = append(rows, row{i.ID, i.Title, i.Feed + " · " + lang.Day(hours(i.At, p.h.Now())), !i.Read, widgets.Plain, "", i.Text})
			}
			feeds, err := p.o.News().Feeds(ctx)
			for _, f := range feeds {
				if f.Trouble != "" {
					b.trouble = append(b.trouble, f.Title)
				}
			}
			return b, rows, err
		},
		tools: func(loaded any) []fyne.CanvasObject {
			b, _ := loaded.(board)
			out := []fyne.CanvasObject{widgets.Beside(widgets.NewButton(p.h.Text("services.news.fetch"), base.ViewRefreshIcon(), func() {
				p.do("news", func(ctx context.Context, _ string) error { return p.o.FetchNews(ctx) }, func() { p.reload("") })
			}))}
			if len(b.trouble) > 0 {
				out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.news.trouble", "feeds", strings.Join(b.trouble, ", "))))
			}
			return out
		},
		open: func(loaded any, id string) {
			b, _ := loaded.(board)
			for _, n := range b.notices {
				if "notice/"+n.ID == id {
					p.say(title(n.Title), widgets.Caption(lang.DayHour(hours(n.From, p.h.Now()))), wrapped(n.Text))
				}
			}
			for _, i := range b.items {
				if i.ID != id {
					continue
				}
				out := []fyne.CanvasObject{title(i.Title), widgets.Caption(i.Feed + " · " + lang.DayHour(hours(i.At, p.h.Now()))), wrapped(i.Text)}
				if i.Link != "" {
					out = append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.news.open"), base.NavigateNextIcon(), func() { p.h.Browse(i.Link) })), widgets.Caption(i.Link))
				}
				p.say(out...)
				if !i.Read {
					p.h.Load("read", func(ctx context.Context) (any, error) { return nil, p.o.News().MarkRead(ctx, i.ID) }, func(any) {})
				}
			}
		},
	}
}
