package services

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/services/conference"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Meeting is a conference, or a class, as it goes into a calendar.
type Meeting = conference.Meeting

// Sitting is one of the council that a conference may be for.
type Sitting struct {
	ID, Title string
	At        time.Time
}

// ConferenceOffice is what conferences ask of the program.
type ConferenceOffice interface {
	Diary() *conference.Diary
	// Sittings gives those to come.
	Sittings(ctx context.Context) ([]Sitting, error)
	// JoinConference gives the page by which the person enters as a moderator.
	JoinConference(ctx context.Context, person string, m conference.Meeting) (string, error)
	// DialConference gives how somebody joins by phone, as far as it is known now.
	DialConference(ctx context.Context, m conference.Meeting) (conference.Dial, error)
	InviteConference(ctx context.Context, person string, m conference.Meeting) (int, error)
	Recordings(ctx context.Context, m conference.Meeting) ([]string, error)
	// NoteRecording notes in the sitting of a meeting where its recording is seen.
	NoteRecording(ctx context.Context, person string, m conference.Meeting, page string) error
	// SetRoomSecret keeps the secret that a room's engine shares with this computer.
	SetRoomSecret(ctx context.Context, room, secret string) error
	// Invitation writes a meeting as a calendar.
	Invitation(ctx context.Context, m conference.Meeting) ([]byte, error)
}

type agenda struct {
	c        *services.Catalogue
	meetings []conference.Meeting
	sittings []Sitting
}

// conferences are the rooms that the town hall booked.
func (p *page) conferences() *section {
	return &section{key: "conferences",
		load: func(ctx context.Context) (any, []row, error) {
			var a agenda
			var err error
			if a.c, err = p.o.Catalogue(ctx); err != nil {
				return nil, nil, err
			}
			if a.sittings, err = p.o.Sittings(ctx); err != nil {
				return nil, nil, err
			}
			a.meetings, err = p.o.Diary().Meetings(ctx)
			now := p.h.Now()
			var rows []row
			for _, m := range a.meetings {
				mean, word := widgets.Waiting, p.h.Text("services.conference.booked")
				switch {
				case m.Cancelled:
					mean, word = widgets.Refused, p.h.Text("services.conference.cancelled")
				case m.Until.Before(now):
					mean, word = widgets.Done, p.h.Text("services.conference.over")
				case m.At.Before(now):
					mean, word = widgets.Late, p.h.Text("services.conference.now")
				}
				rows = append(rows, row{m.ID, m.Title, lang.DayHour(hours(m.At, now)), m.Until.After(now) && !m.Cancelled, mean, word, m.About})
			}
			return a, rows, err
		},
		tools: func(loaded any) []fyne.CanvasObject {
			a, _ := loaded.(agenda)
			if a.c == nil || len(a.c.Rooms) == 0 {
				return []fyne.CanvasObject{widgets.NewNote(widgets.Waiting, p.h.Text("services.conference.noroom"))}
			}
			return []fyne.CanvasObject{widgets.Beside(widgets.NewPrimary(p.h.Text("services.conference.new"), base.ContentAddIcon(), func() { p.book(a, conference.Meeting{}) }))}
		},
		open: func(loaded any, id string) {
			a, _ := loaded.(agenda)
			for _, m := range a.meetings {
				if m.ID == id {
					p.say(p.meeting(a, m)...)
				}
			}
		},
	}
}

// book fills in a booking.
func (p *page) book(a agenda, m conference.Meeting) {
	p.writing = true
	now := p.h.Now()
	if m.At.IsZero() {
		m.At = now.Add(24 * time.Hour).Truncate(time.Hour)
		m.Until, m.Seats = m.At.Add(time.Hour), 10
	}
	name, about, guests := widgets.NewEntry(""), widgets.NewText("", 2), widgets.NewText(p.h.Text("services.conference.guests.hint"), 4)
	at, until, seats := widgets.NewEntry(p.h.Text("services.moment.hint")), widgets.NewEntry(p.h.Text("services.moment.hint")), widgets.NewEntry("10")
	name.SetText(m.Title)
	about.SetText(m.About)
	guests.SetText(strings.Join(m.Guests, "\n"))
	at.SetText(hours(m.At, now).Format("02/01/2006 15:04"))
	until.SetText(hours(m.Until, now).Format("02/01/2006 15:04"))
	seats.SetText(strconv.Itoa(m.Seats))
	var rooms []string
	chosen := 0
	for i, r := range a.c.Rooms {
		rooms = append(rooms, r.Name)
		if r.ID == m.Room {
			chosen = i
		}
	}
	record := widget.NewCheck(p.h.Text("services.conference.record"), nil)
	record.SetChecked(m.Record)
	room := widget.NewSelect(rooms, nil)
	room.OnChanged = func(string) {
		if a.c.Rooms[room.SelectedIndex()].Record {
			record.Enable()
		} else {
			record.SetChecked(false)
			record.Disable()
		}
	}
	room.SetSelectedIndex(chosen)
	sittings := []string{p.h.Text("services.conference.nositting")}
	linked := 0
	for i, s := range a.sittings {
		sittings = append(sittings, p.h.Text("services.conference.sitting.line", "title", s.Title, "at", lang.Hour(hours(s.At, now))))
		if s.ID == m.Sitting {
			linked = i + 1
		}
	}
	sitting := widget.NewSelect(sittings, nil)
	sitting.SetSelectedIndex(linked)
	sitting.OnChanged = func(string) {
		if i := sitting.SelectedIndex(); i > 0 {
			s := a.sittings[i-1]
			name.SetText(s.Title)
			at.SetText(hours(s.At, now).Format("02/01/2006 15:04"))
			until.SetText(hours(s.At.Add(2*time.Hour), now).Format("02/01/2006 15:04"))
		}
	}
	p.say(p.formed("services.conference.new"),
		widgets.Field(p.h.Text("services.conference.room"), room, ""), widgets.Field(p.h.Text("services.conference.sitting"), sitting, ""), widgets.Field(p.h.Text("services.conference.title"), name, ""),
		widgets.Columns(2, widgets.Field(p.h.Text("services.conference.at"), at, ""), widgets.Field(p.h.Text("services.conference.until"), until, "")),
		widgets.Field(p.h.Text("services.conference.seats"), seats, ""), record, widgets.Field(p.h.Text("services.conference.guests"), guests, ""), widgets.Field(p.h.Text("services.conference.about"), about, ""),
		widgets.Beside(widgets.NewPrimary(p.h.Text("services.conference.book"), base.ConfirmIcon(), func() {
			b := conference.Meeting{ID: m.ID, Title: name.Text, About: about.Text, Record: record.Checked}
			b.Seats, _ = strconv.Atoi(strings.TrimSpace(seats.Text)) // none: the rules say so
			b.At = moment(at.Text, now)
			b.Until = moment(until.Text, now)
			if i := sitting.SelectedIndex(); i > 0 {
				b.Sitting = a.sittings[i-1].ID
			}
			for _, g := range strings.FieldsFunc(guests.Text, func(r rune) bool { return r == '\n' || r == ';' || r == ',' }) {
				if g = strings.TrimSpace(g); g != "" {
					b.Guests = append(b.Guests, g)
				}
			}
			r := a.c.Rooms[room.SelectedIndex()]
			var id string
			p.do("conference", func(ctx context.Context, person string) (err error) {
				id, err = p.o.Diary().Book(ctx, person, b, r)
				return err
			}, func() { p.reload(id) })
		}), widgets.NewButton(p.h.Text("services.cancel"), nil, func() { p.reload("") })))
	widgets.Focus(p.detail, name)
}

func moment(text string, now time.Time) time.Time {
	t, err := lang.ParseMoment(strings.TrimSpace(text), now.Location())
	if err != nil {
		return time.Time{} // the rules say so
	}
	return t
}

func (p *page) meeting(a agenda, m conference.Meeting) []fyne.CanvasObject {
	now := p.h.Now()
	out := []fyne.CanvasObject{title(m.Title), widgets.Caption(p.h.Text("services.conference.line", "day", lang.Day(hours(m.At, now)), "at", lang.Hour(hours(m.At, now)), "until", lang.Hour(hours(m.Until, now)), "n", m.Seats))}
	var room services.Room
	for _, r := range a.c.Rooms {
		if r.ID == m.Room {
			room = r
		}
	}
	out = append(out, widgets.Field(p.h.Text("services.conference.room"), wrapped(room.Name), ""))
	for _, o := range a.meetings {
		if m.Meets(o) && !m.Cancelled {
			out = append(out, widgets.NewNote(widgets.Late, p.h.Text("services.conference.twice", "title", o.Title, "at", lang.DayHour(hours(o.At, now)))))
		}
	}
	if gone := m.Gone(); len(gone) > 0 && !m.Cancelled {
		out = append(out, widgets.NewNote(widgets.Waiting, p.h.Text("services.conference.gone", "n", len(gone), "names", strings.Join(gone, ", "))))
	}
	if !m.Cancelled && (m.Phone != "" || room.DialIn != "") {
		out = append(out, p.dial(m))
	}
	if m.About != "" {
		out = append(out, wrapped(m.About))
	}
	if len(m.Guests) > 0 {
		help := p.h.Text("services.conference.notinvited")
		if n := m.Asked(); n == len(m.Guests) {
			help = p.h.Text("services.conference.invited", "n", n)
		} else if n > 0 {
			help = p.h.Text("services.conference.invited.some", "n", n, "of", len(m.Guests))
		}
		out = append(out, widgets.Field(p.h.Text("services.conference.guests"), wrapped(strings.Join(m.Guests, "\n")), help))
	}
	invite := widgets.NewButton(p.h.Text("services.conference.invite"), base.MailSendIcon(), func() {
		p.do("invited", func(ctx context.Context, person string) error {
			_, err := p.o.InviteConference(ctx, person, m)
			return err
		}, func() { p.reload("") })
	})
	if m.Cancelled {
		out = append(out, widgets.NewNote(widgets.Refused, p.h.Text("services.conference.cancelled")))
		if len(m.Invited) > 0 {
			invite.SetText(p.h.Text("services.conference.uninvite"))
			out = append(out, widgets.Beside(invite))
		}
		return out
	}
	join := widgets.NewPrimary(p.h.Text("services.join.browser"), base.MediaPlayIcon(), func() {
		var address string
		p.h.Run(shell.Action{ID: "services.join", Label: p.h.Text("services.doing"), Run: func(ctx context.Context, _ shell.Progress) error {
			person, err := p.o.Person(ctx)
			if err == nil {
				address, err = p.o.JoinConference(ctx, person, m)
			}
			return err
		}, Done: func() { p.h.Browse(address) }})
	})
	line := widgets.Beside()
	if m.Until.After(now) {
		line.Add(join)
		line.Add(invite)
	}
	line.Add(widgets.NewButton(p.h.Text("services.class.calendar"), base.DownloadIcon(), func() {
		p.h.Save(shell.Made("reunion.ics", func(ctx context.Context) ([]byte, error) { return p.o.Invitation(ctx, m) }))
	}))
	out = append(out, line)
	more := widgets.Beside()
	if m.Until.After(now) {
		more.Add(widgets.NewButton(p.h.Text("services.conference.change"), base.DocumentCreateIcon(), func() { p.book(a, m) }))
		more.Add(widgets.NewButton(p.h.Text("services.conference.cancel"), base.CancelIcon(), func() {
			p.h.Ask(shell.Question{Title: p.h.Text("services.conference.cancel"), Why: p.h.Text("services.conference.cancel.why"), Yes: p.h.Text("services.conference.cancel.yes"), Plain: true, Dangerous: true}, func(string) {
				p.do("conference", func(ctx context.Context, person string) error { return p.o.Diary().Cancel(ctx, person, m.ID) }, func() { p.reload("") })
			})
		}))
	} else if m.Record {
		more.Add(widgets.NewButton(p.h.Text("services.conference.recordings"), base.MediaVideoIcon(), func() {
			shell.Load(p.h, "recordings", func(ctx context.Context) ([]string, error) { return p.o.Recordings(ctx, m) }, func(all []string) {
				if len(all) == 0 {
					p.h.Toast(shell.Waiting, p.h.Text("services.conference.norecording"), nil)
					return
				}
				p.say(p.recordings(m, all)...)
			})
		}))
	}
	if m.Sitting != "" {
		more.Add(widgets.NewButton(p.h.Text("services.conference.tositting"), base.NavigateNextIcon(), func() { p.h.Go(shell.Route{Page: "sitting", Arg: "sitting/" + m.Sitting}) }))
	}
	if room.Secret() {
		more.Add(widgets.NewButton(p.h.Text("services.conference.secret"), base.SettingsIcon(), func() {
			p.h.AskPIN(shell.PINRequest{Title: p.h.Text("services.conference.secret.title"), What: p.h.Text("services.conference.secret.why", "room", room.Name), Hint: p.h.Text("services.conference.secret.hint"), Yes: p.h.Text("services.conference.secret.yes"), TriesLeft: -1}, func(secret []byte) {
				text := string(secret)
				clear(secret)
				p.do("secret", func(ctx context.Context, _ string) error { return p.o.SetRoomSecret(ctx, room.ID, text) }, func() { p.reload("") })
			})
		}))
	}
	return append(out, more)
}

// dial is how somebody joins by phone; the code comes once the room's engine has told it.
func (p *page) dial(m conference.Meeting) fyne.CanvasObject {
	number := wrapped(cmp.Or(m.Phone, p.h.Text("services.conference.phone.page")))
	field := widgets.Wrapped(widgets.Field(p.h.Text("services.conference.phone"), number, ""))
	shell.Load(p.h, "dial", func(ctx context.Context) (conference.Dial, error) { return p.o.DialConference(ctx, m) }, func(d conference.Dial) {
		switch {
		case d.Number == "":
			number.SetText(p.h.Text("services.conference.phone.page"))
		case d.Code == "":
			number.SetText(p.h.Text("services.conference.phone.number", "number", d.Number))
		default:
			number.SetText(p.h.Text("services.conference.phone.code", "number", d.Number, "code", d.Code))
		}
		shell.LayOut(p.h, field)
		shell.LayOut(p.h, p.detail)
	})
	return field
}

// recordings are those of a meeting: seen in the browser, and noted in the sitting that it was for.
func (p *page) recordings(m conference.Meeting, all []string) []fyne.CanvasObject {
	out := []fyne.CanvasObject{title(m.Title), widgets.Caption(p.h.Text("services.conference.recordings.about"))}
	for _, page := range all {
		line := widgets.Beside(widgets.NewButton(p.h.Text("services.conference.recordings.see"), base.MediaVideoIcon(), func() { p.h.Browse(page) }))
		if m.Sitting != "" {
			line.Add(widgets.NewButton(p.h.Text("services.conference.recordings.note"), base.DocumentSaveIcon(), func() {
				p.do("recording", func(ctx context.Context, person string) error { return p.o.NoteRecording(ctx, person, m, page) }, func() { p.reload(m.ID) })
			}))
		}
		out = append(out, wrapped(page), line)
	}
	return append(out, widgets.Beside(widgets.NewButton(p.h.Text("services.conference.recordings.back"), base.NavigateBackIcon(), func() { p.reload(m.ID) })))
}

// bookFor fills in a booking for a sitting of the council.
func (p *page) bookFor(sitting string) {
	a, _ := p.loaded.(agenda)
	if a.c == nil || len(a.c.Rooms) == 0 {
		return // the page says that there is no room
	}
	m := conference.Meeting{Sitting: sitting}
	for _, s := range a.sittings {
		if s.ID == sitting {
			m.Title, m.At, m.Until, m.Seats = s.Title, s.At, s.At.Add(2*time.Hour), 20
		}
	}
	p.book(a, m)
}
