package office_test

import (
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
)

// A right that is withdrawn reaches a laptop that was offline with its next exchange: until then it
// cannot know, from then on its rules say no.
func TestAWithdrawnRightReachesALaptopAtItsNextExchange(t *testing.T) {
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	server, address := serve(t)
	join := func(name string) *office.Hall {
		t.Helper()
		code, err := server.NewCode(ctx, ours)
		must(err)
		o := open(t, t.TempDir())
		t.Cleanup(func() { o.Close() })
		h, err := o.Enrol(ctx, address, code, name)
		must(err)
		return h
	}
	exchange := func(h *office.Hall) {
		t.Helper()
		_, err := h.Exchange(ctx)
		must(err)
	}
	desk, deputys := join("secrétariat"), join("portable de l’adjoint")
	commune := demo.Commune()
	commune.ID = ours
	must(desk.People.Describe(ctx, demo.Secretary, commune))
	for _, p := range demo.People() {
		_, err := desk.People.Put(ctx, demo.Secretary, p)
		must(err)
	}
	today := authority.DayOf(time.Now())
	id, err := desk.People.Grant(ctx, demo.Mayor, authority.Delegation{From: demo.Mayor, To: demo.Deputy, Kind: authority.Delegated, Since: today.Plus(-30), Order: "n° 2026-012"})
	must(err)
	exchange(desk)
	exchange(deputys)
	may := func(h *office.Hall) error {
		people, delegations, err := h.People.Everyone(ctx)
		must(err)
		_, err = authority.MayorsCapacity(people, delegations, demo.Deputy, "order", today.Plus(1))
		return err
	}
	must(may(deputys))
	must(desk.People.Withdraw(ctx, demo.Mayor, id, today))
	exchange(desk)
	must(may(deputys)) // it has not heard
	exchange(deputys)
	if may(deputys) == nil {
		t.Error("the right is still there after an exchange")
	}
}
