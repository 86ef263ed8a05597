package typeset

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// Minutes (procès-verbal) tell a sitting, with all that CGCT, art. L2121-15, asks for since 1 July 2022: date and hour,
// who presided, sat, was represented and kept the minutes, the quorum, the agenda, the deliberations adopted and the
// reports they rest on, requests for a particular ballot, the outcome of ballots with the names in public ones, and the
// substance of the discussions.
type Minutes struct {
	Head
	Sitting Sitting
	Quorum  string // in words, with its calculation
	Agenda  []string
	Opening []Passage // what comes before the first point
	Points  []MinutesPoint
	Closing []Passage
	// Ended is the hour at which the sitting was closed; empty: to be written by hand.
	Ended string
	// Settled is nil until the minutes are settled, at the beginning of the next sitting.
	Settled    *Settled
	Published  time.Time
	Signatures []Signature
}

// MinutesPoint is a point of the agenda as it was dealt with.
type MinutesPoint struct {
	Order      int
	Number     string // of the deliberation; empty when none was taken
	Subject    string
	Reporter   string
	Events     []string  // suspensions, closed doors, amendments, each a sentence
	Report     []Passage // on which the deliberation was taken
	Discussion []Passage
	Requests   string // for a particular ballot
	Vote       *Vote
	Voters     int
	Present    []string // when they are others than at the opening
	Withdrawn  []string
	Outcome    string
	Articles   []Article // what was adopted
}

// Settled is how minutes were settled: by which sitting, with which corrections.
type Settled struct {
	At          time.Time
	Corrections []string
}

// Typeset sets the minutes.
func (m Minutes) Typeset(ctx context.Context) (Document, error) {
	if m.Sitting.At.IsZero() {
		return Document{}, fmt.Errorf("minutes: %w: date of the sitting", ErrIncomplete)
	}
	a := m.Authority
	status := "Projet, à arrêter au commencement de la prochaine séance"
	if m.Settled != nil {
		status = "Arrêté à la séance du " + french.Date(m.Settled.At)
	}
	body := []flow.Block{letterhead(a, aligned(prose(status, sized(bodyStyle, 9))))}
	body = append(body, title("Procès-verbal de la séance du "+a.body(), french.DateTime(m.Sitting.At))...)
	body = append(body, m.Sitting.blocks()...)
	if m.Quorum != "" {
		body = append(body, fields(0.24, textField("Quorum", m.Quorum)))
	}
	if len(m.Agenda) > 0 {
		body = append(body, heading("Ordre du jour"))
		for i, subject := range m.Agenda {
			body = append(body, flow.Para{Spans: prose(subject, bodyStyle), Label: plain(fmt.Sprintf("%d.", i+1), boldStyle), Indent: 7, After: 0.8})
		}
	}
	body = append(body, section("Ouverture de la séance", m.Opening)...)
	for _, p := range m.Points {
		body = append(body, p.blocks(a)...)
	}
	body = append(body, section("Fin de la séance", m.Closing)...)
	ended := "La séance est levée à " + or(m.Ended, blank) + "."
	body = append(body, para(ended, bodyStyle))
	keepLast(body) // no signature stands alone on its page
	body = append(body, m.settlement()...)
	what := "Procès-verbal de la séance du " + french.Date(m.Sitting.At)
	return set(ctx, m.Head, part{title: what, running: what, foot: a.Name + " — " + what, body: body, archival: true})
}

func section(title string, passages []Passage) []flow.Block {
	if len(passages) == 0 {
		return nil
	}
	out := []flow.Block{heading(title)}
	for _, p := range passages {
		out = append(out, p.blocks()...)
	}
	return out
}

// subheading begins a part of a point.
func subheading(text string) flow.Block {
	return flow.Para{Spans: prose(text, with(sized(bodyStyle, 9.6), flow.BoldItalic)), Role: flow.Subtitle, Before: 1.5, After: 0.8, Keep: true}
}

func (p MinutesPoint) blocks(a Authority) []flow.Block {
	label := strconv.Itoa(p.Order) + ". " + p.Subject
	if p.Number != "" {
		label += " (délibération n° " + p.Number + ")"
	}
	out := []flow.Block{heading(label)}
	if p.Reporter != "" {
		out = append(out, flow.Para{Spans: prose("Rapporteur: "+p.Reporter, sized(noteStyle, 9)), After: 1, Keep: true})
	}
	for _, e := range p.Events {
		out = append(out, para(e, sized(bodyStyle, 9.4)))
	}
	for _, part := range []struct {
		title    string
		passages []Passage
	}{{"Rapport", p.Report}, {"Discussions", p.Discussion}} {
		if len(part.passages) == 0 {
			continue
		}
		out = append(out, subheading(part.title))
		for _, x := range part.passages {
			out = append(out, x.blocks()...)
		}
	}
	return append(out, p.ballot(a)...)
}

// ballot is who could vote, how, and what came of it.
func (p MinutesPoint) ballot(a Authority) []flow.Block {
	if p.Outcome == "" {
		return nil
	}
	if p.Vote == nil {
		return []flow.Block{para(p.Outcome, sized(boldStyle, 9.4))}
	}
	out := []flow.Block{subheading("Vote")}
	small := sized(bodyStyle, 9.4)
	if p.Requests != "" {
		out = append(out, para(p.Requests, small))
	}
	if len(p.Withdrawn) > 0 {
		out = append(out, para("Ne prennent pas part à ce point: "+french.List(p.Withdrawn)+".", small))
	}
	if len(p.Present) > 0 {
		out = append(out, para("Présents à ce point: "+french.List(p.Present)+".", small))
	}
	if p.Vote != nil {
		words := p.Vote.words()
		out = append(out, para(french.Count(p.Voters, "votant", "votants")+"; "+words+".", small))
		named := *p.Vote
		named.Told = nil // the events of the point tell it
		out = append(out, named.names()...)
	}
	out = append(out, para(p.Outcome, with(small, flow.Bold)))
	if len(p.Articles) > 0 {
		out = append(out, flow.Para{Spans: prose("Le "+a.body()+", après en avoir délibéré, décide:", small), Before: 1, After: 1, Keep: true})
		for i, article := range p.Articles {
			out = append(out, article.blocks(i+1, len(p.Articles))...)
		}
		keepNot(out)
	}
	return out
}

// keepNot lets the last paragraph part from what follows: an article of a deliberation stays with its signatures, one of minutes has none.
func keepNot(blocks []flow.Block) {
	if p, ok := blocks[len(blocks)-1].(flow.Para); ok {
		p.Keep = false
		blocks[len(blocks)-1] = p
	}
}

// settlement is the corrections, the signatures and the publication, on one page.
func (m Minutes) settlement() []flow.Block {
	var out []flow.Block
	if m.Settled != nil {
		out = append(out, heading("Arrêt du procès-verbal"))
		text := "Le présent procès-verbal a été arrêté au commencement de la séance du " + french.LongDate(m.Settled.At) + " (CGCT, art. L. 2121-15)"
		if len(m.Settled.Corrections) == 0 {
			out = append(out, para(text+", sans observation.", bodyStyle))
		} else {
			out = append(out, para(text+", avec les corrections suivantes:", bodyStyle))
			for i, c := range m.Settled.Corrections {
				out = append(out, flow.Para{Spans: prose(c, bodyStyle), Label: plain(fmt.Sprintf("%d.", i+1), boldStyle), Indent: 7, After: 1})
			}
		}
	}
	keepLast(out)
	return append(out, flow.Group{flow.Space(4), frames(m.Signatures), flow.Space(3), flow.Rule{Thickness: 0.2, Color: hair, After: 1.5},
		fields(0.42, field{label: "Publié le", value: prose(dateOr(m.Published), smallStyle)})})
}
