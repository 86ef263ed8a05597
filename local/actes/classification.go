package actes

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/signature/xmltree"
	"alpi40.fr/airial/local/typeset/french"
)

// The reasons for which what came back is not read; match them with errors.Is. Those of
// xmltree.Walk come as well.
var (
	// ErrNotClassification: well-formed XML of another kind.
	ErrNotClassification = errors.New("not a classification of matters")
	// ErrNotReceipt: well-formed XML of another kind.
	ErrNotReceipt = errors.New("not the receipt of an act")
)

// Matter is a subject of acts, in one to five levels.
type Matter struct {
	Code  string `json:"code"` // «7.1.2»
	Label string `json:"label"`
}

// PieceType is what a file of an act may be.
type PieceType struct {
	Code  string `json:"code"` // «99_DE»
	Label string `json:"label"`
}

// Nature is a sort of act.
type Nature struct {
	Code   int         `json:"code"` // 1 to 6
	Label  string      `json:"label"`
	Short  string      `json:"short"` // «DE»
	Pieces []PieceType `json:"pieces,omitempty"`
}

// The natures of @CTES that Airial proposes; a person may choose another of the classification.
const (
	Deliberation = 1
	Regulation   = 2 // acte réglementaire
	Individual   = 3
	Contract     = 4
)

// Short is the abbreviation of a nature, which file names and types of pieces bear.
func Short(nature int) string {
	if nature < 1 || nature > len(shorts) {
		return "AU"
	}
	return shorts[nature-1]
}

var shorts = [...]string{"DE", "AR", "AI", "CC", "BF", "AU"}

// Classification is what the préfecture files acts under.
type Classification struct {
	Date authority.Day `json:"date"`
	// Model: it is the program's own, a draft to be replaced by the préfecture's.
	Model   bool     `json:"model,omitempty"`
	Natures []Nature `json:"natures"`
	Matters []Matter `json:"matters"`
}

//go:embed matieres.csv
var modelMatters string

// modelDate is when a préfecture had the model as its classification.
const modelDate authority.Day = "2019-03-01"

// Model is the classification that the program comes with.
func Model() Classification {
	c := Classification{Date: modelDate, Model: true, Natures: []Nature{
		{1, "Délibérations", "DE", []PieceType{{"99_DE", "Délibération"}, {"21_RP", "Rapport de présentation"}, {"99_AU", "Autre document"}}},
		{2, "Actes réglementaires", "AR", []PieceType{{"99_AR", "Acte réglementaire"}, {"99_AU", "Autre document"}}},
		{3, "Actes individuels", "AI", []PieceType{{"99_AI", "Acte individuel"}, {"99_AU", "Autre document"}}},
		{4, "Contrats, conventions et avenants", "CC", []PieceType{{"99_DC", "Contrat, convention ou avenant"}, {"99_AU", "Autre document"}}},
		{5, "Documents budgétaires et financiers", "BF", []PieceType{{"99_BU", "Document budgétaire"}, {"99_AU", "Autre document"}}},
		{6, "Autres", "AU", []PieceType{{"99_AU", "Autre document"}}},
	}}
	for line := range strings.SplitSeq(modelMatters, "\n") {
		if code, label, found := strings.Cut(strings.TrimSpace(line), ";"); found && code != "code" {
			c.Matters = append(c.Matters, Matter{code, strings.TrimSpace(label)})
		}
	}
	return c
}

// The bounds of a classification.
const (
	maxMatters = 5000
	maxPieces  = 5000
	maxLabel   = 1000
	maxLevels  = 5
)

// ReadClassification reads what the préfecture serves (RetourClassification). Errors:
// ErrNotClassification, those of xmltree.Walk.
func ReadClassification(raw []byte) (c Classification, err error) {
	var levels []string
	var path []string
	pieces := 0
	err = xmltree.Walk(raw, func(p xmltree.Part) error {
		local := p.Name.Local
		rank, found := strings.CutPrefix(local, "Matiere")
		level := found && len(rank) == 1 && rank[0] >= '1' && rank[0] <= '0'+maxLevels
		switch {
		case p.Start && len(path) == 0 && local != "RetourClassification":
			return fmt.Errorf("its root is %.40s: %w", local, ErrNotClassification)
		case p.Start && level:
			if levels = append(levels, value(p, "CodeMatiere")); len(levels) > maxLevels || len(c.Matters) >= maxMatters {
				return fmt.Errorf("too many matters: %w", ErrNotClassification)
			}
			c.Matters = append(c.Matters, Matter{strings.Join(levels, "."), value(p, "Libelle")})
		case p.End && level && len(levels) > 0:
			levels = levels[:len(levels)-1]
		case p.Start && local == "NatureActe" && len(c.Natures) < 20:
			n := Nature{Label: value(p, "Libelle"), Short: value(p, "TypeAbrege")}
			if _, err := fmt.Sscan(value(p, "CodeNatureActe"), &n.Code); err != nil {
				return fmt.Errorf("the number of a nature: %w", ErrNotClassification)
			}
			c.Natures = append(c.Natures, n)
		case p.Start && local == "TypePJNatureActe" && len(c.Natures) > 0:
			if pieces++; pieces > maxPieces {
				return fmt.Errorf("too many types: %w", ErrNotClassification)
			}
			last := &c.Natures[len(c.Natures)-1]
			last.Pieces = append(last.Pieces, PieceType{value(p, "CodeTypePJ"), value(p, "Libelle")})
		}
		if !p.Start && !p.End && len(path) > 0 && path[len(path)-1] == "DateClassification" && len(c.Date) < maxLabel {
			c.Date += authority.Day(bytes.TrimSpace(p.Text))
		}
		if p.Start {
			path = append(path, local)
		}
		if p.End && len(path) > 0 {
			path = path[:len(path)-1]
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	if c.Date, err = authority.ParseDay(string(c.Date)); err != nil || len(c.Matters) == 0 || len(c.Natures) == 0 {
		return c, errors.Join(ErrNotClassification, err)
	}
	return c, nil
}

// value is an attribute, whatever its prefix, bounded.
func value(p xmltree.Part, name string) string {
	for _, a := range p.Attrs {
		if a.Name.Local == name {
			v := strings.TrimSpace(a.Value)
			return strings.ToValidUTF8(v[:min(len(v), maxLabel)], "")
		}
	}
	return ""
}

// Matter gives one by its code.
func (c Classification) Matter(code string) (Matter, bool) {
	i := slices.IndexFunc(c.Matters, func(m Matter) bool { return m.Code == code })
	if i < 0 {
		return Matter{}, false
	}
	return c.Matters[i], true
}

// Path is a matter with those above it: «Finances locales › Subventions».
func (c Classification) Path(code string) string {
	var words []string
	parts := strings.Split(code, ".")
	for i := range parts {
		if m, ok := c.Matter(strings.Join(parts[:i+1], ".")); ok {
			words = append(words, m.Label)
		}
	}
	return strings.Join(words, " › ")
}

// Nature gives one by its number.
func (c Classification) Nature(code int) (Nature, bool) {
	i := slices.IndexFunc(c.Natures, func(n Nature) bool { return n.Code == code })
	if i < 0 {
		return Nature{}, false
	}
	return c.Natures[i], true
}

// Index is a classification made ready to be searched as one types.
type Index struct{ all []indexed }

type indexed struct {
	Matter        // its label is its whole path
	folded string // without case nor accents
}

func folded(s string) string { return strings.ToLower(french.Unaccented(s)) }

// Index makes the finest matters ready, in their order.
func (c Classification) Index() Index {
	labels, branch := map[string]string{}, map[string]bool{}
	for _, m := range c.Matters {
		labels[m.Code] = m.Label
		if i := strings.LastIndexByte(m.Code, '.'); i > 0 {
			branch[m.Code[:i]] = true
		}
	}
	var x Index
	for _, m := range c.Matters {
		if branch[m.Code] {
			continue
		}
		var path []string
		for i := range m.Code {
			if m.Code[i] == '.' {
				path = append(path, labels[m.Code[:i]])
			}
		}
		m.Label = strings.Join(append(path, m.Label), " › ")
		x.all = append(x.all, indexed{m, folded(m.Code + " " + m.Label)})
	}
	return x
}

// Search gives the finest matters, at most limit, whose code and path hold each of the words,
// whatever the case and the accents; the first of all for no word. Their labels are their paths.
func (x Index) Search(text string, limit int) (found []Matter) {
	words := strings.Fields(folded(text))
	for _, m := range x.all {
		if len(found) >= limit {
			break
		}
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(m.folded, w) }) {
			found = append(found, m.Matter)
		}
	}
	return found
}

// Receipt is what an ARActe says.
type Receipt struct {
	// ID is the State's identifier of the act, Date when it was received.
	ID   string        `json:"id"`
	Date authority.Day `json:"date"`
	// Number, Nature and Decided are those of the act that it is about.
	Number  string        `json:"number"`
	Nature  string        `json:"nature"`
	Decided authority.Day `json:"decided"`
}

// ReadReceipt reads an ARActe. Errors: ErrNotReceipt, those of xmltree.Walk.
func ReadReceipt(raw []byte) (r Receipt, err error) {
	depth := 0
	err = xmltree.Walk(raw, func(p xmltree.Part) error {
		switch {
		case p.Start && depth == 0 && p.Name.Local != "ARActe":
			return fmt.Errorf("its root is %.40s: %w", p.Name.Local, ErrNotReceipt)
		case p.Start && depth == 0:
			r.ID, r.Date = value(p, "IDActe"), authority.Day(value(p, "DateReception"))
		case p.Start && (p.Name.Local == "ActeRecu" || p.Name.Local == "Acte" && r.Number == ""):
			r.Number, r.Nature, r.Decided = value(p, "NumeroInterne"), value(p, "CodeNatureActe"), authority.Day(value(p, "Date"))
		}
		if p.Start {
			depth++
		}
		if p.End {
			depth--
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	if r.ID == "" || r.Number == "" {
		return r, ErrNotReceipt
	}
	for _, d := range []authority.Day{r.Date, r.Decided} {
		if _, err := authority.ParseDay(string(d)); err != nil {
			return r, errors.Join(ErrNotReceipt, err)
		}
	}
	return r, nil
}
