package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/ui/widgets"
)

// The test's own program is the one whose window is worked, and the token's helper.
func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	if pdf := os.Getenv("AIRIAL_TEST_WINDOW"); pdf != "" {
		job := os.Getenv("AIRIAL_TEST_JOB")
		play := func(ctx context.Context, d *desk) error {
			h := &hands{ctx: ctx, w: d.w, shots: filepath.Dir(pdf), pictures: os.Getenv("AIRIAL_TEST_SHOTS") != ""}
			switch job {
			case "bench":
				return benchPlay(ctx, d)
			case "door":
				return errors.Join(h.door(), h.shoot("end"))
			case "door-again":
				return errors.Join(h.doorAgain(), h.shoot("again"))
			}
			if err := d.seated(ctx); err != nil {
				return err
			}
			h.seats = d.seats
			do := map[string]func() error{
				"main":     h.mainJob,
				"sitting":  h.sitting,
				"mention":  h.mention,
				"incoming": h.incoming,
				"people":   h.people,
				"acts":     h.acts,
				"flow":     h.flow,
				"circuits": h.circuits,
				"lot":      h.lot,
				"register": h.register,
				"remind":   h.remind,
				"gateway":  h.gateway,
				"drafting": h.drafting,
				"handover": h.handover,
				"keys":     h.keys,
				"legality": h.legality,
				"publish":  h.publication,
				"follow":   h.registers,
				"copies":   h.copies,
				"help":     h.help,
				"mail":     h.mail,
			}[job]
			return errors.Join(do(), h.shoot("end"))
		}
		e, atDoor := &entrance{out: os.Stdout}, strings.HasPrefix(job, "door")
		if e.alone = !atDoor; job == "bench" {
			e.keyring, e.onSat = folderRing(os.Getenv("HOME")), tellDrawn
		}
		if err := open(context.Background(), e, !atDoor && job != "bench", play); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
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
func TestIncomingNoticesInTheWindow(t *testing.T) { onAsking(t); inTheWindow(t, "incoming") }

// A member joins the council and the mayor delegates her signature to a deputy.
func TestDelegationInTheWindow(t *testing.T) { inTheWindow(t, "people") }

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
func TestRegisterInTheWindow(t *testing.T) { inTheWindow(t, "register") }

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
	playInTheWindow(t, job, dir)
	return dir
}

func playInTheWindow(t *testing.T, job, dir string) {
	t.Helper()
	pdf := filepath.Join(dir, "Convention de prêt.pdf")
	page := "/Helvetica findfont 24 scalefont setfont 72 700 moveto (Convention de pret) show showpage"
	if out, err := exec.Command("gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-o", pdf, "-c", page).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	// The desktop's file dialog, answered: with what the job has put in «picked», or the PDF.
	bin := filepath.Join(dir, "bin")
	if err := errors.Join(os.MkdirAll(bin, 0o700), os.WriteFile(filepath.Join(bin, "zenity"), []byte("#!/bin/sh\ncat \"$HOME/picked\" 2>/dev/null || echo \"$AIRIAL_TEST_WINDOW\"\n"), 0o700)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "xvfb-run", "-a", "-n", strconv.Itoa(100+10*int(screens.Add(1))), "-s", "-screen 0 1366x768x24", os.Args[0])
	command.Env = append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir,
		"AIRIAL_TEST_WINDOW="+pdf, "AIRIAL_TEST_JOB="+job, "DBUS_SESSION_BUS_ADDRESS=unix:path="+filepath.Join(dir, "none"), "PATH="+bin+":"+os.Getenv("PATH"))
	command.WaitDelay = 10 * time.Second
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// onAsking skips a job that takes long, or loses its way on a busy machine, unless AIRIAL_JOBS asks for all.
func onAsking(t *testing.T) {
	t.Helper()
	if os.Getenv("AIRIAL_JOBS") != "all" {
		t.Skip("AIRIAL_JOBS=all plays it")
	}
}

// screens counts those that were opened: xvfb-run looks for a free one from there.
var screens atomic.Int32

// hands work the window as a person does: they find words on it, click and type.
type hands struct {
	ctx   context.Context
	w     fyne.Window
	seats []*window.Seat
	shots string // the job's folder
	// pictures: one is taken after each step.
	pictures bool
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
			return errors.Join(fmt.Errorf("step %d, %s: %w", i+1, s.name, err), h.shoot("failed"))
		}
		if err := h.shoot(strconv.Itoa(i + 1)); err != nil {
			return err
		}
	}
	return nil
}

// leave and comeBack use the exchanges' sentence at the foot of the window.
func (h *hands) leave() error {
	return errors.Join(h.click("synchronisation"), h.click("Travailler hors ligne"), h.see("Échanges suspendus"))
}

func (h *hands) comeBack() error {
	return errors.Join(h.click("Échanges suspendus"), h.click("Reprendre les échanges"), h.see("À jour"))
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

func (h *hands) shoot(name string) error {
	if !h.pictures {
		return nil
	}
	return shoot(h.ctx, filepath.Join(h.shots, name+".png"))
}

func (h *hands) x(args ...string) error {
	if h.failed != nil {
		return nil
	}
	out, err := exec.CommandContext(h.ctx, "xdotool", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("xdotool %s: %w: %s", args[0], err, out)
	}
	return nil
}

// until waits for something to hold.
func (h *hands) until(what string, holds func() bool) error {
	if h.failed != nil {
		return nil
	}
	end := time.Now().Add(40 * time.Second)
	for !holds() {
		if time.Now().After(end) || h.ctx.Err() != nil {
			h.failed = fmt.Errorf("waited in vain for: %s", what)
			return h.failed
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// below presses the mouse on the field under its name.
func (h *hands) below(name string) error {
	if err := h.see(name); err != nil || h.failed != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond)
	at, _ := h.where(name)
	return h.x("mousemove", strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y)+34), "sleep", "0.2", "click", "1", "sleep", "0.2")
}

// see waits for words to stand in the window.
func (h *hands) see(words string) error {
	return h.until("«"+words+"»", func() bool { _, ok := h.where(words); return ok })
}

// click waits for words, then presses the mouse on them.
func (h *hands) click(words string) error {
	if err := h.see(words); err != nil || h.failed != nil {
		return err
	}
	time.Sleep(300 * time.Millisecond) // what moves comes to rest
	at, ok := h.where(words)
	// What is below the fold is brought up with the wheel, and what is above it down.
	for i := 0; i < 60 && ok && (at.Y >= 680 || at.Y < 0); i++ {
		times, wheel := "3", "5"
		if at.Y < 0 {
			times, wheel = "1", "4"
		}
		if err := h.x("mousemove", strconv.Itoa(int(at.X)), "400", "click", "--repeat", times, "--delay", "20", wheel, "sleep", "0.2"); err != nil {
			return err
		}
		at, ok = h.where(words)
	}
	if !ok {
		return fmt.Errorf("«%s» has gone", words)
	}
	return h.x("mousemove", strconv.Itoa(int(at.X)), strconv.Itoa(int(at.Y)), "sleep", "0.15", "click", "1", "sleep", "0.15")
}

// where finds words in what is drawn, the topmost first, those that are the whole
// text before those that are part of one; in pixels of the screen.
func (h *hands) where(words string) (fyne.Position, bool) {
	var whole, part []fyne.Position
	plain := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	words = plain.Replace(words)
	fyne.DoAndWait(func() {
		c := h.w.Canvas()
		roots := []fyne.CanvasObject{c.Content()}
		roots = append(roots, c.Overlays().List()...)
		for i := len(roots) - 1; i >= 0 && len(whole)+len(part) == 0; i-- {
			walk(roots[i], fyne.NewPos(0, 0), func(text string, centre fyne.Position) {
				text = plain.Replace(text)
				centre = fyne.NewPos(centre.X*c.Scale(), centre.Y*c.Scale())
				switch {
				case text == words:
					whole = append(whole, centre)
				case strings.Contains(text, words):
					part = append(part, centre)
				}
			})
		}
	})
	if all := append(whole, part...); len(all) > 0 {
		return all[0], true
	}
	return fyne.Position{}, false
}

// walk tells the texts under o that are shown, and the middle of each.
func walk(o fyne.CanvasObject, at fyne.Position, tell func(string, fyne.Position)) {
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	middle := at.AddXY(o.Size().Width/2, o.Size().Height/2)
	var under []fyne.CanvasObject
	switch o := o.(type) {
	case *fyne.Container:
		under = o.Objects
	case *canvas.Text:
		if o.Alignment == fyne.TextAlignLeading { // its letters do not fill its place
			middle.X = at.X + min(o.Size().Width, o.MinSize().Width)/2
		}
		tell(o.Text, middle)
	case *widgets.Button:
		tell(o.Text, middle)
	case *widgets.CaptionText:
		tell(o.Text, middle)
	case *widget.Label:
		tell(o.Text, middle)
	case fyne.Widget:
		under = test.WidgetRenderer(o).Objects()
	}
	for _, child := range under {
		walk(child, at, tell)
	}
}
