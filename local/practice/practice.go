// Package practice lets an agent of the civil status train on a fictional commune: an incoming notice, then which act,
// which mention, which words, whom to notify, corrected at once with the article.
//
// Nothing of it stands in the journal but the certificate that was earned (kept.go). The exercises are data (exercises.json); what is expected is not: the words are those
// that the catalogue gives, so that a formula which changes changes the answer with it. A formula without known words, or
// which is a draft, is told as such.
package practice

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
)

//go:embed exercises.json
var embedded []byte

// Course is a practice commune and its exercises.
type Course struct {
	Commune   string            `json:"commune"`
	Acts      []civilstatus.Act `json:"acts"`
	Exercises []Exercise        `json:"exercises"`

	formulas civilstatus.Catalogue
}

// Exercise is a notice to deal with.
type Exercise struct {
	ID     int               `json:"id"`
	Title  string            `json:"title"`
	Notice string            `json:"notice"`
	Act    string            `json:"act"`
	Code   string            `json:"code"`
	Fields map[string]string `json:"fields"`
	// Also are who is notified besides the registry of the court.
	Also []Addressee `json:"also"`
	// Refused: no mention is to be affixed. Act and Code are then what the rules refuse; Absent is a name that no act
	// bears; Duplicate says that the mention is there already.
	Refused   bool   `json:"refused"`
	Absent    string `json:"absent"`
	Duplicate bool   `json:"duplicate"`
	Article   string `json:"article"`
	Lesson    string `json:"lesson"`
}

// Addressee is who may be notified.
type Addressee string

// The addressees.
const (
	Registry Addressee = "greffe"     // of the court that keeps the double (Code civil, art. 49)
	Births   Addressee = "naissances" // the communes where the spouses were born
	Nobody   Addressee = "personne"
)

// Addressees are the answers that one may give.
func Addressees() [][]Addressee {
	return [][]Addressee{{Registry}, {Registry, Births}, {Births}, {Nobody}}
}

// NoAct is the answer that nothing is to be affixed.
const NoAct = ""

// Unworded is the answer that the catalogue has no words for the mention.
const Unworded = "Libellé absent du catalogue : à reprendre du texte officiel"

var errCourse = errors.New("the exercises are not valid")

// Read reads the course that comes with the program, on a catalogue.
func Read(formulas civilstatus.Catalogue) (*Course, error) {
	c := &Course{formulas: formulas}
	if err := json.Unmarshal(embedded, c); err != nil {
		return nil, fmt.Errorf("%w: %w", errCourse, err)
	}
	for _, e := range c.Exercises {
		if _, err := c.Expected(e); err != nil {
			return nil, fmt.Errorf("%w: exercise %d: %w", errCourse, e.ID, err)
		}
	}
	return c, nil
}

// Act gives an act of the commune.
func (c *Course) Act(id string) (*civilstatus.Act, bool) {
	i := slices.IndexFunc(c.Acts, func(a civilstatus.Act) bool { return a.ID == id })
	if i < 0 {
		return nil, false
	}
	return &c.Acts[i], true
}

// Answer is what one answers.
type Answer struct {
	Act    string
	Code   string
	Words  string
	Notify []Addressee
}

// Expected is the right answer.
func (c *Course) Expected(e Exercise) (Answer, error) {
	if e.Refused {
		return Answer{Act: NoAct}, nil
	}
	act, f, err := c.find(e)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Act: act.ID, Code: e.Code, Words: Unworded, Notify: append([]Addressee{Registry}, e.Also...)}
	if f.Text != "" {
		a.Words, err = f.Words(act.Agreement(), e.Fields)
	}
	return a, err
}

func (c *Course) find(e Exercise) (*civilstatus.Act, civilstatus.Formula, error) {
	act, ok := c.Act(e.Act)
	if !ok {
		return nil, civilstatus.Formula{}, fmt.Errorf("no act %q", e.Act)
	}
	f, err := c.formulas.Find(e.Code, act.Kind)
	return act, f, err
}

// Draft tells that the exercise rests on a formula that is not verified.
func (c *Course) Draft(e Exercise) bool {
	if e.Refused {
		return false
	}
	_, f, err := c.find(e)
	return err == nil && f.Status == civilstatus.Drafted
}

// Label is what a code is called.
func (c *Course) Label(code string) string {
	for _, f := range c.formulas {
		if f.Code == code {
			return f.Label
		}
	}
	return code
}

// Codes are mentions to choose among, the right one between others that the act may bear, in an order that does not tell.
func (c *Course) Codes(e Exercise) []string {
	kind := civilstatus.Birth
	if act, ok := c.Act(e.Act); ok && !e.Refused {
		kind = act.Kind
	}
	var all []string
	for _, f := range c.formulas.On(kind) {
		if !slices.Contains(all, f.Code) {
			all = append(all, f.Code)
		}
	}
	at := max(slices.Index(all, e.Code), 0)
	first := max(min(at-e.ID%4, len(all)-6), 0)
	return all[first:min(first+6, len(all))]
}

// Wordings are words to choose among: the right ones, the other agreement, the words without their date, and none.
func (c *Course) Wordings(e Exercise) []string {
	right, err := c.Expected(e)
	if err != nil || e.Refused {
		return []string{Unworded}
	}
	all := []string{right.Words}
	add := func(s string) {
		if s != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	if act, f, err := c.find(e); err == nil && f.Text != "" {
		other := act.Agreement()
		if other.Gender == civilstatus.Feminine {
			other.Gender = civilstatus.Masculine
		} else {
			other.Gender = civilstatus.Feminine
		}
		if text, err := f.Words(other, e.Fields); err == nil {
			add(text)
		}
		for _, name := range []string{"date", "date_jugement", "date_depot"} {
			if day := e.Fields[name]; day != "" {
				add(strings.NewReplacer(" le "+day, "", " rendu", "").Replace(right.Words))
			}
		}
		add(strings.ToUpper(right.Words))
	} else {
		add(c.Label(e.Code) + ".")
	}
	add(Unworded)
	turn := e.ID % len(all)
	return append(slices.Clone(all[turn:]), all[:turn]...)
}

// Mark is what an answer is worth, question by question.
type Mark struct {
	Act, Code, Words, Notify bool
	// Points of Of: a notice to refuse has one question.
	Points, Of int
	Right      Answer
}

// Grade corrects an answer.
func (c *Course) Grade(e Exercise, a Answer) (m Mark, err error) {
	if m.Right, err = c.Expected(e); err != nil {
		return m, err
	}
	m.Act = a.Act == m.Right.Act
	if e.Refused {
		m.Of = 1
		if m.Act {
			m.Points = 1
		}
		return m, nil
	}
	m.Of = 4
	m.Code, m.Words = a.Code == m.Right.Code, a.Words == m.Right.Words
	m.Notify = slices.Equal(slices.Sorted(slices.Values(a.Notify)), slices.Sorted(slices.Values(m.Right.Notify)))
	for _, right := range []bool{m.Act, m.Code, m.Words, m.Notify} {
		if right {
			m.Points++
		}
	}
	return m, nil
}

// Results are the last points of each exercise, kept on the computer of who trains.
type Results map[int]int

// ParseResults reads what String writes; what is damaged counts as not done.
func ParseResults(text string) Results {
	r := Results{}
	for _, part := range strings.Split(text, ";") {
		id, points, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(id)
		p, bad := strconv.Atoi(points)
		if err == nil && bad == nil && n > 0 && p >= 0 && p <= 4 && len(r) < 1000 {
			r[n] = p
		}
	}
	return r
}

// String writes the results in one line.
func (r Results) String() string {
	var ids []int
	for id := range r {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var parts []string
	for _, id := range ids {
		parts = append(parts, fmt.Sprintf("%d=%d", id, r[id]))
	}
	return strings.Join(parts, ";")
}

// Score is the points of all exercises done, of those of the whole course.
func (c *Course) Score(r Results) (points, of, done int) {
	for _, e := range c.Exercises {
		worth := 4
		if e.Refused {
			worth = 1
		}
		of += worth
		if p, ok := r[e.ID]; ok {
			points += min(p, worth)
			done++
		}
	}
	return points, of, done
}

// Passed tells whether the certificate may be given: all exercises done, four points of five.
func (c *Course) Passed(r Results) bool {
	points, of, done := c.Score(r)
	return done == len(c.Exercises) && points*5 >= of*4
}
