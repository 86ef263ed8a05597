package desk

import (
	"context"
	"log/slog"
	"sync"

	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/desktop"
	"alpi40.fr/airial/ui/theme"
	"alpi40.fr/airial/ui/widgets"
)

// trayed is how the preferences name an icon that is shown, which it is unless a person said otherwise.
const trayed = "shown"

// beside shows the state of the exchanges by an icon beside the clock. What it returns takes the icon away and is called at the
// very end, since the line to the desktop's bus goes with it. It runs on the window's thread; asking the desktop does not.
func (d *desk) beside(ctx context.Context, state shell.SyncState) (away func()) {
	if (preferences{d.look.app.Preferences()}).String("look.tray", trayed) != trayed {
		return func() {}
	}
	leave, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		pictures := trayPictures()
		now := func() desktop.Trayed {
			st := state.Status()
			return desktop.Trayed{Picture: pictures[trayMark(shell.MeaningOf(st))], Sentence: shell.Sentence(d.text, st, d.now())}
		}
		on := func(f func()) func() { return func() { d.thread.do(f) } }
		watch := state.Watch(ctx)
		tray := desktop.ShowTray(d.text.Text("shell.title"), now(),
			desktop.TrayItem{Label: d.text.Text("shell.tray.open"), Do: on(func() { d.w.Show(); d.w.RequestFocus() })},
			desktop.TrayItem{Label: d.text.Text("shell.sync.now"), Do: on(func() { d.shell.SyncNow() })},
			desktop.TrayItem{Label: d.text.Text("shell.tray.quit"), Do: on(func() { d.shell.Close() })})
		if tray == nil {
			return
		}
		defer tray.End()
		for {
			select {
			case <-watch:
				tray.Tell(now())
			case <-leave:
				return
			}
		}
	}()
	return sync.OnceFunc(func() { close(leave); <-gone })
}

func trayPictures() map[theme.Mark][]byte {
	pictures := map[theme.Mark][]byte{}
	for _, m := range []theme.Mark{theme.NoMark, theme.DotsMark, theme.AlertMark} {
		picture, err := theme.Marked(desktop.TraySide, m)
		if err != nil {
			slog.Info("drawing the icon beside the clock", "error", err.Error())
		}
		pictures[m] = picture
	}
	return pictures
}

func trayMark(m widgets.Meaning) theme.Mark {
	switch m {
	case widgets.Waiting:
		return theme.DotsMark
	case widgets.Late, widgets.Refused:
		return theme.AlertMark
	}
	return theme.NoMark
}
