package desk

import (
	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/window"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
)

// remind tells what is near its deadline: in the window, and by a notice of the system.
func (d *desk) remind(room *window.Room) {
	room.Remind(
		func(o window.Occasion) {
			text := d.reminder(o)
			d.thread.do(func() { d.shell.Notice(shell.Waiting, text) })
		},
		// Beside the window's thread: sending reads the disk and waits for the system.
		func(o window.Occasion) { d.look.app.SendNotification(d.notification(o)) })
}

// reminder is what the window says.
func (d *desk) reminder(o window.Occasion) string {
	key := "shell.remind.many"
	switch {
	case o.Soon+o.Late == 1:
		key = "shell.remind.one"
	case o.Late > 0:
		key = "shell.remind.late"
	}
	return d.text.Text(key, "seat", o.Seat, "title", o.First, "n", o.Soon+o.Late, "late", o.Late, "day", lang.Day(o.Deadline))
}

// notification is what the system shows, perhaps on a locked screen: numbers and a day, never a
// title, which comes from elsewhere and may name somebody.
func (d *desk) notification(o window.Occasion) *fyne.Notification {
	return fyne.NewNotification(d.text.Text("shell.remind.title"), d.text.Text("shell.remind.system", "n", o.Soon+o.Late, "day", lang.Day(o.Deadline)))
}
