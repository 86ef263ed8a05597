package office_test

import (
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
)

// Two laptops without a line number a deliberation each, and an order each: all four are kept, nothing is signed under a number
// that two acts bear, and a person gives one of them the next number; both laptops then show the same.
func TestTheSameNumberGivenByTwoLaptops(t *testing.T) {
	ctx := t.Context()
	_, halls := twoLaptops(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	exchange := func() {
		t.Helper()
		for range 2 {
			for _, h := range halls {
				_, err := h.Sync.Once(ctx)
				must(err)
			}
		}
	}
	settle(t, halls[0])
	c, today := halls[0].Council, authority.DayOf(time.Now())
	var points []string
	for range halls {
		id, err := demo.Draft(ctx, c, time.Now())
		must(err)
		points = append(points, id)
	}
	sitting, err := c.Convene(ctx, demo.Secretary, council.Convene{At: time.Now(), Place: "à la mairie", Convened: today.Plus(-6), Posted: today.Plus(-6), Agenda: points})
	must(err)
	s, err := c.Sitting(ctx, sitting)
	must(err)
	for _, m := range s.Members {
		must(c.Record(ctx, demo.Secretary, sitting, council.RollCall{Member: m.ID, Attendance: council.Attendance{Presence: council.Present}}))
	}
	must(c.Record(ctx, demo.Secretary, sitting, council.NameSecretary{Member: demo.Deputy}))
	for _, id := range points {
		must(c.Record(ctx, demo.Secretary, sitting, council.OpenPoint{Point: id}))
		must(c.Record(ctx, demo.Secretary, sitting, council.Cast{Ballot: council.Ballot{Deliberation: id, Manner: council.Ordinary}}))
	}
	must(c.Close(ctx, demo.Secretary, sitting))
	exchange()

	// Without a line: each its own.
	orders := make([]string, len(halls))
	for i, h := range halls {
		_, err := h.Council.Finalise(ctx, demo.Secretary, points[i], sitting)
		must(err)
		orders[i], err = h.Registers.DraftOrder(ctx, demo.Secretary, council.SeriesOrder, "")
		must(err)
		o, err := h.Registers.Order(ctx, orders[i])
		must(err)
		o.Text.Blocks = []council.Block{{Kind: council.BlockTitle, Text: "Circulation"}, {Kind: council.BlockVisa, Text: "Vu le code général des collectivités territoriales ;"},
			{Kind: council.BlockGround, Text: "Considérant qu’il y a lieu d’en décider ;"}, {Kind: council.BlockArticle, Text: "La circulation est interdite."}}
		must(h.Registers.SaveOrder(ctx, demo.Secretary, orders[i], o.Edition, o.Text))
		_, err = h.Registers.Number(ctx, demo.Secretary, orders[i], demo.Mayor)
		must(err)
	}
	exchange()

	numbers := func(h *office.Hall) (all []string) {
		t.Helper()
		for i := range points {
			d, err := h.Council.Deliberation(ctx, points[i])
			must(err)
			o, err := h.Registers.Order(ctx, orders[i])
			must(err)
			if d.Status != council.StatusFinalised || o.Status != registers.Numbered {
				t.Errorf("%s, %s", d.Status, o.Status)
			}
			all = append(all, d.Number, o.Number)
		}
		return all
	}
	refused := func(h *office.Hall, want bool, what string) {
		t.Helper()
		for i := range points {
			_, signed := h.SendOrder(ctx, demo.Secretary, orders[i], counted)
			for _, err := range []error{h.Council.CheckNumber(ctx, points[i]), signed} {
				if r := rule.Find(err); (r != nil && strings.Contains(r.Why, "a été donné à deux actes")) != want {
					t.Errorf("%s: %v", what, err)
				}
			}
			if want {
				if _, err := h.SendDeliberation(ctx, demo.Secretary, points[i], counted); rule.Find(err) == nil {
					t.Errorf("%s: it went to be signed: %v", what, err)
				}
			}
		}
	}
	for _, h := range halls {
		twice, err := h.Council.Doubles(ctx)
		must(err)
		acts, err := h.Registers.Doubles(ctx)
		must(err)
		if n := numbers(h); n[0] != n[2] || n[1] != n[3] || !twice[n[0]] || !acts[n[1]] {
			t.Fatalf("%v, %v, %v", n, twice, acts)
		}
		refused(h, true, "before a choice")
	}

	// A person chooses, here for one deliberation, there for one order.
	number, err := halls[0].Council.Renumber(ctx, demo.Secretary, points[1])
	must(err)
	other, err := halls[1].Registers.RenumberOrder(ctx, demo.Secretary, orders[0])
	must(err)
	exchange()
	a, b := numbers(halls[0]), numbers(halls[1])
	if strings.Join(a, " ") != strings.Join(b, " ") || a[2] != number || a[1] != other || a[0] == a[2] || a[1] == a[3] {
		t.Fatalf("%v here, %v there", a, b)
	}
	if _, err := halls[1].Council.Renumber(ctx, demo.Secretary, points[0]); rule.Find(err) == nil {
		t.Errorf("a number that one act bears was changed: %v", err)
	}
	refused(halls[1], false, "after the choice")
	if sent, err := halls[0].SendSitting(ctx, demo.Secretary, sitting, counted, nil); err != nil || sent != 2 {
		t.Errorf("%d were sent: %v", sent, err)
	}
}
