package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/authority/cog"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/ui/door"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/desktop"
)

// entrance is what a person goes through from the window's appearing to her desk.
// Its methods run beside the window's thread.
type entrance struct {
	w    fyne.Window
	text *lang.Catalogue
	out  io.Writer
	now  func() time.Time
	// demo opens the demonstration commune.
	demo func(ctx context.Context, out io.Writer, now func() time.Time) (*opened, error)
	// keyring is the computer's; nil: that of the system.
	keyring keys.Keyring
	// alone is set where nobody answers: what does not open is an error.
	alone bool
	// greets: a person sits down, who is shown round.
	greets bool
	onSat  func(*desk)
	// abandon ends the program from beside the window's thread, when that one does not come back.
	abandon func(error)
	// provision is what was decided for this computer; what could not be read of it is told at the door.
	provision provision.Provision
	// asked is what the program was started for; instance hears what later starts are.
	asked    asked
	instance *instance
	crash    string // the report of the sudden stop that came before
	// safe is why the safe mode is shown first (a key of ui/lang), empty for not; quiet, that the person opened without exchanges.
	safe  string
	quiet bool
	came  func()         // tells that the start came to a working window; nil: nobody counts
	held  *office.Office // what the safe mode has opened already
	// trouble is what the last answer met, told on the next screen.
	trouble error
}

// ask shows a form and waits for its answer.
func ask[T any](ctx context.Context, e *entrance, form func(trouble error, answer func(T)) door.Form) (T, error) {
	if e.alone {
		var none T
		return none, errors.Join(errNobody, e.trouble)
	}
	answers := make(chan T, 1)
	trouble := explain.Error(e.trouble)
	if e.trouble = nil; trouble != nil {
		slog.Info("at the entrance", "error", trouble.Error())
	}
	fyne.Do(func() {
		e.show(form(trouble, func(v T) {
			select {
			case answers <- v:
				e.show(door.Wait(e.text, "door.opening"))
			default: // answered already
			}
		}))
	})
	select {
	case v := <-answers:
		return v, nil
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// show puts a screen in the window, on its thread.
func (e *entrance) show(f door.Form) {
	e.w.SetContent(f.Content)
	if f.First != nil {
		e.w.Canvas().Focus(f.First)
	}
}

// enter opens what this computer was joined to, or the demonstration, for as long
// as somebody stands at the door.
func (e *entrance) enter(ctx context.Context, playing bool) (*opened, error) {
	for {
		var o *opened
		var err error
		if playing {
			o, err = e.demo(ctx, e.out, e.now)
		} else if e.safe != "" {
			err = e.shelter(ctx)
		}
		if !playing && err == nil {
			o, err = e.installed(ctx)
		}
		if err == nil {
			return o, nil
		}
		err = errors.Join(err, o.close())
		switch {
		case ctx.Err() != nil || e.alone:
			return nil, err
		case errors.Is(err, errTry):
			playing = true
			fyne.Do(func() { e.show(door.Wait(e.text, "door.demo")) })
			continue
		}
		e.trouble = err
		if err := e.failed(ctx); err != nil {
			return nil, err
		}
	}
}

var (
	errNobody  = errors.New("nobody is there to answer")
	errTry     = errors.New("the demonstration is asked for")
	errRecover = errors.New("the recovery sheet is asked for")
)

// failed tells why nothing opens, until the person tries again or has used her recovery sheet.
func (e *entrance) failed(ctx context.Context) error {
	trouble := e.trouble
	o, err := e.options()
	if err != nil {
		return errors.Join(trouble, err)
	}
	const again, safe, sheet = 0, 1, 2
	way, err := ask(ctx, e, func(trouble error, answer func(int)) door.Form {
		return door.Failed(e.text, trouble, func() { answer(again) }, func() { answer(safe) }, func() { answer(sheet) })
	})
	switch {
	case err != nil:
		return err
	case way == safe:
		e.safe = "door.safe.damaged"
	case way == sheet:
		return e.recover(ctx, o)
	}
	return nil
}

// installed opens the authorities of this computer; without any, it is joined to one.
func (e *entrance) installed(ctx context.Context) (*opened, error) {
	o := &opened{}
	installation, err := e.office(ctx)
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, installation.Close)
	ids, err := installation.Authorities()
	if err != nil {
		return o, err
	}
	if len(ids) == 0 {
		id, err := e.join(ctx, installation)
		if err != nil {
			return o, err
		}
		ids = []string{id}
	}
	for _, id := range ids {
		hall, err := installation.Hall(ctx, id)
		if err != nil {
			return o, err
		}
		name, err := e.settle(ctx, hall)
		if err != nil {
			return o, err
		}
		o.seats = append(o.seats, &window.Seat{Name: name, Office: installation, Hall: hall})
	}
	return o, nil
}

func (e *entrance) options() (office.Options, error) {
	dir, err := office.Folder()
	if err != nil {
		return office.Options{}, err
	}
	ring := e.keyring
	if ring == nil {
		ring = keys.System()
	}
	return office.Options{
		Explain: explain.Words,
		Dir:     dir, Keyring: ring, Now: e.now, Rand: rand.Reader, Log: slog.Default(),
		Passphrase: func(ctx context.Context) ([]byte, error) { return e.passphrase(ctx, !keys.Created(dir)) },
	}, nil
}

// office opens the installation, asking for the passphrase until it is right.
func (e *entrance) office(ctx context.Context) (*office.Office, error) {
	if held := e.held; held != nil {
		e.held = nil
		return held, nil
	}
	o, err := e.options()
	if err != nil {
		return nil, err
	}
	for {
		opened, err := office.Open(ctx, o)
		switch {
		case errors.Is(err, errRecover):
			if err := e.recover(ctx, o); err != nil {
				return nil, err
			}
		case errors.Is(err, keys.ErrWrongPassphrase), errors.Is(err, keys.ErrShortPassphrase):
			e.trouble = err
		default:
			return opened, err
		}
	}
}

// passphrase asks for the passphrase that opens, or for a fresh one. Error:
// errRecover when the person would rather use her recovery sheet.
func (e *entrance) passphrase(ctx context.Context, fresh bool) ([]byte, error) {
	phrase, err := ask(ctx, e, func(trouble error, answer func([]byte)) door.Form {
		return door.Passphrase(e.text, fresh, keys.MinPassphrase, trouble, answer, func() { answer(nil) })
	})
	if err == nil && phrase == nil {
		err = errRecover
	}
	return phrase, err
}

// recover takes the code of the recovery sheet, until it is right or the person gives up.
func (e *entrance) recover(ctx context.Context, o office.Options) error {
	code := ""
	for {
		given, err := ask(ctx, e, func(trouble error, answer func(string)) door.Form {
			return door.Recover(e.text, code, trouble, answer, func() { answer("") })
		})
		if err != nil || given == "" {
			return err
		}
		// The keyring failed, or the passphrase is lost: a fresh one is asked for.
		o.Passphrase = func(ctx context.Context) ([]byte, error) { return e.passphrase(ctx, true) }
		err = office.Recover(ctx, o, given)
		if err == nil || errors.Is(err, errRecover) {
			return nil
		}
		code, e.trouble = given, err
	}
}

// join joins this computer to an authority. Error: errTry.
func (e *entrance) join(ctx context.Context, o *office.Office) (id string, err error) {
	name, err := os.Hostname()
	if err != nil {
		name = ""
	}
	j := door.Joining{Server: e.provision.Server, Code: e.provision.Code, Computer: name}
	for silent := e.provision.Joins() && name != ""; ; silent = false {
		if !silent {
			j, err = ask(ctx, e, func(trouble error, answer func(door.Joining)) door.Form {
				return door.Join(e.text, j, trouble, answer)
			})
		}
		switch {
		case err != nil:
			return "", err
		case j.Try:
			return "", errTry
		case j.File:
			if j, e.trouble = e.provisioned(ctx, j); e.trouble != nil || j.Code == "" {
				continue
			}
		}
		server, authority := client.Server{URL: j.Server}, ""
		if j.Server == e.provision.Server {
			server, authority = e.provision.Of(), e.provision.Authority
		}
		hall, err := o.EnrolIn(ctx, server, authority, j.Code, j.Computer)
		if err == nil {
			// What others wrote, when the server still answers; else it comes later.
			if _, err := hall.Sync.Once(ctx); err != nil {
				slog.Warn("the first exchange", "error", err.Error())
			}
			return hall.ID(), nil
		}
		e.trouble = err
	}
}

// provisioned takes what a provisioning file says. A person who gives up choosing it is where she was.
func (e *entrance) provisioned(ctx context.Context, j door.Joining) (door.Joining, error) {
	j.File, j.Code = false, ""
	paths, err := desktop.New("").Pick(ctx, shell.Files{Title: e.text.Text("door.file"), Extensions: []string{provision.Extension}})
	if err != nil || len(paths) == 0 {
		return j, err
	}
	p, err := provision.OpenFile(paths[0], provision.Key, e.now())
	if err != nil {
		return j, err
	}
	e.provision = p
	j.Server, j.Code = p.Server, p.Code
	return j, p.UseProxy()
}

// settle makes sure that the authority is described and that one knows who works
// here; it gives the authority's name.
func (e *entrance) settle(ctx context.Context, h *office.Hall) (name string, err error) {
	a, err := h.Authority(ctx)
	if errors.Is(err, store.ErrNotFound) {
		if err := e.found(ctx, h); err != nil {
			return "", err
		}
		a, err = h.Authority(ctx)
	}
	if err != nil {
		return "", err
	}
	person, err := h.Person(ctx)
	if err == nil && person == "" {
		err = e.who(ctx, h)
	}
	return a.Short, err
}

// found describes an authority that nobody described yet, with its first person.
func (e *entrance) found(ctx context.Context, h *office.Hall) (err error) {
	cog.Prepare()
	f := door.Founding{SIREN: h.ID()}
	for {
		f, err = ask(ctx, e, func(trouble error, answer func(door.Founding)) door.Form {
			return door.Found(e.text, f, trouble, answer)
		})
		if err != nil {
			return err
		}
		if e.trouble = e.describe(ctx, h, f); e.trouble == nil {
			return nil
		}
	}
}

func (e *entrance) describe(ctx context.Context, h *office.Hall, f door.Founding) error {
	population, err := strconv.Atoi(f.Population)
	if err != nil || population < 0 {
		return &rule.Refusal{Why: e.text.Text("door.found.number"), Cure: e.text.Text("door.found.number.do")}
	}
	first := authority.NewSecretary(f.Civility, f.FirstName, f.LastName)
	if f.Mayor {
		first = authority.NewMayor(f.Civility, f.FirstName, f.LastName)
	}
	first.Since = authority.DayOf(e.now())
	id, err := h.People.Found(ctx, authority.NewAuthority(f.Kind, h.ID(), f.Name, f.Place, f.INSEE, population), authority.Serving(f.Kind, first))
	if err != nil {
		return err
	}
	return h.SetPerson(ctx, id)
}

// who asks who works at this computer.
func (e *entrance) who(ctx context.Context, h *office.Hall) error {
	all, _, err := h.People.Everyone(ctx)
	if err != nil {
		return fmt.Errorf("listing who may work here: %w", err)
	}
	var people []door.Person
	today := authority.DayOf(e.now())
	for _, p := range all {
		if p.In(today) {
			people = append(people, door.Person{ID: p.ID, Name: p.Name(), Title: p.Title})
		}
	}
	id, err := ask(ctx, e, func(trouble error, answer func(string)) door.Form {
		return door.Who(e.text, people, trouble, answer)
	})
	if err != nil {
		return err
	}
	return h.SetPerson(ctx, id)
}
