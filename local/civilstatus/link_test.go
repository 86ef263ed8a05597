package civilstatus_test

import (
	"context"
	"reflect"
	"testing"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

func TestActsOfOnePersonAreProposed(t *testing.T) {
	born := civilstatus.Act{ID: "b", Kind: civilstatus.Birth, Year: 1950, Date: "1950-05-03", LastName: "Dupond", FirstName: "Camille Élise", Gender: civilstatus.Feminine}
	wed := civilstatus.Act{ID: "m", Kind: civilstatus.Marriage, Year: 1974, Date: "1974-06-08", LastName: "Modèle – Dupont", FirstName: "Jean – Camille"}
	died := civilstatus.Act{ID: "d", Kind: civilstatus.Death, Year: 2020, Date: "2020-01-05", LastName: "Dupond", FirstName: "Camille Élise", Usual: "Modèle", Gender: civilstatus.Feminine}
	told := born
	told.Mentions = []civilstatus.Mention{{Code: "DECES", State: civilstatus.Affixed, Day: "2020-01-05"}}
	elsewhere := born
	elsewhere.Mentions = []civilstatus.Mention{{Code: "DECES", State: civilstatus.Affixed, Day: "2001-01-05"}}
	with := func(a civilstatus.Act, change func(*civilstatus.Act)) civilstatus.Act { change(&a); return a }
	for name, c := range map[string]struct {
		a, b     civilstatus.Act
		from, to int
	}{
		"birth and death":                      {born, died, 50, 60},
		"the order does not matter":            {died, born, 50, 60},
		"a mention tells the day":              {told, died, 85, 100},
		"a mention tells another day":          {elsewhere, died, 0, 20},
		"by ear, one first name":               {born, wed, 30, 40},
		"the spouse is the usual name":         {wed, died, 45, 60},
		"another first name":                   {with(born, func(a *civilstatus.Act) { a.FirstName = "Paule" }), died, 0, 0},
		"another gender":                       {with(born, func(a *civilstatus.Act) { a.Gender = civilstatus.Masculine }), died, 0, 20},
		"dead before being born":               {born, with(died, func(a *civilstatus.Act) { a.Year, a.Date = 1949, "1949-01-01" }), 0, 0},
		"married at nine":                      {with(born, func(a *civilstatus.Act) { a.Year, a.Date = 1965, "1965-01-01" }), wed, 0, 0},
		"older than anybody":                   {with(born, func(a *civilstatus.Act) { a.Year, a.Date = 1890, "1890-01-01" }), died, 0, 0},
		"two births":                           {born, with(born, func(a *civilstatus.Act) { a.ID = "c" }), 0, 0},
		"an act without a name":                {with(born, func(a *civilstatus.Act) { a.LastName = "" }), died, 0, 0},
		"recognised before birth is allowed":   {with(born, func(a *civilstatus.Act) { a.ID, a.Kind, a.Date = "r", civilstatus.Recognition, "1950-01-03" }), born, 50, 60},
		"without dates the years of registers": {with(born, func(a *civilstatus.Act) { a.Date = "" }), died, 50, 60},
	} {
		if score, clues := civilstatus.Alike(&c.a, &c.b); score < c.from || score > c.to {
			t.Errorf("%s: %d %v, want %d to %d", name, score, clues, c.from, c.to)
		}
	}
}

func TestALinkIsConfirmedOrUndoneByAPerson(t *testing.T) {
	ctx := context.Background()
	r, j := open(t)
	keep := func(a civilstatus.Act, n int) string {
		id, err := r.Import(ctx, "secretaire", a, []civilstatus.Page{{Name: "acte.png", Content: numbered(t, n)}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	born := keep(birth, 1)
	dead := birth
	dead.Kind, dead.Year, dead.Date, dead.Number = civilstatus.Death, 2020, "2020-01-05", "3"
	died := keep(dead, 2)
	other := birth
	other.LastName, other.Number = "Autre", "9"
	keep(other, 3)
	twin := birth
	twin.Number, twin.FirstName = "8", "Camille"
	second := keep(twin, 4)
	confirmed, proposed, err := r.Links(ctx, born)
	if err != nil || len(confirmed) != 0 || len(proposed) != 1 || proposed[0].Act.ID != died {
		t.Fatalf("%+v, %+v, %v", confirmed, proposed, err)
	}
	if err := r.Link(ctx, "secretaire", born, died); err != nil {
		t.Fatal(err)
	}
	for why, b := range map[string]string{"itself": born, "two births": second} {
		if err := r.Link(ctx, "secretaire", born, b); rule.Find(err) == nil {
			t.Errorf("%s: %v", why, err)
		}
	}
	if confirmed, proposed, _ = r.Links(ctx, died); len(confirmed) != 1 || confirmed[0].Act.ID != born || len(proposed) != 1 {
		t.Fatalf("%+v, %+v", confirmed, proposed)
	}
	if err := r.Part(ctx, "secretaire", second, died, ""); rule.Find(err) == nil {
		t.Errorf("parted without a reason: %v", err)
	}
	if err := r.Part(ctx, "secretaire", second, died, "l’autre jumelle"); err != nil {
		t.Fatal(err)
	}
	if confirmed, proposed, _ = r.Links(ctx, died); len(confirmed) != 1 || len(proposed) != 0 {
		t.Fatalf("%+v, %+v", confirmed, proposed)
	}
	if err := j.Rebuild(ctx); err != nil {
		t.Fatal(err)
	}
	if again, _, _ := r.Links(ctx, died); !reflect.DeepEqual(again, confirmed) {
		t.Errorf("rebuilt: %+v", again)
	}
	if err := r.Part(ctx, "secretaire", born, died, "erreur"); err != nil {
		t.Fatal(err)
	}
	if confirmed, _, _ = r.Links(ctx, born); len(confirmed) != 0 {
		t.Errorf("%+v", confirmed)
	}
}
