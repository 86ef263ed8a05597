package typeset

import (
	"context"
	"fmt"
	"strings"
	"time"

	"alpi40.fr/airial/local/typeset/french"
	"alpi40.fr/airial/local/typeset/internal/flow"
)

// SigningSlip (bordereau de signature) tells how a folder of the parapheur was signed: what, by whom, when, on which
// device, with which certificate, and what a verification found. It proves nothing by itself: the signed files do.
type SigningSlip struct {
	Head
	Folder     string // its title
	Reference  string // of the folder
	Status     string // «Signé», «Refusé»…
	Documents  []SlipDocument
	Steps      []SlipStep
	Signatures []SlipSignature
	History    []SlipEvent
	// JournalHead is the hash of the journal's last entry for the folder, in hexadecimal.
	JournalHead string
}

// SlipDocument is a file of the folder.
type SlipDocument struct {
	Name   string
	Pages  int // 0 when it has none
	Size   int64
	SHA256 string // hexadecimal
}

// SlipStep is a step of the route and what came of it.
type SlipStep struct {
	Kind    string // «Visa», «Signature», «Cachet»
	Person  string
	Quality string // «maire», «secrétaire générale»
	Outcome string // «Visé», «Signé», «Refusé», «En attente»
	Reason  string // of a refusal
	At      time.Time
	Device  string // «Portable de la mairie»
}

// SlipSignature is an electronic signature as a verification sees it.
type SlipSignature struct {
	Person, Quality     string
	Document            string // name of the file signed
	Level               string // «PAdES B-LT»
	Subject, Issuer     string // distinguished names
	Serial              string // hexadecimal
	NotBefore, NotAfter time.Time
	Claimed             time.Time // by the signer's computer
	Timestamp           time.Time // by the timestamping authority; zero when there is none yet
	TimestampAuthority  string
	Offline             bool // signed offline, its timestamp and revocation data still to come
	Valid               Verdict
	Verdict             string // the outcome in words
	Verified            time.Time
}

// Verdict is the outcome of a verification.
type Verdict uint8

// The verdicts of ETSI EN 319 102-1.
const (
	Indeterminate Verdict = iota
	Passed
	Failed
)

// SlipEvent is a line of the folder's history.
type SlipEvent struct {
	At    time.Time
	Actor string
	Text  string
}

// OfflineLabel marks a signature whose timestamp is still to come.
const OfflineLabel = "signée hors ligne, à horodater"

// Typeset sets the slip.
func (s SigningSlip) Typeset(ctx context.Context) (Document, error) {
	if s.Folder == "" {
		return Document{}, fmt.Errorf("signing slip: %w: title of the folder", ErrIncomplete)
	}
	body := []flow.Block{letterhead(s.Authority,
		aligned(plain("Édité le", sized(noteStyle, 8.6))), aligned(prose(french.DateTime(s.Printed), sized(bodyStyle, 8.6))))}
	body = append(body, title("Bordereau de signature", "")...)
	subject := []flow.Block{flow.Para{Spans: prose(s.Folder, sized(boldStyle, 11.5)), Keep: true}}
	if s.Reference != "" || s.Status != "" {
		subject = append(subject, flow.Para{Spans: prose(strings.Trim(s.Status+" — dossier "+s.Reference, " —"), sized(noteStyle, 9)), Before: 0.6})
	}
	body = append(body, note(tint, accent, subject...))
	body = append(body, s.documents()...)
	body = append(body, s.steps()...)
	body = append(body, s.signatures()...)
	body = append(body, s.history()...)
	foot := s.Authority.Name + " — bordereau de signature"
	if s.JournalHead != "" {
		body = append(body, flow.Group{flow.Space(3), flow.Rule{Thickness: 0.2, Color: hair, After: 1.5},
			flow.Para{Spans: plain("Empreinte de la tête du journal (SHA-256)", noteStyle), Keep: true},
			flow.Para{Spans: code(s.JournalHead), After: 1},
			flow.Para{Spans: prose("Ce bordereau récapitule le journal du dossier. La preuve de chaque signature est dans le fichier signé lui-même, que tout outil conforme aux normes PAdES, XAdES ou CAdES peut vérifier.", noteStyle)},
		})
		foot = "Tête du journal " + clipHash(s.JournalHead) + " — " + foot
	}
	return set(ctx, s.Head, part{title: "Bordereau de signature — " + s.Folder, running: "Bordereau de signature — " + s.Folder, foot: foot, body: body})
}

// clipHash shows the beginning of a hash where the whole has no room.
func clipHash(h string) string {
	h = french.Clean(h)
	if len(h) > 16 {
		return h[:16] + "…"
	}
	return h
}

func (s SigningSlip) documents() []flow.Block {
	if len(s.Documents) == 0 {
		return nil
	}
	out := []flow.Block{heading(plural(len(s.Documents), "Document", "Documents"))}
	t := flow.Table{Widths: []float64{0.05, 0.95}, Rule: hair, Pad: 1.2, After: 1}
	for i, d := range s.Documents {
		facts := []string{size(d.Size)}
		if d.Pages > 0 {
			facts = append([]string{french.Count(d.Pages, "page", "pages")}, facts...)
		}
		t.Rows = append(t.Rows, []flow.Cell{
			{flow.Para{Spans: plain(fmt.Sprint(i+1), colored(boldStyle, accent))}},
			{
				flow.Para{Spans: join(plain(french.Clean(d.Name), boldStyle), plain("   "+strings.Join(facts, ", "), noteStyle)), Keep: true},
				flow.Para{Spans: join(plain("SHA-256  ", sized(noteStyle, 7.6)), code(d.SHA256)), Leading: 4},
			},
		})
	}
	return append(out, t)
}

// size is a file's size in the units of a French desktop.
func size(n int64) string {
	switch {
	case n < 1000:
		return french.Count(int(n), "octet", "octets")
	case n < 1_000_000:
		return french.Number((n+500)/1000) + french.NoBreakSpace + "Ko"
	default:
		return strings.Replace(fmt.Sprintf("%.1f", float64(n)/1e6), ".", ",", 1) + french.NoBreakSpace + "Mo"
	}
}

func (s SigningSlip) steps() []flow.Block {
	if len(s.Steps) == 0 {
		return nil
	}
	small := sized(bodyStyle, 9)
	t := flow.Table{Widths: []float64{0.16, 0.32, 0.15, 0.37}, Rule: hair, HeadFill: &tint, Pad: 1.1, After: 1}
	for _, h := range []string{"Étape", "Qui", "Suite", "Quand et où"} {
		t.Head = append(t.Head, flow.Cell{flow.Para{Spans: plain(h, with(small, flow.Bold))}})
	}
	for i, step := range s.Steps {
		who := flow.Cell{flow.Para{Spans: prose(step.Person, with(small, flow.Bold))}}
		if step.Quality != "" {
			who = append(who, flow.Para{Spans: prose(step.Quality, noteStyle)})
		}
		when := flow.Cell{flow.Para{Spans: prose(or(dated(step.At, french.DateTime), "—"), small)}}
		if step.Device != "" {
			when = append(when, flow.Para{Spans: prose(step.Device, noteStyle)})
		}
		outcome := flow.Cell{flow.Para{Spans: prose(step.Outcome, small)}}
		if step.Reason != "" {
			when = append(when, flow.Para{Spans: join(plain("Motif\u202f: ", with(small, flow.Italic)), prose(step.Reason, small))})
		}
		t.Rows = append(t.Rows, []flow.Cell{{flow.Para{Spans: prose(fmt.Sprintf("%d. %s", i+1, step.Kind), small)}}, who, outcome, when})
	}
	return []flow.Block{heading("Circuit"), t}
}

func (s SigningSlip) signatures() []flow.Block {
	if len(s.Signatures) == 0 {
		return nil
	}
	out := []flow.Block{heading(plural(len(s.Signatures), "Signature électronique", "Signatures électroniques"))}
	for _, g := range s.Signatures {
		out = append(out, g.block())
	}
	return out
}

// look is the colour and the default words of a verdict.
func (g SlipSignature) look() (fill, bar flow.Color, words string) {
	switch {
	case g.Valid == Failed:
		return redTint, red, "Signature non valide"
	case g.Offline:
		return amberTint, amber, "Signature " + OfflineLabel
	case g.Valid == Passed:
		return tint, accent, "Signature valide"
	default:
		return amberTint, amber, "Validité indéterminée"
	}
}

func (g SlipSignature) block() flow.Block {
	fill, bar, words := g.look()
	small := sized(bodyStyle, 8.8)
	label := func(name, value string) field { return field{label: name, value: prose(value, small)} }
	exact := func(name, value string) field { return field{label: name, value: plain(french.Clean(value), small)} }
	who := g.Person
	if g.Quality != "" {
		who += ", " + g.Quality
	}
	verdict := g.Verdict
	if !g.Verified.IsZero() {
		verdict = strings.TrimSpace(verdict + " (vérifiée le " + french.Date(g.Verified) + " à " + french.Time(g.Verified) + ")")
	}
	timestamp := dated(g.Timestamp, french.DateTime)
	if timestamp == "" {
		timestamp = "aucun"
		if g.Offline {
			timestamp = "à venir : la signature a été faite hors ligne"
		}
	} else if g.TimestampAuthority != "" {
		timestamp += ", par " + g.TimestampAuthority
	}
	validity := ""
	if !g.NotBefore.IsZero() && !g.NotAfter.IsZero() {
		validity = "du " + french.Date(g.NotBefore) + " au " + french.Date(g.NotAfter)
	}
	serial := field{label: "Numéro de série", value: plain(french.Clean(g.Serial), sized(codeStyle, 8))}
	if g.Serial == "" {
		serial.value = nil
	}
	return flow.Group{note(fill, bar,
		flow.Para{Spans: join(prose(who, boldStyle)), Keep: true},
		flow.Para{Spans: prose(words, colored(with(sized(bodyStyle, 9.4), flow.Bold), bar)), After: 1.2, Keep: true},
		fields(0.27,
			exact("Fichier signé", g.Document), label("Niveau", g.Level), exact("Certificat", g.Subject), exact("Émis par", g.Issuer),
			serial, label("Certificat valable", validity), label("Heure déclarée", dated(g.Claimed, french.DateTime)),
			label("Horodatage", timestamp), label("Vérification", verdict)),
	)}
}

func (s SigningSlip) history() []flow.Block {
	if len(s.History) == 0 {
		return nil
	}
	small := sized(bodyStyle, 8.6)
	t := flow.Table{Widths: []float64{0.22, 0.26, 0.52}, Rule: hair, HeadFill: &tint, Pad: 0.9}
	for _, h := range []string{"Date", "Acteur", "Événement"} {
		t.Head = append(t.Head, flow.Cell{flow.Para{Spans: plain(h, with(small, flow.Bold))}})
	}
	for _, e := range s.History {
		t.Rows = append(t.Rows, []flow.Cell{
			{flow.Para{Spans: prose(french.ShortDate(e.At)+" "+french.Time(e.At), small)}}, {flow.Para{Spans: prose(e.Actor, small)}}, {flow.Para{Spans: prose(e.Text, small)}},
		})
	}
	return []flow.Block{heading("Historique"), t}
}
