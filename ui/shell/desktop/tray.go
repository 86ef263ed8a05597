package desktop

import (
	"runtime"
	"time"

	"fyne.io/systray"
)

// Tray is Airial's icon beside the clock: what it says of the exchanges, and a short menu. Its methods may be called from
// any goroutine, but not at the same time. A program has one in its life.
type Tray struct {
	says *systray.MenuItem
	now  Trayed
	over chan struct{}
}

// TraySide is how wide and high the picture is, in points.
const TraySide = 64

// Trayed is what the icon shows: a picture (PNG) and a sentence.
type Trayed struct {
	Picture  []byte
	Sentence string
}

// TrayItem is a line of the menu. Do runs on a goroutine of its own.
type TrayItem struct {
	Label string
	Do    func()
}

// ShowTray puts the icon there; nil where the system has no place for it. A click does the first item.
func ShowTray(title string, first Trayed, items ...TrayItem) *Tray {
	if !placeForTray() {
		return nil
	}
	t := &Tray{over: make(chan struct{})}
	ready := make(chan struct{})
	systray.SetOnTapped(items[0].Do)
	go func() {
		defer close(t.over)
		runtime.LockOSThread() // what Windows sends the icon comes to the thread that made it
		systray.Run(func() {
			t.build(title, first, items)
			close(ready)
		}, nil)
	}()
	select {
	case <-ready:
		return t
	case <-time.After(patience):
		return nil
	}
}

// patience is how long the system may take to make the icon.
const patience = 5 * time.Second

func (t *Tray) build(title string, first Trayed, items []TrayItem) {
	systray.SetTitle(title)
	t.says = systray.AddMenuItem(first.Sentence, "")
	t.says.Disable()
	systray.AddSeparator()
	for _, item := range items {
		line := systray.AddMenuItem(item.Label, "")
		go func() {
			for {
				select {
				case <-line.ClickedCh:
					item.Do()
				case <-t.over:
					return
				}
			}
		}()
	}
	t.show(first)
}

// Tell shows something else.
func (t *Tray) Tell(now Trayed) {
	if now.Sentence != t.now.Sentence {
		t.says.SetTitle(now.Sentence)
	}
	t.show(now)
}

func (t *Tray) show(now Trayed) {
	if string(now.Picture) != string(t.now.Picture) {
		systray.SetIcon(trayPicture(now.Picture))
	}
	if now.Sentence != t.now.Sentence {
		systray.SetTooltip(now.Sentence)
	}
	t.now = now
}

// End takes the icon away. On Linux it ends the program's line to the desktop's bus with it.
func (t *Tray) End() {
	systray.Quit()
	<-t.over
}
