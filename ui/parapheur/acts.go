package parapheur

import (
	"context"
	"errors"
	"fmt"
	"strings"

	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// act runs a command in the person's name and reloads.
func (p *page) act(key string, do func(ctx context.Context, person string) error) {
	p.actThen(key, do, p.next)
}

// next loads the pile again after an act, and goes to what comes next in it.
func (p *page) next() {
	p.done = true
	p.load()
}

func (p *page) actThen(key string, do func(ctx context.Context, person string) error, then func()) {
	shell.Do(p.h, shell.Deed{ID: "parapheur." + key, Label: p.h.Text("parapheur.doing." + key), Done: p.h.Text("parapheur.done." + key), Person: p.o.Person, Run: do, Then: then})
}

// approvable tells the folders of a lot that wait for an approval; transmissible those that
// wait to be transmitted.
func approvable(r parapheur.Row) bool {
	return !r.StepKind.Signs() && !r.StepKind.Hands()
}
func transmissible(r parapheur.Row) bool { return r.StepKind.Hands() }

// doApprove approves what is ticked, or the folder shown.
func (p *page) doApprove() {
	p.doEach("approve", approvable, func(ctx context.Context, person string, f *parapheur.Folder) error {
		return p.o.Desk().Approve(ctx, person, f.ID, "", f.Seen())
	})
}

// doHandOver has what is ticked transmitted, or the folder shown.
func (p *page) doHandOver() {
	if len(p.ticked(transmissible)) < 2 && p.shown.folder.AtReview() {
		p.doReview()
		return
	}
	p.doEach("handover", transmissible, func(ctx context.Context, person string, f *parapheur.Folder) error {
		if f.AtReview() {
			return p.o.SendPrepared(ctx, f.ID)
		}
		return p.o.Desk().HandOver(ctx, person, f.ID, f.Seen())
	})
}

// doEach does an act on each folder that is ticked and fits, or on the one shown.
func (p *page) doEach(key string, fit func(parapheur.Row) bool, do func(ctx context.Context, person string, f *parapheur.Folder) error) {
	ids := p.ticked(fit)
	if len(ids) < 2 {
		f := p.shown.folder
		p.act(key, func(ctx context.Context, person string) error { return do(ctx, person, f) })
		return
	}
	titles := p.titles()
	p.h.Run(shell.Action{ID: "parapheur." + key, Label: p.h.Text("parapheur.doing." + key),
		Run: func(ctx context.Context, progress shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err != nil {
				return err
			}
			var results []parapheur.Result
			for i, id := range ids {
				f, err := p.o.Desk().Folder(ctx, id)
				if err == nil {
					err = do(ctx, person, f)
				}
				results = append(results, parapheur.Result{ID: id, Err: err})
				progress(i+1, len(ids), "")
			}
			return p.outcome(key, titles, len(results), results)
		},
		Failed: p.failed,
		Done: func() {
			p.list.Reset()
			p.h.Toast(shell.Done, p.h.Text("parapheur.done."+key+".lot", "n", len(ids)), nil)
			p.next()
		}})
}

// ticked are the folders of a lot: those that are ticked and wait for the person.
func (p *page) ticked(fit func(parapheur.Row) bool) []string {
	var ids []string
	for _, i := range p.list.Ticked() {
		if i < len(p.rows) && p.rows[i].Mine && fit(p.rows[i]) {
			ids = append(ids, p.rows[i].ID)
		}
	}
	return ids
}

// lotError tells what became of a lot of which some failed.
type lotError struct {
	causes           []error
	what, safe, todo string
}

func (e *lotError) Error() string { return errors.Join(e.causes...).Error() }

func (e *lotError) Unwrap() []error { return e.causes }

func (e *lotError) Explain() (what, safe, todo string) { return e.what, e.safe, e.todo }

// titles are those of the pile shown, by id: taken on the window's thread for who works beside it.
func (p *page) titles() map[string]string {
	titles := map[string]string{}
	for _, r := range p.rows {
		titles[r.ID] = r.Title
	}
	return titles
}

// outcome is nil when the whole lot went well. One that failed leaves the others done.
func (p *page) outcome(deed string, titles map[string]string, of int, results []parapheur.Result) error {
	e := &lotError{safe: p.h.Text("parapheur.lot.safe"), todo: p.h.Text("parapheur.lot.todo")}
	if deed == "check" {
		e.safe, e.todo = p.h.Text("parapheur.lot.check.safe"), p.h.Text("parapheur.lot.check.todo")
	}
	var lines []string
	for _, r := range results {
		if r.Err == nil {
			continue
		}
		e.causes = append(e.causes, fmt.Errorf("folder %s: %w", r.ID, r.Err))
		if len(lines) < 5 { // a panel is no list
			lines = append(lines, p.h.Text("parapheur.lot.line", "title", titles[r.ID], "why", shell.What(p.h, r.Err)))
		}
	}
	if len(e.causes) == 0 {
		return nil
	}
	if of == 1 {
		return results[0].Err
	}
	e.what = p.h.Text("parapheur.lot."+deed, "n", of-len(e.causes), "of", of) + " " + strings.Join(lines, " ")
	return e
}

func (p *page) failed(err error) {
	p.load()
	p.h.Fail(err)
}

func (p *page) doRefuse() { p.askReason("refuse", p.o.Desk().Refuse) }

// askReason asks for the words of an act on the folder shown, then does it.
func (p *page) askReason(key string, do func(ctx context.Context, person, id, reason string) error) {
	id := p.shown.folder.ID
	p.h.Ask(shell.Question{Title: p.h.Text("parapheur." + key + ".title"), Why: p.h.Text("parapheur." + key + ".why"), Placeholder: p.h.Text("parapheur." + key + ".hint"),
		Yes: p.h.Text("parapheur." + key + ".do"), Lines: 3, Required: true, Dangerous: key == "refuse"}, func(reason string) {
		p.act(key, func(ctx context.Context, person string) error { return do(ctx, person, id, reason) })
	})
}

// doReassign asks to whom the step is handed over.
func (p *page) doReassign() {
	v := p.shown
	choice, chosen := p.someone(v, "")
	do := widgets.NewPrimary(p.h.Text("parapheur.reassign.do"), base.ConfirmIcon(), func() {
		to := chosen()
		p.actThen("reassign", func(ctx context.Context, person string) error {
			return p.o.Desk().Reassign(ctx, person, v.folder.ID, to, "")
		}, func() { p.unfill(); p.next() })
	})
	do.Disable()
	choice.OnChanged = func(string) { do.Enable() }
	p.fill(p.h.Text("parapheur.reassign.title"), do, choice)
}

// signLot signs what is ticked, or the folder shown, under one PIN.
func (p *page) signLot() {
	ids := p.ticked(func(r parapheur.Row) bool { return r.StepKind.Signs() })
	if len(ids) < 2 {
		ids = []string{p.shown.folder.ID}
	}
	titles := p.titles()
	type ask struct {
		lot []parapheur.SeenFolder
		Prepared
	}
	shell.Load(p.h, "lot", func(ctx context.Context) (a ask, err error) {
		for _, id := range ids {
			f, err := p.o.Desk().Folder(ctx, id)
			if err != nil {
				return a, err
			}
			a.lot = append(a.lot, parapheur.SeenFolder{ID: id, Seen: f.Seen()})
		}
		if a.Prepared, err = p.o.Prepare(ctx, a.lot); err != nil {
			return a, err
		}
		return a, p.outcome("check", titles, len(a.lot), a.Failed)
	}, func(a ask) { p.askPIN(a.lot, a.Prepared) })
}

func (p *page) askPIN(lot []parapheur.SeenFolder, key Prepared) {
	what, titles := p.h.Text("parapheur.pin", "n", len(lot)), p.titles()
	sign := func(pin []byte) {
		var results []parapheur.Result
		p.h.Run(shell.Action{ID: "parapheur.sign", Label: p.h.Text("parapheur.doing.sign"),
			Run: func(ctx context.Context, progress shell.Progress) (err error) {
				if results, err = p.o.Sign(ctx, lot, pin, progress); err != nil {
					return err
				}
				return p.outcome("sign", titles, len(results), results)
			},
			Failed: p.failed,
			Done: func() {
				p.list.Reset()
				p.h.Toast(shell.Done, p.h.Text("parapheur.done.sign", "n", len(results)), nil)
				p.next()
			}})
	}
	if key.ByItself {
		p.h.Ask(shell.Question{Title: what, Why: p.h.Text("parapheur.pin.itself", "token", key.Token), Yes: p.h.Text("parapheur.pin.yes"), Plain: true}, func(string) { sign(nil) })
		return
	}
	p.h.AskPIN(shell.PINRequest{Token: key.Token, What: what, TriesLeft: key.Tries}, sign)
}
