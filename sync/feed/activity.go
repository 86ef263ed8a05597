package feed

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"alpi40.fr/airial/local/services/news"
)

// An account of the fediverse is read as ActivityPub gives it (W3C, 4 and 5.1): the actor names its outbox, which holds activities
// or names its first page; the posts that it published or boosted within its own page are kept, nothing else is followed.

// maxSteps is how many documents lead from an actor to its posts.
const maxSteps = 3

// activity is what is read of a document of ActivityStreams: an actor, a collection, an activity, or a post.
type activity struct {
	Context   json.RawMessage `json:"@context"`
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Outbox    string          `json:"outbox"`
	First     json.RawMessage `json:"first"`
	Items     []activity      `json:"orderedItems"`
	Object    json.RawMessage `json:"object"`
	Name      string          `json:"name"`
	Summary   string          `json:"summary"`
	Content   string          `json:"content"`
	Published time.Time       `json:"published"`
	URL       json.RawMessage `json:"url"`
	To        json.RawMessage `json:"to"`
	Reply     json.RawMessage `json:"inReplyTo"`
}

const (
	streams = "https://www.w3.org/ns/activitystreams"
	public  = streams + "#Public"
)

// asActivity tells whether a document is one of ActivityStreams.
func asActivity(raw []byte) (a activity, is bool) {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &a) != nil {
		return a, false
	}
	return a, bytes.Contains(a.Context, []byte(streams))
}

// outbox follows a document to the posts that it leads to, at the same server alone.
func outbox(ctx context.Context, c *http.Client, from *url.URL, a activity, title string, now time.Time) ([]news.Item, error) {
	for range maxSteps {
		if len(a.Items) > 0 {
			return posts(a.Items, title, now), nil
		}
		next := a.Outbox
		if len(a.First) > 0 {
			var page activity
			if json.Unmarshal(a.First, &page) == nil && len(page.Items) > 0 {
				a = page
				continue
			}
			next = oneOf(a.First)
		}
		if next == "" {
			return nil, nil // an account that said nothing yet
		}
		u, err := from.Parse(next)
		if err != nil || u.Scheme != "https" || u.Host != from.Host || u.User != nil {
			return nil, fmt.Errorf("its posts stand at %.200q: %w", next, ErrAddress)
		}
		raw, err := get(ctx, c, u)
		if err != nil {
			return nil, err
		}
		var is bool
		if a, is = asActivity(raw); !is {
			return nil, fmt.Errorf("%w: %.200s is not ActivityPub", ErrRubbish, u.Redacted())
		}
	}
	return posts(a.Items, title, now), nil
}

// posts are those that an account published for all: neither answers to others, nor what it only boosts, which is others'.
func posts(all []activity, title string, now time.Time) (items []news.Item) {
	for _, a := range all {
		if a.Type == "Create" {
			if json.Unmarshal(a.Object, &a) != nil {
				continue
			}
		} else if a.Type != "Note" && a.Type != "Article" {
			continue
		}
		if len(items) == news.MaxItems || answers(a.Reply) || !bytes.Contains(a.To, []byte(public)) && !bytes.Contains(a.To, []byte("as:Public")) {
			continue
		}
		at := now
		if !a.Published.IsZero() && a.Published.Before(now) {
			at = a.Published
		}
		i := news.Clean(title, a.ID, cmp.Or(a.Name, a.Summary), a.Content, cmp.Or(oneOf(a.URL), a.ID), at)
		if i.Title == "" {
			i.Title = firstWords(i.Text)
		}
		items = append(items, i)
	}
	return items
}

func answers(reply json.RawMessage) bool { return len(reply) > 0 && string(reply) != "null" }

// oneOf gives an address that stands as a text, as a link, or as the first of a list of either.
func oneOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var link struct {
		Href string `json:"href"`
		ID   string `json:"id"`
	}
	if json.Unmarshal(raw, &link) == nil {
		return cmp.Or(link.Href, link.ID)
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 && list[0][0] != '[' {
		return oneOf(list[0])
	}
	return ""
}

// titleWords is how many characters of a post stand for its title.
const titleWords = 70

// firstWords are those of a post that has no title.
func firstWords(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	r := []rune(line)
	if len(r) <= titleWords {
		return line
	}
	short := string(r[:titleWords])
	if at := strings.LastIndexByte(short, ' '); at > 0 {
		short = short[:at]
	}
	return short + "…"
}
