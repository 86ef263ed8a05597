package registers_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
)

func TestWhatIsDue(t *testing.T) {
	held := council.Sitting{At: time.Date(2026, 12, 28, 20, 0, 0, 0, time.UTC), Closed: true, Posted: "2026-12-20"}
	coming := held
	coming.Closed = false
	settled := &registers.Settled{At: time.Date(2027, 2, 26, 20, 0, 0, 0, time.UTC)}
	days := func(d ...registers.Formality) map[registers.Formality]authority.Day {
		m := map[registers.Formality]authority.Day{}
		for _, f := range d {
			m[f] = "2026-12-30"
		}
		return m
	}
	for _, c := range []struct {
		article string
		r       registers.Record
		today   authority.Day
		step    registers.Step
		want    registers.Due
		absent  bool
	}{
		{"L2121-10, posted", registers.Record{Sitting: held}, "2026-12-29", registers.StepSummons, registers.Due{Done: "2026-12-20", Finished: true}, false},
		{"L2121-25, a week, over the new year", registers.Record{Sitting: held}, "2027-01-04", registers.StepList, registers.Due{Deadline: "2027-01-04"}, false},
		{"L2121-25, a day too late", registers.Record{Sitting: held}, "2027-01-05", registers.StepList, registers.Due{Deadline: "2027-01-04", Late: true}, false},
		{"L2121-25, posted but not online", registers.Record{Sitting: held, Formalities: days(registers.ListPosted)}, "2026-12-30", registers.StepList, registers.Due{Deadline: "2027-01-04"}, false},
		{"L2121-25, posted and online", registers.Record{Sitting: held, Formalities: days(registers.ListPosted, registers.ListOnline)}, "2027-02-01", registers.StepList, registers.Due{Deadline: "2027-01-04", Done: "2026-12-30", Finished: true}, false},
		{"R2121-9, by hand", registers.Record{Sitting: held, Formalities: days(registers.ClosingSigned)}, "2027-02-01", registers.StepClosing, registers.Due{Done: "2026-12-30", Finished: true}, false},
		{"L2121-15, to be settled", registers.Record{Sitting: held, Minutes: &registers.Minutes{}}, "2027-02-01", registers.StepSettle, registers.Due{}, false},
		{"L2121-15, to be published within the week", registers.Record{Sitting: held, Minutes: &registers.Minutes{Settled: settled}}, "2027-03-06", registers.StepPublish, registers.Due{Deadline: "2027-03-05", Late: true}, false},
		{"L2121-15, published", registers.Record{Sitting: held, Minutes: &registers.Minutes{Settled: settled, Published: "2027-03-01"}}, "2027-03-06", registers.StepPublish, registers.Due{Deadline: "2027-03-05", Done: "2027-03-01", Finished: true}, false},
		{"nothing is due of a sitting to come but its summons", registers.Record{Sitting: coming}, "2026-12-27", registers.StepList, registers.Due{}, true},
	} {
		var got []registers.Due
		for _, d := range registers.DueAfter(c.r, c.today, 0, false) {
			if d.Step == c.step {
				c.want.Step, c.want.Article = d.Step, d.Article
				got = append(got, d)
			}
		}
		if c.absent != (len(got) == 0) || !c.absent && !reflect.DeepEqual(got[0], c.want) {
			t.Errorf("%s: %+v", c.article, got)
		}
	}
}

// Whatever people try, and in whatever order, minutes that were settled keep their text, and none are published before they
// are settled and signed (CGCT, art. L2121-15).
func TestMinutesKeepTheirOrder(t *testing.T) {
	of := council.Sitting{ID: "a", At: time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC), Closed: true}
	by := council.Sitting{ID: "b", At: time.Date(2026, 12, 15, 20, 0, 0, 0, time.UTC)}
	rapid.Check(t, func(t *rapid.T) {
		var m *registers.Minutes
		var kept []registers.Paragraph
		today := authority.Day("2026-12-16")
		for range rapid.IntRange(1, 12).Draw(t, "tries") {
			text := []registers.Paragraph{{Point: "x", Text: rapid.StringMatching(`[a-z]{1,5}`).Draw(t, "text")}}
			switch rapid.SampledFrom([]string{"draft", "settle", "sign", "publish"}).Draw(t, "try") {
			case "draft":
				if registers.CheckDraftMinutes(m, text) == nil {
					if m == nil {
						m = &registers.Minutes{}
					}
					m.Text = text
				}
			case "settle":
				if registers.CheckSettle(m, of, by, today) == nil {
					m.Settled, kept = &registers.Settled{At: by.At}, m.Text
				}
			case "sign":
				if registers.CheckSign(m, today, today) == nil {
					m.Signed = today
				}
			case "publish":
				if registers.CheckPublishMinutes(m, today, today) == nil {
					m.Published = today
				}
			}
			switch {
			case m == nil:
			case m.Settled != nil && !reflect.DeepEqual(m.Text, kept):
				t.Fatalf("settled minutes changed: %+v", m)
			case m.Published != "" && (m.Signed == "" || m.Settled == nil), m.Signed != "" && m.Settled == nil:
				t.Fatalf("out of order: %+v", m)
			}
		}
	})
}
