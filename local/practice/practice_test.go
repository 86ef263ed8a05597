package practice_test

import (
	"slices"
	"strings"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/practice"
	"alpi40.fr/airial/local/rule"
)

func course(t testing.TB) (*practice.Course, civilstatus.Catalogue) {
	t.Helper()
	formulas, err := civilstatus.Standard()
	if err != nil {
		t.Fatal(err)
	}
	c, err := practice.Read(formulas)
	if err != nil {
		t.Fatal(err)
	}
	return c, formulas
}

// No exercise lies: the catalogue knows the mention on that act and its words, what is refused is refused by the rules or by
// the acts themselves, and each says why.
func TestEveryExerciseHoldsByTheCatalogue(t *testing.T) {
	c, formulas := course(t)
	if len(c.Exercises) != 30 {
		t.Fatalf("%d exercises", len(c.Exercises))
	}
	for i, e := range c.Exercises {
		if e.ID != i+1 || e.Title == "" || e.Notice == "" || e.Lesson == "" {
			t.Errorf("exercise %d (%d) is not whole", i+1, e.ID)
		}
		act, known := c.Act(e.Act)
		if !e.Refused {
			f, err := formulas.Find(e.Code, act.Kind)
			if err != nil || e.Article == "" {
				t.Errorf("%d: %v, article %q", e.ID, err, e.Article)
			}
			for _, m := range act.Mentions {
				if right, err := c.Expected(e); err != nil || m.Text == right.Words {
					t.Errorf("%d: the mention is there already, %v", e.ID, err)
				}
			}
			for name, value := range e.Fields {
				if !slices.Contains(f.Fields, name) || name != "autorite" && act.Kind != civilstatus.Death && !strings.Contains(e.Notice, value) {
					t.Errorf("%d: the notice does not say %s, %q", e.ID, name, value)
				}
			}
			if day := act.Date.Time(); act.Kind == civilstatus.Birth && strings.Contains(e.Notice, " le ") && strings.Contains(e.Notice, "née chez vous le") && !strings.Contains(e.Notice, day.Format("2006")) {
				t.Errorf("%d: born another year", e.ID)
			}
			continue
		}
		switch {
		case e.Absent != "":
			for _, a := range c.Acts {
				if strings.EqualFold(a.LastName, e.Absent) {
					t.Errorf("%d: %s is there", e.ID, e.Absent)
				}
			}
		case e.Duplicate:
			f, err := formulas.Find(e.Code, act.Kind)
			if err != nil {
				t.Fatal(err)
			}
			text, err := f.Preview(act.Gender, e.Fields)
			if err != nil || !slices.ContainsFunc(act.Mentions, func(m civilstatus.Mention) bool { return m.Code == e.Code && m.Text == text }) {
				t.Errorf("%d: %q is not on the act, %v", e.ID, text, err)
			}
		default:
			_, err := formulas.Find(e.Code, act.Kind)
			if r := rule.Find(err); !known || r == nil || r.Article != e.Article {
				t.Errorf("%d: not refused as said: %v", e.ID, err)
			}
		}
	}
}

func TestTheRightAnswerIsAmongThoseOffered(t *testing.T) {
	c, _ := course(t)
	for _, e := range c.Exercises {
		right, err := c.Expected(e)
		if err != nil {
			t.Fatal(err)
		}
		m, err := c.Grade(e, right)
		if err != nil || m.Points != m.Of {
			t.Errorf("%d: the right answer has %d of %d, %v", e.ID, m.Points, m.Of, err)
		}
		if e.Refused {
			if m, _ := c.Grade(e, practice.Answer{Act: "n1"}); m.Points != 0 {
				t.Errorf("%d: an act where none is", e.ID)
			}
			continue
		}
		words := c.Wordings(e)
		if !slices.Contains(c.Codes(e), right.Code) || !slices.Contains(words, right.Words) || len(words) < 2 {
			t.Errorf("%d: %q among %q, %q among %q", e.ID, right.Code, c.Codes(e), right.Words, words)
		}
		if !slices.ContainsFunc(practice.Addressees(), func(a []practice.Addressee) bool { return slices.Equal(a, right.Notify) }) {
			t.Errorf("%d: nobody offers %v", e.ID, right.Notify)
		}
		for _, w := range words {
			if m, _ := c.Grade(e, practice.Answer{Act: right.Act, Code: right.Code, Words: w, Notify: right.Notify}); (m.Points == 4) != (w == right.Words) {
				t.Errorf("%d: %q has %d points", e.ID, w, m.Points)
			}
		}
	}
}

func TestResults(t *testing.T) {
	c, _ := course(t)
	all := practice.Results{}
	for _, e := range c.Exercises {
		all[e.ID] = 4
	}
	if again := practice.ParseResults(all.String()); again.String() != all.String() || !c.Passed(again) {
		t.Errorf("%q", again)
	}
	delete(all, 30)
	if c.Passed(all) {
		t.Error("passed before the end")
	}
}

// FuzzResults: what stands on the computer may be damaged.
func FuzzResults(f *testing.F) {
	f.Add("1=4;2=0")
	f.Add("=;;1=9;x=1;-1=2")
	f.Fuzz(func(t *testing.T, text string) {
		r := practice.ParseResults(text)
		if again := practice.ParseResults(r.String()); again.String() != r.String() {
			t.Errorf("%q then %q", r, again)
		}
	})
}
