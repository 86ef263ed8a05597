package shell

import (
	"bytes"
	"context"
	"io"

	"fyne.io/fyne/v2"
)

// What several pages do in the same way, over what Host offers.

// Deed is a command that a page runs in the name of who works here, and says in
// a toast when it is done.
type Deed struct {
	ID, Label, Done string
	Person          func(context.Context) (string, error)
	Run             func(ctx context.Context, person string) error
	// Then follows the toast, on the window's thread: the page loads again.
	Then func()
}

// Do runs a deed off the window's thread.
func Do(h Host, d Deed) {
	h.Run(Action{ID: d.ID, Label: d.Label,
		Run: func(ctx context.Context, _ Progress) error {
			person, err := d.Person(ctx)
			if err != nil {
				return err
			}
			return d.Run(ctx, person)
		},
		Done: func() { h.Toast(Done, d.Done, nil); d.Then() }})
}

// Made is a document that is made when it is opened, saved or printed.
func Made(name string, make func(context.Context) ([]byte, error)) Document {
	return Document{Name: name, Open: func(ctx context.Context) (io.ReadCloser, error) {
		content, err := make(ctx)
		return io.NopCloser(bytes.NewReader(content)), err
	}}
}

// What tells in one sentence what happened; see [Explain].
func What(h Host, err error) string {
	what, _, _ := Explain(h.Lang(), err)
	return what
}

// LayOut shows new contents of a pane. Wrapped texts know their height only once
// they have a width: hence the second time.
func LayOut(h Host, pane *fyne.Container) {
	pane.Refresh()
	h.Schedule(pane.Refresh)
}
