package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/protocol"
)

const (
	// loadBytes is how much of small documents one message holds at first: what is sent again when the line drops.
	loadBytes = smallDocument
	// mostBytes is how much one holds at most.
	mostBytes = protocol.MaxTogether - protocol.MaxDocuments*int64(protocol.TogetherHead)
	// A line that carries a message this quickly is given longer ones, and one that takes so long the first ones again.
	quickly = 500 * time.Millisecond
	slowly  = 2 * time.Second
)

// loads supplies documents, in their order, as one message holds them. A line on which a load failed carries them one by one
// until one has gone through: on a line that never holds long, each is a step.
func (c *Client) loads(documents supply[[]document]) supply[[]document] {
	var left []document
	return func(ctx context.Context) (load []document, more bool, err error) {
		for len(left) == 0 {
			if left, more, err = documents(ctx); err != nil || !more {
				return nil, false, err
			}
		}
		n := c.loadOf(left)
		load, left = left[:n:n], left[n:]
		return load, true, nil
	}
}

// loadOf is how many of some documents, one at least, one message holds.
func (c *Client) loadOf(documents []document) int {
	c.mu.Lock()
	room, alone := c.load, c.alone
	c.mu.Unlock()
	room = max(room, loadBytes)
	small := func(d *document) bool { return d.size >= 0 && d.size <= smallDocument }
	if alone || !small(&documents[0]) {
		return 1 // a large one may have to yield on its way
	}
	for i := range documents {
		room -= documents[i].size
		if i > 0 && (room < 0 || i == protocol.MaxDocuments || !small(&documents[i])) {
			return i
		}
	}
	return len(documents)
}

// sendLoad sends what one message holds; a document that is alone in it may yield.
func (c *Client) sendLoad(ctx context.Context, load []document, yields bool) error {
	if len(load) == 1 {
		err := c.sendDocument(ctx, &load[0], yields)
		if err == nil {
			c.sendAlone(false)
		}
		return err
	}
	began := c.o.Now()
	err := c.sendTogether(ctx, load)
	if err == nil {
		c.took(c.o.Now().Sub(began))
		return nil
	}
	c.sendAlone(true)
	if !errors.Is(err, errApart) {
		return err
	}
	return each(ctx, 1, these(load), func(ctx context.Context, d document) error { return c.sendDocument(ctx, &d, false) })
}

func (c *Client) sendAlone(alone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.alone = alone; alone {
		c.load = loadBytes
	}
}

// took sees how long a message may be on a line that took so long for one.
func (c *Client) took(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case d < quickly:
		c.load = min(2*max(c.load, loadBytes), mostBytes)
	case d > slowly:
		c.load = loadBytes
	}
}

// errApart: the documents of a load are to be sent one by one, either because the server knows no message of several or because
// one of them is not what it should be.
var errApart = errors.New("to be sent one by one")

// sendTogether sends several documents in one message; the server keeps all of them when it gives no error.
func (c *Client) sendTogether(ctx context.Context, load []document) (err error) {
	for i := range load {
		end := c.begin(load[i].digest, true, load[i].size)
		defer func() { end(err) }()
	}
	var answer protocol.Together
	err = c.w.inSession(func() (err error) {
		answer, err = c.post(ctx, load)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("sending %d documents: %w", len(load), err)
	case len(answer.Wrong) > 0:
		return fmt.Errorf("%d documents are not what they say: %w", len(answer.Wrong), errApart)
	}
	return nil
}

// post makes the message as it is read, and gives the answer.
func (c *Client) post(ctx context.Context, load []document) (answer protocol.Together, err error) {
	body, err := c.bodyOf(ctx, load)
	if err != nil {
		return answer, err
	}
	defer body.Close()
	var sent *sending
	resp, err := c.doGuarded(ctx, false, func(ctx context.Context, g *guard) (*http.Request, error) {
		sent = &sending{from: body, g: g}
		r, err := c.w.request(ctx, http.MethodPost, protocol.PathTogether, sent)
		if err != nil {
			return nil, err
		}
		r.ContentLength = body.length
		r.Header.Set("Content-Type", protocol.TypeTogether)
		return r, nil
	})
	if sent != nil && sent.err != nil {
		return answer, errors.Join(errApart, sent.err) // one that is damaged here keeps the others from leaving no longer
	}
	if err != nil {
		return answer, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusMethodNotAllowed:
		return answer, fmt.Errorf("the server knows no message of several documents: %w", errApart)
	case resp.StatusCode >= 300:
		return answer, failure(resp)
	}
	if answer, err = readAnswer[protocol.Together](protocol.PathTogether, resp); err != nil {
		return answer, err
	}
	for _, d := range answer.Wrong {
		if !slices.ContainsFunc(load, func(x document) bool { return x.digest == d }) {
			return answer, fmt.Errorf("the server refuses a document that was not sent: %w", ErrLies)
		}
	}
	return answer, nil
}

// loadBody is the message of a load.
type loadBody struct {
	io.Reader
	length int64
	opened []*store.Content
}

func (b *loadBody) Close() error {
	var errs []error
	for _, content := range b.opened {
		errs = append(errs, content.Close())
	}
	return errors.Join(errs...)
}

func (c *Client) bodyOf(ctx context.Context, load []document) (*loadBody, error) {
	b := &loadBody{}
	var parts []io.Reader
	for i := range load {
		content, err := c.o.Journal.Store().Blobs().OpenAt(load[i].digest)
		if err != nil {
			return nil, errors.Join(errApart, localError{err}, b.Close())
		}
		b.opened = append(b.opened, content)
		b.length += int64(protocol.TogetherHead) + content.Size
		parts = append(parts, bytes.NewReader(protocol.HeadOf(load[i].digest, content.Size)), c.piece(ctx, &load[i], content, 0, content.Size, false))
	}
	b.Reader = io.MultiReader(parts...)
	return b, nil
}
