package office

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/news"
	"alpi40.fr/airial/local/services/privacy"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/sync/feed"
)

// newsAgain is how often feeds are read by themselves, while exchanges go well.
const newsAgain = time.Hour

// FetchNews reads the feeds that the catalogue names. What cannot be read is told of in the
// board, what was there stays. Errors: that of the store; those of sync/feed where none could be read.
func (h *Hall) FetchNews(ctx context.Context, transport http.RoundTripper) error {
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return err
	}
	var addresses []string
	client := feed.Client(transport)
	var troubles []error
	for _, f := range c.Feeds {
		addresses = append(addresses, f.Address)
		trouble, err := h.fetchFeed(ctx, client, f)
		if err != nil {
			return err
		}
		if trouble != nil {
			troubles = append(troubles, trouble)
		}
	}
	if err := h.News.Only(ctx, addresses, h.office.o.Now()); err != nil {
		return err
	}
	if len(troubles) < len(c.Feeds) {
		return nil
	}
	return errors.Join(troubles...)
}

// fetchFeed reads one. trouble is why it could not be read.
func (h *Hall) fetchFeed(ctx context.Context, client *http.Client, f agency.Feed) (trouble, err error) {
	got, err := feed.Fetch(ctx, client, f.Address, f.Title, h.office.o.Now())
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if trouble = err; err != nil {
		h.office.o.Log.Info("reading a feed", "feed", f.Title, "error", err.Error())
		got = news.Feed{Address: f.Address, Title: f.Title, Fetched: h.office.o.Now(), Trouble: err.Error()}
	}
	return trouble, h.News.Keep(ctx, got)
}

// fetchNewsInTime reads the feeds after an exchange that went well, at most once an hour.
func (h *Hall) fetchNewsInTime(ctx context.Context) {
	h.afterExchanges(ctx, newsAgain, func() {
		if err := h.FetchNews(ctx, nil); err != nil && !errors.Is(err, context.Canceled) {
			h.office.o.Log.Info("reading the news", "error", err.Error())
		}
	})
}

// afterExchanges does something after an exchange that went well, once in a while at most, until ctx ends.
func (h *Hall) afterExchanges(ctx context.Context, atMost time.Duration, do func()) {
	changed := h.Sync.Watch(ctx)
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		s, now := h.Sync.Status(), h.office.o.Now()
		if s.Running || s.Err != nil || s.Paused || !last.IsZero() && now.Before(last.Add(atMost)) {
			continue
		}
		last = now
		do()
	}
}

// PrintRegister sets the register of processing activities.
func (h *Hall) PrintRegister(ctx context.Context) (typeset.Document, error) {
	a, err := h.Authority(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	all, err := h.Privacy.Activities(ctx)
	if err != nil {
		return typeset.Document{}, err
	}
	r := typeset.ProcessingRegister{Head: typeset.Head{Authority: a.Letterhead(), Printed: h.office.o.Now()}, Controller: []string{a.Name}, Officer: []string{c.Agency.Name}}
	for _, x := range all {
		sheet := typeset.ProcessingSheet{Name: x.Name, Draft: x.Draft}
		for _, col := range privacy.Columns()[1:] {
			sheet.Rows = append(sheet.Rows, [2]string{col.Title, col.Text(x)})
		}
		r.Sheets = append(r.Sheets, sheet)
	}
	d, err := r.Typeset(ctx)
	if err != nil {
		return d, fmt.Errorf("printing the register: %w", err)
	}
	return d, nil
}
