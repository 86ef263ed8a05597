package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// The test's own program is the one whose window is worked, and the token's helper.
func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	if pdf := os.Getenv("AIRIAL_TEST_WINDOW"); pdf != "" {
		job := os.Getenv("AIRIAL_TEST_JOB")
		var town *demo.Town
		play := func(ctx context.Context, d *desk) error {
			h := &hands{ctx: ctx, w: d.w, shots: filepath.Dir(pdf), pictures: os.Getenv("AIRIAL_TEST_SHOTS") != ""}
			switch job {
			case "bench":
				return benchPlay(ctx, d)
			case "door":
				return errors.Join(h.door(), h.shoot("end"))
			case "door-again":
				return errors.Join(h.doorAgain(), h.shoot("again"))
			case "door-damaged":
				return errors.Join(h.doorDamaged(), h.shoot("repaired"))
			}
			if err := d.seated(ctx); err != nil {
				return err
			}
			h.seats, h.shell, h.now, h.town = d.seats, d.shell, d.now, town
			if strings.HasPrefix(job, "month-") { // whose days share a folder
				h.day = strings.TrimPrefix(job, "month-") + "-"
			}
			h.words = func(key string) string { return d.text.Text(key) }
			if job == "guide" {
				fyne.DoAndWait(func() {
					d.look.Apply(string(theme.Light), string(theme.Normal))
					d.w.Resize(fyne.NewSize(900, 600))
				})
			}
			return errors.Join(h.jobs()[job](), h.shoot("end"), d.wordless())
		}
		e, atDoor := &entrance{out: os.Stdout, now: time.Now, demo: openDemo}, strings.HasPrefix(job, "door")
		if moment, err := time.Parse(time.RFC3339, os.Getenv("AIRIAL_TEST_MOMENT")); err == nil {
			e.now, e.demo = since(moment), reopen
		}
		if atAgency[job] {
			e.now = passing
			e.demo = func(ctx context.Context, out io.Writer, now func() time.Time) (o *opened, err error) {
				o, town, err = openTown(ctx, out, now, nil, slog.New(slog.DiscardHandler))
				return o, err
			}
		}
		if job == "account" { // whose computers have a keyring, and a log
			e.demo = func(ctx context.Context, out io.Writer, now func() time.Time) (o *opened, err error) {
				log, err := os.Create(filepath.Join(os.Getenv("HOME"), "log"))
				if err == nil {
					o, town, err = openTown(ctx, out, now, keys.System(), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
				}
				return o, err
			}
		}
		if job == "guide" || job == "sitting" { // whose days are always the same
			e.now = since(guideDay)
		}
		if job == "neighbours" {
			e.now, e.demo = passing, openNeighbours
		}
		if e.alone = !atDoor; job == "bench" {
			e.keyring, e.onSat = folderRing(os.Getenv("HOME")), tellDrawn
		}
		if job == "door-damaged" {
			e.safe = "door.safe.why"
		}
		e.abandon = func(err error) {
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			os.Exit(0)
		}
		e.abandon(open(context.Background(), e, !atDoor && job != "bench", play))
	}
	os.Exit(m.Run())
}

// jobs are those that begin at the desk.
func (h *hands) jobs() map[string]func() error {
	all := map[string]func() error{
		"main":       h.mainJob,
		"sitting":    h.sitting,
		"mention":    h.mention,
		"incoming":   h.incoming,
		"people":     h.people,
		"acts":       h.acts,
		"flow":       h.flow,
		"circuits":   h.circuits,
		"lot":        h.lot,
		"register":   h.register,
		"remind":     h.remind,
		"gateway":    h.gateway,
		"drafting":   h.drafting,
		"handover":   h.handover,
		"keys":       h.keys,
		"legality":   h.legality,
		"publish":    h.publication,
		"follow":     h.registers,
		"counter":    h.counter,
		"practice":   h.practice,
		"help":       h.help,
		"mail":       h.mail,
		"post":       h.post,
		"account":    h.account,
		"evening":    h.evening,
		"vault":      h.vault,
		"drag":       h.drag,
		"hallway":    h.hallway,
		"together":   h.together,
		"agenda":     h.agenda,
		"neighbours": h.neighbours,
		"office":     h.office,
		"hour":       h.hour,
		"frames":     h.frames,
		"turned":     h.turned,
		"guide":      h.guide,
		"rough":      h.rough,
		"full":       h.full,

		"conferences": h.conferences,
		"school":      h.school,
		"strange":     h.strange,
		"assistance":  h.assistance,
		"orders":      h.orders,
		"member":      h.member,

		"clock-wrong": h.clockWrong,
		"clock-right": h.clockRight,
	}
	for i, day := range month {
		all[fmt.Sprintf("month-%d", i+1)] = func() error { return day.do(h) }
	}
	return all
}

// A secretary imports a PDF offline and approves it, the mayor receives it, signs
// it offline, comes back: by the mouse and the keyboard, in the real window, on a
// virtual screen (steps 2 to 4 of the main job).
func TestMainJobInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "main")
	out, err := exec.Command("pdfsig", "-nocert", filepath.Join(dir, "signed.pdf")).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Signature is Valid")) || !bytes.Contains(out, []byte("ETSI.CAdES.detached")) {
		t.Errorf("pdfsig: %v\n%s", err, out)
	}
}

// A sitting is convened and recorded in the window: presence, a proxy, and a
// vote that the law refuses, then takes under another president.
func TestSittingInTheWindow(t *testing.T) { inTheWindow(t, "sitting") }

// An act is added with its scanned page, a mention is prepared on it as it will
// read, and noted as affixed by an officer.
func TestMentionInTheWindow(t *testing.T) { inTheWindow(t, "mention") }

// Three notices that came in a court's list are worked off, to the receipt of their own.
func TestIncomingNoticesInTheWindow(t *testing.T) { inTheWindow(t, "incoming") }

// A member joins the council and the mayor delegates her signature to a deputy.
func TestDelegationInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "people")
}

// The mayor remarks, sends back, and signs a lot with one PIN; the secretary hands a step over.
func TestActsInTheWindow(t *testing.T) { inTheWindow(t, "acts") }

// The mayor reads an accounting flow, opens what it carries, signs it with one PIN; each
// bordereau is verified, and xmlsec1 agrees.
func TestFlowInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "flow")
	for _, id := range []string{"DEP12", "DEP13", "REC5"} {
		out, err := exec.Command("xmlsec1", "--verify", "--insecure", "--id-attr:Id", "Bordereau", "--id-attr:Id", "http://uri.etsi.org/01903/v1.1.1#:SignedProperties",
			"--node-xpath", "//*[local-name()='Signature' and @Id='"+id+"_SIG']", filepath.Join(dir, "signed.xml")).CombinedOutput()
		if err != nil {
			t.Errorf("xmlsec1, %s: %v\n%s", id, err, out)
		}
	}
}

// The mayor signs fifty folders and more without network, with one PIN; pdfsig finds each valid
// once the network is back.
func TestLotInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "lot")
	signed, err := filepath.Glob(filepath.Join(dir, "signed-*.pdf"))
	if err != nil || len(signed) < 50 {
		t.Fatalf("%d signed: %v", len(signed), err)
	}
	for _, path := range signed {
		out, err := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
		if err != nil || !bytes.Contains(out, []byte("Signature is Valid")) || !bytes.Contains(out, []byte("ETSI.CAdES.detached")) {
			t.Errorf("pdfsig, %s: %v\n%s", filepath.Base(path), err, out)
		}
	}
}

// The acts of a digitised register come in together: what is wrong is told and corrected, the
// rest is imported, and an act without a name is indexed in front of its image.
func TestRegisterInTheWindow(t *testing.T) {
	aside(t)
	inTheWindow(t, "register")
}

// Two flows are signed and handed over to a third party on loopback: one is accepted by
// Hélios, the other refused.
func TestHandoverInTheWindow(t *testing.T) { inTheWindow(t, "handover") }

// The mayor describes a type of folders; one of it is made, then one whose signature is
// placed by clicking on the page.
func TestCircuitsInTheWindow(t *testing.T) { inTheWindow(t, "circuits") }

// The mayor chooses one of two certificates of one token in the settings, signs with it, and
// finds it chosen again.
func TestKeysInTheWindow(t *testing.T) { inTheWindow(t, "keys") }

// A computer without a keyring is protected, joined and described at the first
// opening; the second asks for the passphrase.
func TestFirstComputerInTheWindow(t *testing.T) {
	dir := inTheWindow(t, "door")
	playInTheWindow(t, "door-again", dir)
}

// inTheWindow plays a job on the demonstration commune, and gives its folder: that of its pictures when
// AIRIAL_TEST_SHOTS asks for them. Jobs wait more than they work: several play at once, each on a screen of its own.
func inTheWindow(t *testing.T, job string) (dir string) {
	t.Helper()
	dir = folderOf(t, job)
	playInTheWindow(t, job, dir)
	return dir
}

// folderOf gives a job its folder; the job is skipped where what it needs is not installed.
func folderOf(t *testing.T, job string) (dir string) {
	t.Helper()
	t.Parallel()
	for _, tool := range []string{"xvfb-run", "xdotool", "import", "gs", "pdfsig", "softhsm2-util"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	dir = t.TempDir()
	if keep := os.Getenv("AIRIAL_TEST_SHOTS"); keep != "" {
		dir = filepath.Join(keep, job)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// playInTheWindow plays a job in a folder; with adds to what its program is told.
func playInTheWindow(t testing.TB, job, dir string, with ...string) {
	t.Helper()
	pdf := filepath.Join(dir, "Convention de prêt.pdf")
	page := "/Helvetica findfont 24 scalefont setfont 72 700 moveto (Convention de pret) show showpage"
	if out, err := exec.Command("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", pdf, "-c", page).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The desktop's file dialog, answered: with what the job has put in «picked», or the PDF. What is opened elsewhere (a PDF in its
	// reader, which would lie over the window) is not.
	bin := filepath.Join(dir, "bin")
	if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "zenity"), []byte("#!/bin/sh\ncat \"$HOME/picked\" 2>/dev/null || echo \"$AIRIAL_TEST_WINDOW\"\n"), 0o700),
		os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	limit := 8 * time.Minute
	if job == "hour" {
		limit += 2 * hourOf()
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, "xvfb-run", "-a", "-n", strconv.Itoa(100+10*int(screens.Add(1))), "-s", screen, os.Args[0])
	command.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir,
		"AIRIAL_TEST_WINDOW="+pdf, "AIRIAL_TEST_JOB="+job, "LANG=C.UTF-8", "LC_ALL=", "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(dir, "none"), "PATH="+bin+":"+os.Getenv("PATH"))
	command.Env = append(command.Env, with...)
	command.WaitDelay = 10 * time.Second
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("Failed to focus")) { // Fyne says so, and the keyboard is nowhere
		t.Errorf("the focus was given to what is not shown:\n%s", out)
	}
}

// screen is what Xvfb is asked for. Its keys do not repeat (-r): on a busy machine xdotool may be slow to let one go, which the
// server would take for a key held down.
const screen = "-screen 0 1366x768x24 -r"

// screens counts those that were opened: xvfb-run looks for a free one from there.
var screens atomic.Int32

// hands work the window as a person does: they find words on it, click and type.
type hands struct {
	ctx   context.Context
	w     fyne.Window
	shell *shell.Shell // nil at the door
	seats []*window.Seat
	shots string // the job's folder
	// pictures: one is taken after each step.
	pictures bool
	words    func(key string) string
	now      func() time.Time
	// town is what surrounds the computers, in a job that plays the agency too.
	town *demo.Town
	day  string // before the names of pictures, where several jobs share a folder
	// made counts what was done: presses, texts typed, keys, turns of the wheel.
	made int
	// failed: what follows a failure in the same step is left out.
	failed error
}

type step struct {
	name string
	do   func() error
}

func (h *hands) play(steps []step) error {
	for i, s := range steps {
		if err := s.do(); err != nil {
			return errors.Join(fmt.Errorf("step %d, %s: %w\nwhat is read on the window: %s", i+1, s.name, err, h.read()), h.shoot("failed"))
		}
		if err := h.shoot(strconv.Itoa(i + 1)); err != nil {
			return err
		}
	}
	return nil
}

// leave and comeBack go by the exchanges' sentence at the foot of the window to their page, and return to where one was.
func (h *hands) leave() error {
	return errors.Join(h.click("synchronisation"), h.click("Travailler hors ligne"), h.see("Échanges suspendus"), h.x("key", "alt+Left"), h.unseen("Documents gardés ici"))
}

func (h *hands) comeBack() error {
	return errors.Join(h.click("Échanges suspendus"), h.click("Reprendre les échanges"), h.see("À jour"), h.x("key", "alt+Left"), h.unseen("Documents gardés ici"))
}

func (h *hands) find(seat *window.Seat, title string, box parapheur.Box) (string, error) {
	person, err := seat.Hall.Person(h.ctx)
	if err != nil {
		return "", err
	}
	rows, err := seat.Hall.Folders.List(h.ctx, person, box, 100)
	for _, r := range rows {
		if r.Title == title {
			return r.ID, nil
		}
	}
	return "", errors.Join(fmt.Errorf("no folder %q", title), err)
}

// pick has the next dialogue of files answered with one.
func (h *hands) pick(path string) error {
	return os.WriteFile(filepath.Join(h.shots, "picked"), []byte(path+"\n"), 0o600)
}

// sit has somebody else sit down, whose desk shows some words.
func (h *hands) sit(from, to, see string) error {
	return errors.Join(h.click(from), h.click(to), h.see(see))
}

func (h *hands) shoot(name string) error {
	if !h.pictures {
		return nil
	}
	return shoot(h.ctx, filepath.Join(h.shots, h.day+name+".png"))
}

func (h *hands) x(args ...string) error {
	if h.failed != nil {
		return nil
	}
	if args[0] == "type" {
		if err := h.until("a field that takes what is typed", h.listens); err != nil {
			return err
		}
	}
	if args[0] == "type" || args[0] == "key" {
		h.made++
	}
	out, err := exec.CommandContext(h.ctx, "xdotool", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("xdotool %s: %w: %s", args[0], err, out)
	}
	return nil
}

// listens tells whether something takes what is typed: a field that has just been shown has the focus a frame later.
func (h *hands) listens() (listens bool) {
	fyne.DoAndWait(func() { listens = h.w.Canvas().Focused() != nil })
	return listens
}

// The harness waits for what is shown, never for a time alone. Limits are long, for a busy machine: a job that fails has met
// one of them.
const (
	patient = 60 * time.Second       // for something to be shown
	polite  = 10 * time.Second       // for a page to have all it shows, before something that stands still is pressed all the same
	glance  = 60 * time.Millisecond  // between two looks
	rest    = 120 * time.Millisecond // what has not moved for so long stands still
)

// until waits for something to hold.
func (h *hands) until(what string, holds func() bool) error {
	if h.failed != nil {
		return nil
	}
	end := time.Now().Add(patient)
	for !holds() {
		if time.Now().After(end) || h.ctx.Err() != nil {
			h.failed = fmt.Errorf("waited in vain for: %s", what)
			return h.failed
		}
		time.Sleep(glance)
	}
	return nil
}

// see waits for words to stand in the window.
func (h *hands) see(words string) error {
	return h.until("«"+words+"»", func() bool { _, ok := h.where(words); return ok })
}

// unseen waits for words to go.
func (h *hands) unseen(words string) error {
	return h.until("no «"+words+"»", func() bool { _, ok := h.where(words); return !ok })
}

// click waits for words, brings them into view, and presses the mouse on them once nothing moves or is awaited.
func (h *hands) click(words string) error {
	return h.press(words, func(s spot) fyne.Position { return s.at })
}

// below presses the mouse on the field under its name.
func (h *hands) below(name string) error {
	return h.press(name, func(s spot) fyne.Position { return s.at.AddXY(0, 34) })
}

// press presses the mouse at a place beside words. A person waits for a page to stand still before pressing; so does this.
func (h *hands) press(words string, place func(spot) fyne.Position) error {
	if err := h.see(words); err != nil || h.failed != nil {
		return err
	}
	why, end, brought := "", time.Now().Add(patient), 0
	var last spot
	since, begun := time.Now(), time.Now()
	// Between two looks the window draws: what was put off to the next frame, a second layout for instance, has been done.
	for ; time.Now().Before(end) && h.ctx.Err() == nil; time.Sleep(glance) {
		if err := h.frame(); err != nil {
			return err
		}
		s, ok := h.where(words)
		moved := !ok || s.at != last.at || s.taker != last.taker
		if last = s; moved {
			since = time.Now()
		}
		switch {
		case !ok:
			why = "it has gone"
		case moved:
			why = "it moves"
		case h.busy() && time.Since(begun) < polite:
			why, since = "the page waits for what it shows", time.Now()
		case time.Since(since) < rest:
		case s.hidden != nil && brought < 60:
			why, since, end = "it cannot be brought into view", time.Now(), time.Now().Add(patient)
			if brought++; brought == 1 {
				h.made++
			}
			if err := h.bring(s); err != nil {
				return err
			}
		case s.hidden != nil:
			end = time.Now()
		case s.off:
			why = "it is disabled"
		case s.covered:
			why = "something lies over it"
		default:
			return h.clickAt(place(s))
		}
	}
	h.failed = fmt.Errorf("«%s» cannot be pressed: %s", words, why)
	return h.failed
}

// bring turns the wheel once over what scrolls, towards a place out of its view.
func (h *hands) bring(s spot) error {
	wheel, far := "5", s.at.Y-s.hidden.bottom()
	if s.at.Y < s.hidden.at.Y+edge {
		wheel, far = "4", s.hidden.at.Y-s.at.Y
	}
	over := s.hidden.at.AddXY(s.hidden.size.Width/2, s.hidden.size.Height/2)
	return errors.Join(h.point(over), h.x("click", "--repeat", strconv.Itoa(1+int(max(0, far)/60)), "--delay", "20", wheel), h.frame())
}

// clickAt presses the mouse at a place.
func (h *hands) clickAt(at fyne.Position) error {
	h.made++
	return errors.Join(h.point(at), h.x("click", "1"), h.frame())
}

// point takes the mouse to a place, and waits for the window to know: Fyne hears of a move at the end of a frame, and where a
// press comes in the same frame, it is made at the former place.
func (h *hands) point(at fyne.Position) error {
	return errors.Join(h.x("mousemove", strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y))), h.frame())
}

// frame waits for the window to have heard all that mouse and keyboard did until now.
func (h *hands) frame() error {
	passed := make(chan struct{})
	fyne.Do(func() {
		var once sync.Once
		// What moves is moved once all that has happened is heard.
		fyne.NewAnimation(time.Millisecond, func(float32) { once.Do(func() { close(passed) }) }).Start()
	})
	select {
	case <-passed:
		return nil
	case <-h.ctx.Done():
		return h.ctx.Err()
	}
}

// busy tells whether the page waits for something, or work runs.
func (h *hands) busy() (busy bool) {
	if h.shell == nil {
		return false
	}
	fyne.DoAndWait(func() { busy = h.shell.Busy() })
	return busy
}

// spot is where words stand, in pixels of the screen.
type spot struct {
	at fyne.Position // their middle
	// hidden is the view of what scrolls when they are out of it.
	hidden *area
	taker  fyne.CanvasObject // what takes the mouse there; nil: nothing
	// covered: something else would take it; off: its taker is disabled.
	covered, off bool
}

// area is a rectangle of the window.
type area struct {
	at   fyne.Position
	size fyne.Size
}

// edge is how near the border of a view words are not pressed.
const edge = 8

func (a area) bottom() float32 { return a.at.Y + a.size.Height }
func (a area) holds(p fyne.Position) bool {
	return p.X >= a.at.X && p.X < a.at.X+a.size.Width && p.Y >= a.at.Y && p.Y < a.bottom()
}

func (a area) within(b area) area {
	at := fyne.NewPos(max(a.at.X, b.at.X), max(a.at.Y, b.at.Y))
	return area{at, fyne.NewSize(max(0, min(a.at.X+a.size.Width, b.at.X+b.size.Width)-at.X), max(0, min(a.bottom(), b.bottom())-at.Y))}
}

// where finds words in what is drawn, the topmost first, those that are the whole text before those that are part of one.
func (h *hands) where(words string) (spot, bool) {
	var whole, part []spot
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	words = plain.Replace(words)
	fyne.DoAndWait(func() {
		c := h.w.Canvas()
		roots := []fyne.CanvasObject{c.Content()}
		roots = append(roots, c.Overlays().List()...)
		for i := len(roots) - 1; i >= 0 && len(whole)+len(part) == 0; i-- {
			v := view{scale: c.Scale()}
			v.walk(roots[i], fyne.NewPos(0, 0), []area{{size: c.Size()}}, nil)
			for _, t := range v.texts {
				switch text := plain.Replace(t.text); {
				case text == words:
					whole = append(whole, v.spot(t))
				case strings.Contains(text, words):
					part = append(part, v.spot(t))
				}
			}
		}
	})
	if all := append(whole, part...); len(all) > 0 {
		return all[0], true
	}
	return spot{}, false
}

// read gives all that is read on the window, for who looks for why a job failed.
func (h *hands) read() string {
	var read []string
	fyne.DoAndWait(func() {
		c := h.w.Canvas()
		for _, root := range append(c.Overlays().List(), c.Content()) {
			v := view{scale: c.Scale()}
			v.walk(root, fyne.NewPos(0, 0), []area{{size: c.Size()}}, nil)
			for _, t := range v.texts {
				read = append(read, t.text)
			}
		}
	})
	return strings.Join(read, " | ")
}

// view is what one looks at: its texts, and what takes the mouse, in the order drawn.
type view struct {
	scale  float32
	texts  []text
	takers []taker
}

type text struct {
	text  string
	at    fyne.Position
	views []area // of what scrolls around it, the outermost first
	taker fyne.CanvasObject
}

type taker struct {
	object fyne.CanvasObject
	place  area
}

func (v *view) spot(t text) spot {
	s := spot{at: fyne.NewPos(t.at.X*v.scale, t.at.Y*v.scale), taker: t.taker}
	around := t.views[0] // the window itself
	for _, a := range t.views[1:] {
		around = around.within(a)
		if t.at.Y < around.at.Y+edge || t.at.Y > around.bottom()-edge {
			s.hidden = &area{fyne.NewPos(around.at.X*v.scale, around.at.Y*v.scale), fyne.NewSize(around.size.Width*v.scale, around.size.Height*v.scale)}
			return s
		}
	}
	for _, k := range v.takers {
		if k.place.holds(t.at) {
			s.covered = k.object != t.taker
		}
	}
	if t.taker == nil {
		s.covered = false
	}
	if d, ok := t.taker.(fyne.Disableable); ok {
		s.off = d.Disabled()
	}
	return s
}

// walk notes what is shown under o: views are those of what scrolls around it, by what takes the mouse around it.
func (v *view) walk(o fyne.CanvasObject, at fyne.Position, views []area, by fyne.CanvasObject) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	place := area{at, o.Size()}
	if _, scrolls := o.(fyne.Scrollable); scrolls {
		views = append(views[:len(views):len(views)], place)
	}
	switch o.(type) {
	case fyne.Tappable, fyne.SecondaryTappable, fyne.DoubleTappable, fyne.Focusable, desktop.Mouseable:
		by = o
		seen := place
		for _, a := range views {
			seen = seen.within(a)
		}
		v.takers = append(v.takers, taker{o, seen})
	}
	middle := at.AddXY(o.Size().Width/2, o.Size().Height/2)
	tell := func(words string) { v.texts = append(v.texts, text{words, middle, views, by}) }
	var under []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		under = o.Objects
	case *canvas.Text:
		if o.Alignment == fyne.TextAlignLeading { // its letters do not fill its place
			middle.X = at.X + min(o.Size().Width, o.MinSize().Width)/2
		}
		tell(o.Text)
	case *widgets.Button:
		tell(o.Text)
	case *widgets.CaptionText:
		tell(o.Text)
	case *widget.Label:
		tell(o.Text)
	case *widgets.Label:
		tell(o.Text)
	case *widget.RichText:
		if under = test.WidgetRenderer(o).Objects(); len(under) > 1 { // what wraps is read as one
			tell(widgets.Uncut(o.String()))
		}
	case *widgets.Rich:
		if under = test.WidgetRenderer(o).Objects(); len(under) > 1 {
			tell(o.String())
		}
	case fyne.Widget:
		under = test.WidgetRenderer(o).Objects()
	}
	for _, child := range under {
		v.walk(child, at, views, by)
	}
}

// What is selected with the mouse is copied by Fyne, through the app: the spaces at the ends of lines are there.
func TestWhatIsCopiedIsWhole(t *testing.T) {
	app := test.NewTempApp(t)
	t.Cleanup(func() { fyne.SetCurrentApp(app) })
	fyne.SetCurrentApp(copying{app})
	l := widgets.NewLabel("Vu l’art.\u00a0L2121-20 du code général des collectivités territoriales\u00a0: dix conseillers.")
	l.Wrapping, l.Selectable = fyne.TextWrapWord, true
	test.NewTempWindow(t, l).Resize(fyne.NewSize(160, 300))
	for _, o := range test.WidgetRenderer(l).Objects() {
		if d, is := o.(fyne.Draggable); is {
			over := l.Size().SubtractWidthHeight(1, 1)
			d.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(over.Width, over.Height)}, Dragged: fyne.NewDelta(over.Width, over.Height)})
			o.(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutCopy{})
		}
	}
	if got := app.Clipboard().Content(); got != l.Text {
		t.Errorf("copied: %q", got)
	}
}

// What a field says before one types is found whole, on however many lines it stands: at 125 %, a pane is narrow.
func TestWrappedWordsAreFound(t *testing.T) {
	test.NewTempApp(t)
	const words = "À la lettre, tel que l’avis ou la décision le donne"
	field := widgets.NewText(words, 3)
	w := test.NewTempWindow(t, field)
	for _, width := range []float32{800, 160} {
		w.Resize(fyne.NewSize(width, 200))
		v := view{scale: 1}
		v.walk(w.Content(), fyne.Position{}, []area{{size: w.Canvas().Size()}}, nil)
		found := slices.ContainsFunc(v.texts, func(x text) bool { return x.text == words && x.taker == fyne.CanvasObject(field) })
		if !found {
			t.Errorf("%v wide: %+v", width, v.texts)
		}
	}
}
