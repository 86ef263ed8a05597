package council

import (
	"context"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	base "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// convene makes a sitting of all drafts, on a day that a person gives.
func (p *page) convene() {
	p.h.Ask(shell.Question{Title: p.h.Text("council.convene"), Why: p.h.Text("council.convene.why"), Placeholder: p.h.Text("council.convene.hint"), Yes: p.h.Text("council.convene.do"), Required: true}, func(answer string) {
		at, err := lang.ParseMoment(answer, p.h.Now().Location())
		if err != nil {
			p.h.Toast(shell.Waiting, p.h.Text("council.convene.when"), nil)
			return
		}
		p.run("convene", func(ctx context.Context, person string) error {
			all, err := p.o.Council().Deliberations(ctx)
			if err != nil {
				return err
			}
			today := authority.DayOf(p.h.Now())
			in := council.Convene{At: at, Place: p.h.Text("council.place"), Convened: today, Posted: today}
			for _, d := range all {
				if d.Status == council.StatusDraft {
					in.Agenda = append(in.Agenda, d.ID)
				}
			}
			_, err = p.o.Council().Convene(ctx, person, in)
			return err
		})
	})
}

// record shows a sitting: who is there, the quorum, and each point's vote.
func (p *page) record(s *council.Sitting) {
	quorum := widget.NewLabel(s.QuorumNow().Words)
	quorum.Wrapping = fyne.TextWrapWord
	m := widgets.Waiting
	if s.QuorumNow().Reached {
		m = widgets.Done
	}
	title := widgets.Heading(p.title(line{sitting: s}))
	title.Wrapping = fyne.TextWrapWord
	body := widgets.Wrapped(title, widgets.NewBadge(m, p.h.Text("council.quorum")), quorum, widgets.Heading(p.h.Text("council.members")))
	for _, member := range s.Members {
		check := widget.NewCheck(member.Name+", "+member.Title, nil)
		check.SetChecked(s.Calls[member.ID].Presence == council.Present)
		check.OnChanged = func(there bool) {
			a := council.Attendance{Presence: council.Absent}
			if there {
				a.Presence = council.Present
			}
			p.run("call", func(ctx context.Context, person string) error {
				return p.o.Council().Call(ctx, person, s.ID, member.ID, a)
			})
		}
		if s.Closed {
			check.Disable()
		}
		body.Add(check)
	}
	p.proxies(body, s)
	p.secretary(body, s)
	body.Add(widgets.Heading(p.h.Text("council.agenda")))
	for i, item := range s.Agenda {
		p.point(body, s, i+1, item)
	}
	if !s.Closed {
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("council.close"), nil, func() {
			p.run("close", func(ctx context.Context, person string) error { return p.o.Council().Close(ctx, person, s.ID) })
		})))
	}
	// A sitting is shown anew after each note: the person stays where she was.
	at := float32(0)
	if p.recorded != nil && p.recordedID == s.ID {
		at = p.recorded.Offset()
	}
	scroll := widgets.NewScroll(body)
	p.recorded, p.recordedID = scroll, s.ID
	p.middle.Objects = []fyne.CanvasObject{scroll}
	shell.LayOut(p.h, p.middle)
	p.h.Schedule(func() { scroll.ScrollTo(at) })
}

// proxies shows the powers to vote, takes one back, and notes a new one: of a
// member who is not there, to one who is, with the day it was written.
func (p *page) proxies(body *fyne.Container, s *council.Sitting) {
	body.Add(widgets.Heading(p.h.Text("council.proxies")))
	given := map[string]bool{}
	for _, proxy := range s.Proxies {
		given[proxy.From] = true
		from, _ := s.Member(proxy.From)
		to, _ := s.Member(proxy.To)
		words := widgets.Caption(p.h.Text("council.proxy", "from", from.Name, "to", to.Name, "day", lang.Day(proxy.Day.Time())))
		if s.Closed {
			body.Add(words)
			continue
		}
		revoke := widgets.NewButton(p.h.Text("council.proxy.revoke"), nil, func() {
			p.run("revoke", func(ctx context.Context, person string) error {
				return p.o.Council().RevokeProxy(ctx, person, s.ID, proxy.From)
			})
		})
		body.Add(container.NewBorder(nil, nil, nil, revoke, words))
	}
	if s.Closed {
		return
	}
	present := inRoom(s)
	var absent []council.Member
	for _, m := range s.Members {
		if !given[m.ID] && !slices.Contains(s.PresentAt(""), m.ID) {
			absent = append(absent, m)
		}
	}
	from, to := choiceOf(absent, p.h.Text("council.proxy.from")), choiceOf(present, p.h.Text("council.proxy.to"))
	day := widgets.NewEntry(p.h.Text("council.proxy.day"))
	note := widgets.NewButton(p.h.Text("council.proxy.note"), base.ContentAddIcon(), func() {
		i, j := from.SelectedIndex(), to.SelectedIndex()
		if i < 0 || j < 0 {
			p.h.Toast(shell.Waiting, p.h.Text("council.proxy.choose"), nil)
			return
		}
		proxy := council.Proxy{From: absent[i].ID, To: present[j].ID}
		if at, err := lang.ParseDay(day.Text); err == nil {
			proxy.Day = authority.DayOf(at) // else the rule says that the day is missing
		}
		p.run("proxy", func(ctx context.Context, person string) error {
			return p.o.Council().TakeProxy(ctx, person, s.ID, proxy)
		})
	})
	body.Add(container.NewGridWithColumns(2, from, to, day, note))
}

// inRoom are the members who sit now, in the order of precedence.
func inRoom(s *council.Sitting) []council.Member {
	var members []council.Member
	for _, id := range s.PresentAt("") {
		m, _ := s.Member(id)
		members = append(members, m)
	}
	return members
}

func choiceOf(members []council.Member, hint string) *widget.Select {
	var names []string
	for _, m := range members {
		names = append(names, m.Name)
	}
	choice := widget.NewSelect(names, nil)
	choice.PlaceHolder = hint
	return choice
}

func (p *page) secretary(body *fyne.Container, s *council.Sitting) {
	present := inRoom(s)
	choice := choiceOf(present, p.h.Text("council.secretary.none"))
	if m, ok := s.Member(s.Secretary); ok {
		choice.SetSelected(m.Name)
	}
	choice.OnChanged = func(string) {
		id := present[choice.SelectedIndex()].ID
		p.run("secretary", func(ctx context.Context, person string) error {
			return p.o.Council().NameSecretary(ctx, person, s.ID, id)
		})
	}
	body.Add(widgets.Field(p.h.Text("council.secretary"), choice, ""))
}

func (p *page) point(body *fyne.Container, s *council.Sitting, n int, item council.Item) {
	subject := widget.NewLabel(p.h.Text("council.point", "n", n, "subject", item.Subject))
	subject.Wrapping = fyne.TextWrapWord
	body.Add(subject)
	if v, voted := s.Vote(item.Deliberation); voted {
		m := widgets.Done
		if !v.Adopted {
			m = widgets.Refused
		}
		body.Add(widgets.NewNote(m, v.Why))
		body.Add(container.NewHBox(widgets.NewButton(p.h.Text("council.finalise"), nil, func() {
			p.run("finalise", func(ctx context.Context, person string) error {
				_, err := p.o.Council().Finalise(ctx, person, item.Deliberation, s.ID)
				return err
			})
		})))
		return
	}
	if s.Closed {
		return
	}
	choices, interested := map[string]council.Choice{}, map[string]bool{}
	grid := container.NewVBox()
	present := s.PresentAt("")
	voters := slices.Clone(present)
	holders := map[string]string{}
	for _, proxy := range s.ProxiesAmong(present) {
		to, _ := s.Member(proxy.To)
		voters, holders[proxy.From] = append(voters, proxy.From), to.Name
	}
	for _, id := range voters {
		m, _ := s.Member(id)
		name := m.Name
		words := []string{p.h.Text("council.for"), p.h.Text("council.against"), p.h.Text("council.abstain")}
		if to, byProxy := holders[id]; byProxy {
			name = p.h.Text("council.byproxy", "name", m.Name, "holder", to)
		} else {
			words = append(words, p.h.Text("council.withdraws"))
		}
		radio := widget.NewRadioGroup(words, nil)
		radio.Horizontal = true
		radio.SetSelected(words[0])
		radio.OnChanged = func(word string) {
			delete(choices, id)
			delete(interested, id)
			switch word {
			case words[1]:
				choices[id] = council.Against
			case words[2]:
				choices[id] = council.Abstain
			case p.h.Text("council.withdraws"):
				interested[id] = true
			}
		}
		grid.Add(container.NewBorder(nil, nil, nil, radio, widget.NewLabel(name)))
	}
	body.Add(widget.NewAccordion(widget.NewAccordionItem(p.h.Text("council.byname"), grid)))
	members := inRoom(s)
	usual, _ := s.Member(s.Chair)
	chair := choiceOf(members, p.h.Text("council.chair", "name", usual.Name))
	body.Add(chair)
	body.Add(container.NewHBox(widgets.NewPrimary(p.h.Text("council.vote"), nil, func() {
		ballot := council.Ballot{Deliberation: item.Deliberation, Manner: council.Ordinary, Choices: choices, Interested: slices.Sorted(maps.Keys(interested))}
		president := "" // the sitting's
		if i := chair.SelectedIndex(); i >= 0 {
			president = members[i].ID
		}
		p.run("vote", func(ctx context.Context, person string) error {
			_, err := p.o.Council().Vote(ctx, person, s.ID, ballot, president)
			return err
		})
	})))
}
