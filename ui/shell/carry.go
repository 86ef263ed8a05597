package shell

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver"
	base "fyne.io/fyne/v2/theme"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"alpi40.fr/airial/ui/shell/dragout"
	"alpi40.fr/airial/ui/theme"
)

// carry drags documents out of the window. What another program is given are private copies, as those that are opened: it may
// copy them long after they were let go, so they are erased when the program ends; at once when nobody took them.
func (s *Shell) carry(all []Document) {
	if len(all) == 0 || s.running[carrying] {
		return
	}
	t := s.c.Text
	what := all[0].Name
	if len(all) > 1 {
		what = t.Text("shell.carry.several", "n", len(all))
	}
	cargo := dragout.Cargo{Window: handle(s.c.Window), OnThread: s.c.Schedule}
	look, scale := newLabelLook(), s.c.Window.Canvas().Scale()
	given, giveUp := context.WithCancel(s.ctx)
	told := false // of Escape, by the window
	s.giveUp = func() { told = true; giveUp() }
	var outcome dragout.Outcome
	s.run(Action{ID: carrying, Label: t.Text("shell.carrying", "what", what),
		Run: func(ctx context.Context, progress Progress) (err error) {
			defer s.c.Schedule(func() { giveUp(); s.giveUp = nil })
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(given, cancel)()
			cargo.Loose, cargo.Welcome = look.label(what, scale, false), look.label("+ "+what, scale, true)
			outcome, err = s.takeOut(ctx, cargo, all, progress)
			return err
		},
		Done: func() {
			switch outcome {
			case dragout.Escaped:
				if !told {
					s.escaped = s.c.Now()
				}
			case dragout.Taken:
				s.toast(Done, t.Text("shell.carry.taken", "what", what), nil)
			case dragout.Unanswered:
				s.toast(Late, t.Text("shell.carry.unanswered", "what", what), nil)
			case dragout.Early:
				s.toast(Waiting, t.Text("shell.carry.early", "what", what), nil)
			}
		}})
}

// carrying names the drag: there is one at a time.
const carrying = "carry"

// takeOut writes the private copies while the drag goes on.
func (s *Shell) takeOut(ctx context.Context, cargo dragout.Cargo, all []Document, progress Progress) (dragout.Outcome, error) {
	dir, err := os.MkdirTemp(s.c.System.TempDir(), "doc-")
	if err != nil {
		return dragout.Nowhere, fmt.Errorf("making a private folder: %w", err)
	}
	taken := map[string]bool{}
	for _, d := range all {
		cargo.Paths = append(cargo.Paths, filepath.Join(dir, ownName(safeName(d.Name), taken)))
	}
	var writing sync.Mutex
	cargo.Ready = func(ctx context.Context) error {
		writing.Lock()
		defer writing.Unlock()
		for i, d := range all {
			progress(i, len(all), d.Name)
			if err := copyTo(ctx, d, cargo.Paths[i]); err != nil {
				return err
			}
		}
		progress(0, 0, "")
		return nil
	}
	outcome, err := s.c.System.Carry(ctx, cargo)
	if err != nil || outcome != dragout.Taken {
		go func() { // what is being written is so to its end, which may wait for the line
			writing.Lock()
			defer writing.Unlock()
			_ = os.RemoveAll(dir) // else it goes with the program's other copies
		}()
	}
	return outcome, err
}

// ownName is a name that no other of the folder has, whatever the capitals.
func ownName(name string, taken map[string]bool) string {
	own, ext := name, filepath.Ext(name)
	for n := 2; taken[strings.ToLower(own)]; n++ {
		own = fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(name, ext), n, ext)
	}
	taken[strings.ToLower(own)] = true
	return own
}

// handle is the system's name for a window, 0 where it has none.
func handle(w fyne.Window) (h uintptr) {
	if native, ok := w.(driver.NativeWindow); ok {
		native.RunNative(func(of any) {
			switch of := of.(type) {
			case driver.X11WindowContext:
				h = of.WindowHandle
			case driver.WindowsWindowContext:
				h = of.HWND
			}
		})
	}
	return h
}

// labelLook is how what goes with the pointer looks, as the theme has it. It is drawn without Fyne, which draws in windows alone.
type labelLook struct {
	font                           fyne.Resource
	size                           float32
	text, ground, border, welcomed color.Color
}

func newLabelLook() labelLook {
	return labelLook{font: fyne.CurrentApp().Settings().Theme().Font(fyne.TextStyle{}), size: theme.SizeOf(base.SizeNameText),
		text: theme.Of(base.ColorNameForeground), ground: theme.Of(base.ColorNameBackground), border: theme.Of(theme.ColorMuted), welcomed: theme.Of(theme.ColorDone)}
}

// labelMost is how many signs of a name are shown.
const labelMost = 40

// label draws words in a frame, of another colour where they are welcome; nil where the font cannot be read.
func (l labelLook) label(words string, scale float32, welcome bool) image.Image {
	if letters := []rune(words); len(letters) > labelMost {
		words = string(letters[:labelMost/2]) + "…" + string(letters[len(letters)-labelMost/2:])
	}
	parsed, err := opentype.Parse(l.font.Content())
	if err != nil {
		return nil
	}
	// 72 dots an inch: a point is a unit.
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(l.size * scale), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil
	}
	defer face.Close()
	d := font.Drawer{Face: face, Src: image.NewUniform(l.text)}
	pad, line := int(8*scale), max(1, int(2*scale))
	high := face.Metrics().Ascent + face.Metrics().Descent
	pic := image.NewRGBA(image.Rect(0, 0, d.MeasureString(words).Ceil()+2*pad, high.Ceil()+pad))
	frame := l.border
	if welcome {
		frame = l.welcomed
	}
	draw.Draw(pic, pic.Rect, image.NewUniform(frame), image.Point{}, draw.Src)
	draw.Draw(pic, pic.Rect.Inset(line), image.NewUniform(l.ground), image.Point{}, draw.Src)
	d.Dst, d.Dot = pic, fixed.Point26_6{X: fixed.I(pad), Y: fixed.I(pad/2) + face.Metrics().Ascent}
	d.DrawString(words)
	return pic
}
