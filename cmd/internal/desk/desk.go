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
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/ui/civilstatus"
	"alpi40.fr/airial/ui/council"
	"alpi40.fr/airial/ui/home"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/settings"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/desktop"
	"alpi40.fr/airial/ui/theme"
)

// Main runs the program and gives its exit code.
func Main(ctx context.Context, args []string, out, fault io.Writer) int {
	f := flag.NewFlagSet("airial", flag.ContinueOnError)
	f.SetOutput(fault)
	f.Usage = func() {
		fmt.Fprint(fault, "airial : le bureau de la mairie.\n\nOptions :\n")
		f.PrintDefaults()
	}
	playing := f.Bool("demo", false, "ouvre la commune de démonstration, avec son serveur")
	shots := f.String("screenshots", "", "dossier où photographier chaque page, puis quitter")
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
	var play script
	if *shots != "" {
		play = func(ctx context.Context, s *shell.Shell, _ fyne.Window, _ []*window.Seat) error {
			return photograph(ctx, s, *shots)
		}
	}
	if err := run(ctx, *playing, play, out); err != nil {
		fmt.Fprintln(fault, "airial :", err)
		return 1
	}
	return 0
}

// script is played on the window once it is there, which closes at its end; it
// runs beside the window's thread. nil: a person works.
type script func(ctx context.Context, s *shell.Shell, w fyne.Window, seats []*window.Seat) error

// opened is what is closed at the end.
type opened struct {
	seats  []*window.Seat
	closes []func() error
}

func (o *opened) close() error {
	var errs []error
	for i := len(o.closes) - 1; i >= 0; i-- {
		errs = append(errs, o.closes[i]())
	}
	return errors.Join(errs...)
}

func run(ctx context.Context, playing bool, play script, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	renderer := pageimage.Start(ctx, filepath.Join(cache, "airial", "pages"), rand.Reader)
	open := openInstalled
	if playing {
		open = openDemo
	}
	o, err := open(ctx, out)
	if err != nil {
		return errors.Join(err, o.close(), renderer.Close())
	}
	for _, s := range o.seats {
		s.Hall.Start(ctx)
	}
	temp, err := os.MkdirTemp("", "airial-")
	if err == nil {
		err = show(ctx, o.seats, renderer, temp, play)
	}
	stop()
	return errors.Join(err, o.close(), renderer.Close(), os.RemoveAll(temp))
}

// openDemo makes the demonstration commune anew, in a folder of its own.
func openDemo(ctx context.Context, out io.Writer) (*opened, error) {
	o := &opened{}
	dir, err := os.MkdirTemp("", "airial-demonstration-")
	if err != nil {
		return o, fmt.Errorf("making the demonstration's folder: %w", err)
	}
	o.closes = append(o.closes, func() error { return os.RemoveAll(dir) })
	clock := demo.NewClock(time.Now)
	town, err := demo.Open(ctx, dir, clock.Now, rand.Reader, slog.New(slog.DiscardHandler))
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, town.Close)
	for _, l := range []struct{ name, label, person, title, holder string }{
		{"secretariat", "Ordinateur du secrétariat", demo.Secretary, "Saint-Airial-des-Pins — secrétariat", "Ève EXEMPLE"},
		{"maire", "Portable du maire", demo.Mayor, "Saint-Airial-des-Pins — maire", "Maïté FICTIVE"},
	} {
		installation, hall, err := town.Laptop(ctx, l.name, l.label, l.person)
		if err != nil {
			return o, err
		}
		o.closes = append(o.closes, installation.Close)
		key, err := town.Token(ctx, l.holder, true)
		if err != nil {
			return o, fmt.Errorf("preparing a token: %w", err)
		}
		o.seats = append(o.seats, &window.Seat{Name: l.title, Office: installation, Hall: hall, Token: key})
	}
	if err := demo.Settle(ctx, o.seats[0].Hall); err != nil {
		return o, err
	}
	if err := demo.Past(ctx, o.seats[0].Hall, clock); err != nil {
		return o, err
	}
	for _, s := range o.seats {
		if _, err := s.Hall.Exchange(ctx); err != nil {
			return o, err
		}
	}
	// The mayor's laptop opens first: there is something to sign.
	o.seats[0], o.seats[1] = o.seats[1], o.seats[0]
	fmt.Fprintf(out, "Commune de démonstration, tout y est imaginaire. Code PIN des clés : %s\n", demo.PIN)
	return o, nil
}

var errNothingHere = errors.New("aucune collectivité n’est encore rattachée à cet ordinateur : essayez airial --demo, ou airialctl enrol --server ADRESSE --code CODE")

// openInstalled opens what this computer was joined to.
func openInstalled(ctx context.Context, _ io.Writer) (*opened, error) {
	o := &opened{}
	dir, err := office.Folder()
	if err != nil {
		return o, err
	}
	installation, err := office.Open(ctx, office.Options{
		Dir: dir, Keyring: keys.System(), Now: time.Now, Rand: rand.Reader, Log: slog.Default(),
	})
	if err != nil {
		return o, err
	}
	o.closes = append(o.closes, installation.Close)
	ids, err := installation.Authorities()
	if err != nil {
		return o, err
	}
	for _, id := range ids {
		hall, err := installation.Hall(ctx, id)
		if err != nil {
			return o, err
		}
		name := id
		if a, err := hall.Authority(ctx); err == nil {
			name = a.Name
		}
		o.seats = append(o.seats, &window.Seat{Name: name, Office: installation, Hall: hall})
	}
	if len(o.seats) == 0 {
		return o, errNothingHere
	}
	return o, nil
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

func show(ctx context.Context, seats []*window.Seat, renderer *pageimage.Renderer, temp string, play script) error {
	text, err := lang.French()
	if err != nil {
		return err
	}
	a := app.NewWithID("fr.alpi40.airial")
	mode, size := a.Preferences().StringWithFallback("look.mode", string(theme.Auto)), a.Preferences().StringWithFallback("look.size", string(theme.Normal))
	a.Settings().SetTheme(theme.New(theme.Mode(mode), theme.TextSize(size), theme.Fonts{}))
	w := a.NewWindow(text.Text("shell.title"))
	room := window.NewRoom(seats, renderer, demo.Route, time.Now)
	l := &look{app: a, restyle: func() {}}
	s := shell.New(ctx, shell.Config{
		Window: w, Text: text, Sync: room, Changes: room, Authorities: room.Authorities(), Search: room, System: desktop.New(temp),
		Preferences: preferences{a.Preferences()}, Now: time.Now,
		Entries: []shell.Entry{home.Entry(room), parapheur.Entry(room), council.Entry(room), civilstatus.Entry(room), settings.Entry(room.Settings(), l)},
	})
	l.restyle = s.Restyle
	w.SetMaster()
	context.AfterFunc(ctx, func() { fyne.Do(w.Close) })
	var played error
	if play != nil {
		go func() {
			played = play(ctx, s, w, seats)
			fyne.Do(func() { w.SetCloseIntercept(nil); w.Close() })
		}()
		w.Resize(fyne.NewSize(1366, 740))
	}
	w.ShowAndRun()
	return played
}

// settled is how long a page may take to load and draw before it is photographed.
const settled = 4 * time.Second

func photograph(ctx context.Context, s *shell.Shell, dir string) error {
	for _, page := range []shell.PageName{home.Name, parapheur.Name, council.Name, civilstatus.Name, settings.Name} {
		// Waits for the window to be there, on a slow machine too.
		fyne.DoAndWait(func() { s.Go(shell.Route{Page: page}) })
		select {
		case <-time.After(settled):
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := shoot(ctx, filepath.Join(dir, string(page)+".png")); err != nil {
			return fmt.Errorf("photographing %s: %w", page, err)
		}
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
