package typeset

import (
	"context"
	"fmt"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// FamilyBooklet is pages of a family booklet (livret de famille): an extract of each act, with the mentions that it bears.
// The official form was not compared: each page says that it is a draft.
type FamilyBooklet struct {
	Head
	Pages   []BookletPage
	Brought time.Time // up to date on
}

// BookletPage is the extract of an act.
type BookletPage struct {
	Title    string // «Extrait de l’acte de mariage»
	On       Act
	Lines    []Line
	Mentions []AffixedMention
}

// Typeset sets the pages, each whole.
func (b FamilyBooklet) Typeset(ctx context.Context) (Document, error) {
	if len(b.Pages) == 0 {
		return Document{}, fmt.Errorf("family booklet: %w: pages", ErrIncomplete)
	}
	body := []flow.Block{letterhead(b.Authority)}
	body = append(body, title("Livret de famille", "Extraits mis à jour des mentions")...)
	body = append(body, note(redTint, red, flow.Para{Spans: prose("PROJET : ces pages suivent ce que le livret de famille doit dire ; le modèle de l’arrêté n’a pas été comparé. Reportez-les au livret, ou vérifiez-les avant de les y coller.", smallStyle)}))
	for _, p := range b.Pages {
		if p.Title == "" || len(p.Lines) == 0 {
			return Document{}, fmt.Errorf("family booklet: %w: title or contents of a page", ErrIncomplete)
		}
		body = append(body, b.page(p))
	}
	const what = "Livret de famille"
	return set(ctx, b.Head, part{title: what, running: what, foot: b.Authority.Name + " — livret de famille (projet)", body: body})
}

func (b FamilyBooklet) page(p BookletPage) flow.Block {
	var all []field
	for _, l := range p.Lines {
		all = append(all, textField(l.Label, l.Text))
	}
	group := flow.Group{heading(p.Title), flow.Para{Spans: prose(p.On.Reference(), boldStyle), After: 1}, fields(0.3, all...)}
	if len(p.Mentions) == 0 {
		group = append(group, para("Mentions : néant.", smallStyle))
	}
	for _, m := range p.Mentions {
		text := m.Text
		if !m.On.IsZero() {
			text += " (mention apposée le " + french.Date(m.On) + ")"
		}
		line := para(text, smallStyle)
		line.Label, line.Indent = plain("–", smallStyle), bulletIndent
		group = append(group, line)
	}
	return append(group, flow.Space(1), para("À "+or(b.Authority.Place, b.Authority.Name)+", le "+dateOr(b.Brought)+". Sceau et signature :", smallStyle), flow.Space(14), flow.Rule{Thickness: 0.2, Color: hair, Width: flow.Measure, Before: 1, After: 3})
}

// DeathFollowUp is what is to be done once a death act is drawn up, and what the bulletin to INSEE says.
type DeathFollowUp struct {
	Head
	On       Act
	Duties   []Duty
	Bulletin []Line
}

// Duty is one thing to be done.
type Duty struct{ What, To, Within, Source string }

// Typeset sets the sheet, with a box to tick for each duty.
func (d DeathFollowUp) Typeset(ctx context.Context) (Document, error) {
	if d.On.Kind == "" || len(d.Duties) == 0 {
		return Document{}, fmt.Errorf("follow-up of a death: %w: act or duties", ErrIncomplete)
	}
	body := []flow.Block{letterhead(d.Authority)}
	body = append(body, title("Suites d’un décès", d.On.Reference()+" — "+d.On.Person)...)
	small := sized(bodyStyle, 9.2)
	t := flow.Table{Widths: []float64{0.07, 0.40, 0.33, 0.20}, Rule: hair, HeadFill: &tint, Pad: 1.2, After: 3}
	for _, h := range []string{"Fait", "À faire", "À qui", "Délai"} {
		t.Head = append(t.Head, flow.Cell{flow.Para{Spans: plain(h, with(small, flow.Bold))}})
	}
	for _, one := range d.Duties {
		t.Rows = append(t.Rows, []flow.Cell{{flow.Para{Spans: plain("[   ]", small)}}, {flow.Para{Spans: prose(one.What, small)}, flow.Para{Spans: prose(one.Source, sized(noteStyle, 8))}}, {flow.Para{Spans: prose(one.To, small)}}, {flow.Para{Spans: prose(or(one.Within, "sans délai"), small)}}})
	}
	body = append(body, t, heading("Bulletin de décès (INSEE, 7 bis) : ce que l’acte en dit"))
	var all []field
	for _, l := range d.Bulletin {
		all = append(all, textField(l.Label, or(l.Text, blank)))
	}
	body = append(body, fields(0.34, all...), note(amberTint, amber, flow.Para{Spans: prose("PROJET : le bulletin se remplit sur le service de l’INSEE ou sur son imprimé ; cette page aide à le remplir et ne le remplace pas.", smallStyle)}))
	const what = "Suites d’un décès"
	return set(ctx, d.Head, part{title: what, running: what + " — " + d.On.Person, foot: d.Authority.Name + " — suites d’un décès", body: body})
}
