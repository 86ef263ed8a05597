// Package news is what the agency and others publish, kept to be read without a line.
//
// Items are a copy of what feeds hold: they are in no journal, and may be fetched again. A feed
// comes from anybody: its pages are kept as text, without pictures, styles or scripts, within limits.
package news

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
)

// Limits of what is kept.
const (
	MaxItems = 60 // of one feed
	maxTitle = 300
	maxText  = 40 << 10
	maxLink  = 2000
)

// Item is one piece of news.
type Item struct {
	Feed  string    `json:"feed"` // the feed's title
	ID    string    `json:"id"`
	Title string    `json:"title"`
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
	Link  string    `json:"link,omitempty"` // https, or none
	Read  bool      `json:"-"`
}

// Feed is what came of one.
type Feed struct {
	Address string    `json:"address"`
	Title   string    `json:"title"`
	Fetched time.Time `json:"fetched"`
	// Trouble is why the last fetch failed; what was there before stays.
	Trouble string `json:"trouble,omitempty"`
	Items   []Item `json:"items"`
}

// Clean makes an item of what a feed says: its page as text, a link that is one of the web, limits.
func Clean(feed, id, title, page, link string, at time.Time) Item {
	if !strings.HasPrefix(link, "https://") || len(link) > maxLink {
		link = ""
	}
	title = strings.Join(strings.Fields(mailbox.FromHTML([]byte(title))), " ")
	i := Item{Feed: feed, ID: cut(cmp.Or(id, link, title), maxLink), Title: cut(title, maxTitle), At: at.UTC(), Link: link, Text: cut(mailbox.FromHTML([]byte(page)), maxText)}
	return i
}

// cut shortens a text to some bytes, between two characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

// Board is the news of one authority on one laptop.
type Board struct{ db *store.DB }

// New gives the news kept in db.
func New(db *store.DB) *Board { return &Board{db: db} }

const (
	kept        = "news"
	settingRead = "news.read"
	maxRead     = 2000
)

// Feeds gives what is kept.
func (b *Board) Feeds(ctx context.Context) (all []Feed, err error) {
	err = b.db.View(ctx, func(tx *store.Tx) (err error) { all, err = feeds(tx); return err })
	return all, err
}

func feeds(tx *store.Tx) (all []Feed, err error) {
	body, _, err := tx.Kept(kept)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &all)
	}
	return all, err
}

// Keep puts what came of a feed in the place of the former; when it failed, its items stay.
func (b *Board) Keep(ctx context.Context, f Feed) error {
	if len(f.Items) > MaxItems {
		f.Items = f.Items[:MaxItems]
	}
	return b.change(ctx, f.Fetched, func(all []Feed) []Feed {
		i := slices.IndexFunc(all, func(o Feed) bool { return o.Address == f.Address })
		switch {
		case i < 0:
			return append(all, f)
		case f.Trouble != "":
			all[i].Trouble = f.Trouble
		default:
			all[i] = f
		}
		return all
	})
}

// Only forgets the feeds that are no longer of the catalogue.
func (b *Board) Only(ctx context.Context, addresses []string, at time.Time) error {
	return b.change(ctx, at, func(all []Feed) []Feed {
		return slices.DeleteFunc(all, func(f Feed) bool { return !slices.Contains(addresses, f.Address) })
	})
}

func (b *Board) change(ctx context.Context, at time.Time, do func([]Feed) []Feed) error {
	err := b.db.Update(ctx, func(tx *store.Tx) error {
		all, err := feeds(tx)
		if err != nil {
			return err
		}
		body, err := json.Marshal(do(all))
		if err != nil {
			return err
		}
		return tx.Keep(kept, body, at)
	})
	if err != nil {
		return fmt.Errorf("keeping the news: %w", err)
	}
	return nil
}

// Items gives all, the latest first, with those that were read.
func (b *Board) Items(ctx context.Context) (all []Item, err error) {
	err = b.db.View(ctx, func(tx *store.Tx) error {
		found, err := feeds(tx)
		if err != nil {
			return err
		}
		read, err := readOf(tx)
		if err != nil {
			return err
		}
		for _, f := range found {
			for _, i := range f.Items {
				i.Read = slices.Contains(read, i.ID)
				all = append(all, i)
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b Item) int { return b.At.Compare(a.At) })
	return all, err
}

func readOf(tx *store.Tx) (all []string, err error) {
	text, err := tx.Setting(settingRead)
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &all)
	}
	return all, err
}

// MarkRead notes that an item was read here.
func (b *Board) MarkRead(ctx context.Context, id string) error {
	err := b.db.Update(ctx, func(tx *store.Tx) error {
		all, err := readOf(tx)
		if err != nil || slices.Contains(all, id) {
			return err
		}
		all = append(all, id)
		text, err := json.Marshal(all[max(len(all)-maxRead, 0):])
		if err != nil {
			return err
		}
		return tx.SetSetting(settingRead, string(text))
	})
	if err != nil {
		return fmt.Errorf("noting what was read: %w", err)
	}
	return nil
}
