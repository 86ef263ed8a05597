// Package desk is the desktop program: it opens the office, builds the window
// and shows it.
package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/logbook"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/opengl"
	"alpi40.fr/airial/cmd/internal/provision"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/ui/circuits"
	"alpi40.fr/airial/ui/civilstatus"
	"alpi40.fr/airial/ui/copies"
	"alpi40.fr/airial/ui/council"
	"alpi40.fr/airial/ui/door"
	"alpi40.fr/airial/ui/exchanges"
	"alpi40.fr/airial/ui/help"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/legality"
	"alpi40.fr/airial/ui/mail"
	"alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/people"
	"alpi40.fr/airial/ui/practice"
	"alpi40.fr/airial/ui/publication"
	"alpi40.fr/airial/ui/registers"
	"alpi40.fr/airial/ui/services"
	"alpi40.fr/airial/ui/settings"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/desktop"
	"alpi40.fr/airial/ui/sitting"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/vault"
	"alpi40.fr/airial/ui/widgets"
)

// Main runs the program and gives its exit code.
func Main(ctx context.Context, args []string, out, fault io.Writer) int {
	f := flag.NewFlagSet("airial", flag.ContinueOnError)
	f.SetOutput(fault)
	f.Usage = func() {
		fmt.Fprint(fault, "airial : le bureau de la mairie.\n\nUtilisation : airial [options] [FICHIER… | LIEN airial: | MISE-EN-SERVICE.airial]\n\nOptions :\n")
		f.PrintDefaults()
	}
	playing := f.Bool("demo", false, "ouvre la commune de démonstration, avec son serveur")
	shots := f.String("screenshots", "", "dossier où photographier chaque page, puis quitter")
	safe := f.Bool("safe", false, "mode de secours : vérifie et répare avant d’ouvrir")
	software := f.Bool(opengl.Software, false, "dessine sans la carte graphique")
	version := f.Bool("version", false, "dit la version")
	if err := f.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *version {
		fmt.Fprintln(out, "airial", office.Version)
		return 0
	}
	switch elsewhere, err := opengl.Settle(*software, args); {
	case err != nil:
		fmt.Fprintln(fault, "airial :", err)
		return 1
	case elsewhere:
		return 0
	}
	var play script
	if *shots != "" {
		play = func(ctx context.Context, d *desk) error { return d.photograph(ctx, *shots) }
	}
	e := &entrance{out: out, now: time.Now, demo: openDemo, alone: play != nil, greets: play == nil}
	var book *logbook.Logbook
	end := func(err error) (code int) {
		if err != nil {
			slog.Error("airial ends", "error", err.Error())
			fmt.Fprintln(fault, "airial :", err)
			code = 1
		}
		if book != nil {
			if err := book.Close(); err != nil {
				fmt.Fprintln(fault, "airial :", err)
			}
		}
		return code
	}
	e.abandon = func(err error) { os.Exit(end(err)) }
	if !*playing && play == nil {
		if first := e.prepare(ctx, f.Args()); !first {
			return 0
		}
		book = keepLog(fault)
		e.crash, e.came = book.Crash, book.Came
		switch {
		case *safe:
			e.safe = "door.safe.why"
		case book.Starts >= sudden:
			e.safe = "door.safe.twice"
		}
	}
	return end(open(ctx, e, *playing, play))
}

// sudden is how many starts in a row that did not come to a working window have the safe mode shown.
const sudden = 2

// script is played on the window, which closes at its end; it runs beside the
// window's thread. nil: a person works.
type script func(ctx context.Context, d *desk) error

// opened is what is closed at the end.
type opened struct {
	seats  []*window.Seat
	closes []func() error
}

func (o *opened) close() error {
	if o == nil {
		return nil
	}
	var errs []error
	for i := len(o.closes) - 1; i >= 0; i-- {
		errs = append(errs, o.closes[i]())
	}
	return errors.Join(errs...)
}

// keepLog has the program's log, and the report of a sudden stop, kept on this computer.
func keepLog(fault io.Writer) *logbook.Logbook {
	dir, err := logbook.Folder()
	if err != nil {
		dir = filepath.Join(os.TempDir(), "airial-logs")
	}
	book, err := logbook.Open(dir, office.Version, time.Now(), fault)
	slog.SetDefault(book.Log)
	if err != nil {
		slog.Warn("keeping the log", "error", err.Error())
	}
	return book
}

// prepare reads what was decided for this computer and what this start is asked; false when the window that is open
// already took it.
func (e *entrance) prepare(ctx context.Context, args []string) (first bool) {
	a, file := arguments(args)
	if e.instance, first = onlyWindow(ctx, a); !first {
		return false
	}
	e.asked = a
	e.provision, e.trouble = provision.Read()
	if file != "" && e.trouble == nil {
		var given provision.Provision
		if given, e.trouble = provision.OpenFile(file, provision.Key, e.now()); e.trouble == nil {
			e.provision = given
		}
	}
	e.trouble = errors.Join(e.trouble, e.provision.UseProxy())
	return true
}

// copying is Fyne's app with a clipboard that keeps texts without the cuts of their lines: what one selects with the mouse is
// copied by Fyne itself, through the app.
type copying struct{ fyne.App }

func (c copying) Clipboard() fyne.Clipboard { return widgets.UncutClipboard(c.App.Clipboard()) }

// open shows the window and what is at its entrance, until it is closed.
func open(ctx context.Context, e *entrance, playing bool, play script) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	collect := hoard()
	a := app.NewWithID("fr.alpi40.airial")
	fyne.SetCurrentApp(copying{a})
	a.SetIcon(theme.Emblem())
	temp, erase, err := handouts(e.instance != nil)
	if err != nil {
		return err
	}
	go erase() // beside the start, which may find gigabytes
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	renderer := pageimage.New(ctx, filepath.Join(cache, "airial", "pages"), rand.Reader)
	d := newDesk(a, renderer, temp, e.now)
	language := lang.InFrench
	if e.safe == "" {
		language = lang.Language(a.Preferences().StringWithFallback("look.language", string(lang.InFrench)))
	} else { // a setting of the display may be what is wrong
		d.look.Apply(string(theme.Auto), string(theme.Normal))
	}
	d.onSat, d.later, d.crash, d.entrance = e.onSat, []asked{e.asked}, e.crash, e
	// What draws is loaded by the program's first thread, while what is drawn is made beside it: each is half of a start.
	words := sync.OnceValues(func() (*lang.Catalogue, error) { return lang.In(language) })
	came, ended := make(chan []*window.Seat, 1), make(chan error, 1)
	go func() {
		defer stop()
		ended <- e.hold(ctx, words, playing, came)
	}()
	framed, furnished := make(chan struct{}), make(chan error, 1)
	go func() {
		readFonts()
		<-framed
		furnished <- d.furnish(ctx, words, playing, came)
	}()
	d.frame()
	e.w = d.w // read on the window's thread alone
	close(framed)
	opengl.Warm()
	if err := <-furnished; err != nil {
		return err
	}
	if e.instance != nil {
		go e.instance.hear(ctx, d.again)
	}
	d.thread.loop()
	// Once the first pages are drawn: compiling takes all the processor there is.
	warm := time.AfterFunc(settling, func() {
		collect()
		renderer.Warm()
	})
	defer warm.Stop()
	context.AfterFunc(ctx, func() { fyne.Do(d.w.Close) })
	started := make(chan struct{})
	a.Lifecycle().SetOnStarted(func() {
		d.fit()
		close(started)
	})
	played := make(chan error, 1)
	if play != nil {
		go func() {
			<-started
			fyne.DoAndWait(d.fill)
			played <- play(ctx, d)
			fyne.Do(func() { d.w.SetCloseIntercept(nil); d.w.Close() })
		}()
	}
	finish := sync.OnceValue(func() error {
		stop()
		err := <-ended
		if errors.Is(err, context.Canceled) {
			err = nil // the person closed the window at the door
		}
		if play != nil {
			err = errors.Join(err, <-played)
		}
		select {
		case <-d.sat:
			d.unlit()
		default: // nobody came to the desk
		}
		return errors.Join(err, renderer.Close(), os.RemoveAll(temp))
	})
	closed, returned := make(chan struct{}), make(chan struct{})
	d.w.SetOnClosed(func() { close(closed) })
	go func() {
		<-closed
		select {
		case <-returned:
		case <-time.After(lingering):
			slog.Warn("the window's loop did not end")
			e.abandon(finish())
		}
	}()
	d.w.ShowAndRun()
	close(returned)
	return finish()
}

// hoarded bounds what a start may use without any memory being collected, in bytes.
const hoarded = 256 << 20

// hoard has no memory collected, a tenth of what a start takes, until collect is called; a start gives little of it back.
func hoard() (collect func()) {
	percent, limit := debug.SetGCPercent(-1), debug.SetMemoryLimit(hoarded)
	return func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
		debug.FreeOSMemory()
	}
}

// readFonts has Fyne read the fonts of the theme, which it does as they are measured first.
func readFonts() {
	for _, weight := range []fyne.TextStyle{{}, {Bold: true}} {
		fyne.MeasureText(" ", 1, weight)
	}
}

// furnish puts into the window, which is not shown yet, the desk or, where that takes too long, a word that it is opening. Until it
// has returned it is the window's thread.
func (d *desk) furnish(ctx context.Context, words func() (*lang.Catalogue, error), playing bool, came <-chan []*window.Seat) (err error) {
	if d.text, err = words(); err != nil {
		return err
	}
	d.w.SetTitle(d.text.Text("shell.title"))
	select {
	case seats := <-came: // the first frame is the desk's
		d.sit(ctx, seats)
		d.thread.work(d.shell.Loading, patience)
	case <-time.After(patience):
		opening := "door.opening"
		if playing {
			opening = "door.demo"
		}
		d.w.SetContent(door.Wait(d.text, opening).Content)
		go func() {
			select {
			case seats := <-came:
				fyne.Do(func() { d.sit(ctx, seats) })
			case <-ctx.Done():
			}
		}()
	}
	return nil
}

// handouts makes the private folder for what other programs are given: opened, printed, dragged out. In the one window of a person,
// erase does so with what a former start could not: its program was killed, or another one held a file.
func handouts(only bool) (dir string, erase func(), err error) {
	pattern, left := "airial-", []string(nil)
	if only {
		pattern = "airial-open-"
		if left, err = filepath.Glob(filepath.Join(os.TempDir(), pattern+"*")); err != nil {
			slog.Info("looking for private copies of a former start", "error", err.Error())
		}
	}
	if dir, err = os.MkdirTemp("", pattern); err != nil {
		return "", nil, fmt.Errorf("making a folder for what other programs are given: %w", err)
	}
	return dir, func() {
		for _, former := range left {
			if err := os.RemoveAll(former); err != nil {
				slog.Info("erasing private copies of a former start", "error", err.Error())
			}
		}
	}, nil
}

// lingering is how long the window's loop may take to end once the window is closed. Fyne 2.8.0 waits for ever, now and then, for
// what it runs when it stops (it was queued while the loop emptied its queue for the last time); the program would stay, unseen, and
// be the one that later starts are handed to.
const lingering = 5 * time.Second

// patience is how long the window waits to be shown with the desk in it rather than with a word that it is opening.
const patience = 150 * time.Millisecond

// settling is how long the window is left to draw itself before what may wait begins.
const settling = time.Second

// hold keeps what is opened until ctx ends; came is told the seats.
func (e *entrance) hold(ctx context.Context, words func() (*lang.Catalogue, error), playing bool, came chan<- []*window.Seat) (err error) {
	if e.text, err = words(); err != nil {
		return err
	}
	o, err := e.enter(ctx, playing)
	if err != nil {
		return err
	}
	if e.quiet {
		o.rest(ctx)
	} else {
		o.start(ctx)
	}
	came <- o.seats
	<-ctx.Done()
	return o.close()
}

// start begins what goes on by itself at each seat.
func (o *opened) start(ctx context.Context) {
	for _, s := range o.seats {
		if err := s.Office.LoadTrust(ctx); err != nil {
			// A damaged package is done without; the settings tell that there is none.
			slog.Info("reading the trust package", "error", err.Error())
		}
		if _, err := s.Office.Catalogue(ctx); err != nil {
			slog.Info("reading the catalogue of services", "error", err.Error())
		}
		s.Hall.Start(ctx)
	}
}

// rest has nothing go on by itself.
func (o *opened) rest(ctx context.Context) {
	for _, s := range o.seats {
		s.Hall.Quiet(ctx)
	}
}

// openDemo makes the demonstration commune anew, in a folder of its own. Its present is now.
func openDemo(ctx context.Context, out io.Writer, now func() time.Time) (*opened, error) {
	o, _, err := openTown(ctx, out, now, nil, slog.New(slog.DiscardHandler))
	return o, err
}

// openTown gives the demonstration's surroundings too; its computers have a keyring unless it is nil.
func openTown(ctx context.Context, out io.Writer, now func() time.Time, ring keys.Keyring, log *slog.Logger) (o *opened, town *demo.Town, err error) {
	o = &opened{}
	dir, err := os.MkdirTemp("", "airial-demonstration-")
	if err != nil {
		return o, nil, fmt.Errorf("making the demonstration's folder: %w", err)
	}
	o.closes = append(o.closes, func() error { return os.RemoveAll(dir) })
	clock := demo.NewClock(now)
	town, err = demo.Open(ctx, dir, clock.Now, rand.Reader, log)
	if err != nil {
		return o, town, err
	}
	town.Keyring = ring
	o.closes = append(o.closes, town.Close)
	if err := town.Agency(ctx, now()); err != nil {
		return o, town, err
	}
	for _, l := range []struct{ name, label, person, title, holder string }{
		{"secretariat", "Ordinateur du secrétariat", demo.Secretary, "Saint-Airial-des-Pins — secrétariat", "Ève EXEMPLE"},
		{"maire", "Portable du maire", demo.Mayor, "Saint-Airial-des-Pins — maire", "Maïté FICTIVE"},
	} {
		installation, hall, err := town.Laptop(ctx, l.name, l.label, l.person)
		if err != nil {
			return o, town, err
		}
		o.closes = append(o.closes, installation.Close)
		key, err := town.Token(ctx, l.holder, true)
		if err != nil {
			return o, town, fmt.Errorf("preparing a token: %w", err)
		}
		o.seats = append(o.seats, &window.Seat{Name: l.title, Office: installation, Hall: hall, Token: key})
	}
	if err := demo.Settle(ctx, o.seats[0].Hall); err != nil {
		return o, town, err
	}
	if err := o.meet(ctx); err != nil {
		return o, town, err
	}
	if err := demo.Past(ctx, o.seats[0].Hall, clock); err != nil {
		return o, town, err
	}
	for _, s := range o.seats {
		if _, err := s.Hall.Exchange(ctx); err != nil {
			return o, town, err
		}
	}
	// The mayor's laptop opens first: there is something to sign.
	o.seats[0], o.seats[1] = o.seats[1], o.seats[0]
	fmt.Fprintf(out, "Commune de démonstration, tout y est imaginaire. Code PIN des clés : %s\n", demo.PIN)
	return o, town, nil
}

// meet has each laptop know whose the others are, so that spaces of the vault are shared with them.
func (o *opened) meet(ctx context.Context) error {
	var errs []error
	for _, s := range o.seats {
		person, err := s.Hall.Person(ctx)
		if err == nil {
			_, err = s.Hall.Exchange(ctx)
		}
		if err == nil {
			err = s.Hall.Vault.Hold(ctx, person)
		}
		errs = append(errs, err)
	}
	for _, i := range []int{1, 0} {
		_, err := o.seats[i].Hall.Exchange(ctx)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// look changes the window's colours and text size.
type look struct {
	app     fyne.App
	restyle func()
}

func (l *look) Apply(mode, size string) {
	l.app.Settings().SetTheme(theme.New(theme.Mode(mode), theme.TextSize(size), theme.Fonts{}))
	l.restyle()
}

// desk is the program's one window.
type desk struct {
	w        fyne.Window
	look     *look
	text     *lang.Catalogue
	renderer *pageimage.Renderer
	temp     string // a folder for what other programs are given
	now      func() time.Time
	thread   *thread

	// sat is closed once shell and seats are there.
	sat   chan struct{}
	onSat func(*desk) // for who measures; nil: nothing
	shell *shell.Shell
	seats []*window.Seat
	later []asked // what was asked before the shell was there
	crash string  // the report of the sudden stop that came before

	entrance *entrance // nil for who measures
	unlit    func()    // takes the icon beside the clock away
}

func newDesk(a fyne.App, renderer *pageimage.Renderer, temp string, now func() time.Time) *desk {
	d := &desk{renderer: renderer, temp: temp, now: now, thread: newThread(), sat: make(chan struct{}), unlit: func() {}, look: &look{app: a, restyle: func() {}}}
	d.look.Apply(a.Preferences().StringWithFallback("look.mode", string(theme.Auto)), a.Preferences().StringWithFallback("look.size", string(theme.Normal)))
	return d
}

// frame makes the window, empty, on the program's first thread.
func (d *desk) frame() {
	d.w = d.look.app.NewWindow("")
	d.w.SetMaster()
	d.w.SetPadded(false)
	d.w.Resize(shell.Size(preferences{d.look.app.Preferences()}))
}

// sit puts the shell in the window; it runs on the window's thread.
func (d *desk) sit(ctx context.Context, seats []*window.Seat) {
	room := window.NewRoom(seats, d.renderer, d.now)
	d.seats = seats
	system := desktop.New(d.temp)
	room.Opens(system.Open)
	quiet := d.entrance != nil && d.entrance.quiet
	if !quiet {
		room.WatchFolders()
	}
	d.shell = shell.New(ctx, shell.Config{
		Window: d.w, Text: d.text, Sync: room, Company: room, Exchanges: shell.Route{Page: exchanges.Name}, Changes: room, Authorities: room.Authorities(), Search: room, System: system, Help: help.For,
		Preferences: preferences{d.look.app.Preferences()}, Now: d.now, Schedule: d.thread.do,
		Entries: []shell.Entry{
			home.Entry(room), parapheur.Entry(room),
			council.Entry(room), under(council.Name, sitting.Entry(room)), under(council.Name, registers.Entry(room)), under(council.Name, legality.Entry(room)), under(council.Name, publication.Entry(room.Publication())),
			civilstatus.Entry(room), under(civilstatus.Name, copies.Entry(room)), under(civilstatus.Name, practice.Entry(room)),
			vault.Entry(room), mail.Entry(room), services.Entry(room), people.Entry(room), circuits.Entry(room), exchanges.Entry(room.Exchanges()), d.guide(), settings.Entry(room.Settings(), d.look),
		},
	})
	d.look.restyle = d.shell.Restyle
	for _, a := range d.later {
		d.take(a)
	}
	d.later = nil
	if d.entrance != nil && d.entrance.greets && !quiet && d.crash == "" && d.entrance.asked.empty() {
		d.greet(preferences{d.look.app.Preferences()})
	}
	if d.crash != "" {
		d.shell.Tell(&explain.Told{Cause: errors.New(d.crash), What: d.text.Text("desk.crash"), Safe: d.text.Text("desk.crash.safe"), Todo: d.text.Text("desk.crash.todo")})
	}
	if quiet {
		d.shell.Notice(shell.Waiting, d.text.Text("desk.quiet"))
	}
	if d.entrance != nil && d.entrance.came != nil {
		came := d.entrance.came
		time.AfterFunc(working, came)
	}
	d.remind(room)
	if d.entrance != nil && !d.entrance.alone {
		d.unlit = d.beside(ctx, room)
	}
	if d.onSat != nil {
		d.onSat(d)
	}
	close(d.sat)
}

// working is how long the window stands before its start is held to have come to its end.
const working = 10 * time.Second

// under places a page under another in the rail.
func under(page shell.PageName, e shell.Entry) shell.Entry {
	e.Under = page
	return e
}

// fit keeps the window within the screen: a size kept on a large one, or the first one, may not be for this one.
func (d *desk) fit() {
	room, now := d.room(desktop.Frame), d.w.Canvas().Size()
	if room.Width > 0 && (now.Width > room.Width || now.Height > room.Height) {
		d.w.Resize(fyne.NewSize(min(now.Width, room.Width), min(now.Height, room.Height)))
	}
}

// fill gives the window all of a screen on which nothing surrounds it.
func (d *desk) fill() {
	if room := d.room(0); room.Width > 0 {
		d.w.Resize(room)
	}
}

// room is how large the window can be, in Fyne's units, with a frame around it; nothing where the screen does not say.
func (d *desk) room(frame int) fyne.Size {
	width, height := desktop.Screen()
	scale := d.w.Canvas().Scale()
	return fyne.NewSize(float32(width)/scale, float32(max(0, height-frame))/scale)
}

// seated waits for the desk to be there.
func (d *desk) seated(ctx context.Context) error {
	select {
	case <-d.sat:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// settled is how long a page may take to load and draw before it is photographed.
const settled = 4 * time.Second

func (d *desk) photograph(ctx context.Context, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the folder of the photographs: %w", err)
	}
	if err := d.seated(ctx); err != nil {
		return err
	}
	for _, page := range []shell.PageName{home.Name, parapheur.Name, council.Name, sitting.Name, registers.Name, legality.Name, publication.Name, civilstatus.Name, copies.Name, practice.Name,
		vault.Name, mail.Name, services.Name, people.Name, circuits.Name, exchanges.Name, help.Name, settings.Name} {
		// Waits for the window to be there, on a slow machine too.
		fyne.DoAndWait(func() { d.shell.Go(shell.Route{Page: page}) })
		select {
		case <-time.After(settled):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := shoot(ctx, filepath.Join(dir, string(page)+".png")); err != nil {
			return fmt.Errorf("photographing %s: %w", page, err)
		}
	}
	return d.wordless()
}

// wordless tells the texts that the window asked for and does not have.
func (d *desk) wordless() error {
	if keys := d.text.Unknown(); len(keys) > 0 {
		return fmt.Errorf("no text for %s", strings.Join(keys, ", "))
	}
	return nil
}

// shoot photographs the screen itself: what the person sees, as ImageMagick takes it.
func shoot(ctx context.Context, path string) error {
	out, err := exec.CommandContext(ctx, "import", "-window", "root", path).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// preferences are Fyne's, in the shape the shell wants.
type preferences struct{ fyne.Preferences }

func (p preferences) Float(key string, fallback float64) float64 {
	return p.FloatWithFallback(key, fallback)
}
func (p preferences) String(key, fallback string) string  { return p.StringWithFallback(key, fallback) }
func (p preferences) Bool(key string, fallback bool) bool { return p.BoolWithFallback(key, fallback) }
