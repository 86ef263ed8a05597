package exchanges

import (
	"errors"
	"testing"
	"time"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

func french(t *testing.T) *lang.Catalogue {
	t.Helper()
	c, err := lang.French()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatMustBeDecidedComesFirst(t *testing.T) {
	s := State{
		Conflicts: []Conflict{{Stream: "folder/1"}},
		Items: []Item{
			{Kind: Act, Stream: "thing/wait"}, {Kind: Up, Stream: "thing/moving", Moving: true},
			{Kind: Down, Stream: "thing/failed", Err: errors.New("x")}, {Kind: Down, Stream: "thing/last"},
		},
	}
	var got []string
	for _, r := range rows(&s) {
		if r.conflict != nil {
			got = append(got, r.conflict.Stream)
		} else {
			got = append(got, r.item.Stream)
		}
	}
	want := []string{"folder/1", "thing/failed", "thing/moving", "thing/wait", "thing/last"}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("%v, not %v", got, want)
		}
	}
}

func TestARowStaysChosenWhileItMoves(t *testing.T) {
	at := time.Now()
	before := row{item: &Item{Kind: Up, Stream: "act/1", At: at, Size: 100, Done: 10, Moving: true}}
	after := row{item: &Item{Kind: Up, Stream: "act/1", At: at, Size: 100, Done: 90, Moving: true}}
	if before.key() != after.key() {
		t.Error(before.key(), after.key())
	}
}

func TestBadges(t *testing.T) {
	c := french(t)
	for want, x := range map[string]Item{
		"À revoir":   {Kind: Up, Err: errors.New("x"), Moving: true},
		"45 %":       {Kind: Up, Moving: true, Size: 200, Done: 90},
		"En route":   {Kind: Down, Moving: true, Size: -1},
		"Ailleurs":   {Kind: Down, Absent: true},
		"À recevoir": {Kind: Down},
		"À envoyer":  {Kind: Act},
	} {
		if _, got := badge(c, &x); got != lang.Typography(want) && got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
	if m, _ := badge(c, &Item{Err: errors.New("x")}); m != widgets.Late {
		t.Error(m)
	}
}

func TestSizesAsPeopleReadThem(t *testing.T) {
	c := french(t)
	for n, want := range map[int64]string{0: "0 octets", 999: "999 octets", 1500: "1,5 ko", 300_000_000: "300 Mo", 2_500_000_000: "2,5 Go"} {
		if got := bytesText(c, n); got != lang.Typography(want) && got != want {
			t.Errorf("%d: %q, not %q", n, got, want)
		}
	}
}

// Each kind of entry is said in French, with its own words or those of its family.
func TestEveryEntryHasWords(t *testing.T) {
	c := french(t)
	for _, kind := range []string{"folder.signed", "folder.posting", "deliberation.sent", "sitting.noted", "act.indexed", "conflict.settled"} {
		if got := said(c, kind); got == c.Text("exchanges.said.other") {
			t.Errorf("%s has no words", kind)
		}
	}
	if got := said(c, "unknown.thing"); got != c.Text("exchanges.said.other") {
		t.Error(got)
	}
}
