package publication

import (
	"reflect"
	"testing"
	"time"

	"alpi40.fr/airial/local/typeset"
)

// The copy is the whole act (CGCT, art. R2131-1, I): whatever a printed deliberation says is
// carried by its page. Every field of the printed one is filled, those to come as well.
func TestPageCarriesTheWholeAct(t *testing.T) {
	var d typeset.Deliberation
	fill(t, reflect.ValueOf(&d).Elem(), "d")
	raw, err := pageOf(d).encode()
	if err != nil {
		t.Fatal(err)
	}
	p, err := decodePage(raw)
	if err != nil {
		t.Fatal(err)
	}
	got := p.print(d.Printed, *d.Online, d.Executory)
	got.Draft = d.Draft // a page is of a voted deliberation
	if !reflect.DeepEqual(got, d) {
		t.Errorf("got\n%+v\nwant\n%+v", got, d)
	}
	masked, n := p.Mask([]string{"mot"})
	if n < 30 {
		t.Errorf("%d passages masked", n)
	}
	notIn(t, reflect.ValueOf(masked.print(d.Printed, typeset.Online{}, typeset.Executory{})), "d")
}

// What is set off in a text is set off in its page; nothing else of it is a tag.
func TestWhatIsSetOffIsEscaped(t *testing.T) {
	for text, want := range map[string]string{
		"rien":                          "rien",
		"un **mot** __et__ la suite":    "un <strong>mot</strong> <em>et</em> la suite",
		"__**a & b**__ <i>c</i>":        "<strong><em>a &amp; b</em></strong> &lt;i&gt;c&lt;/i&gt;",
		"**<script>alert(1)</script>**": "<strong>&lt;script&gt;alert(1)&lt;/script&gt;</strong>",
	} {
		if got := string(set(text)); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func fill(t *testing.T, v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[time.Time]() {
		v.Set(reflect.ValueOf(time.Date(2026, 11, 24, 20, 0, 0, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("un mot")
	case reflect.Int:
		v.SetInt(3)
	case reflect.Float64:
		v.SetFloat(1.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), name)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(t, v.Index(0), name)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i), name+"."+v.Type().Field(i).Name)
		}
	default:
		t.Fatalf("%s: a %s, which this test cannot fill", name, v.Kind())
	}
}

// notIn looks for the word in everything but the letterhead and the names of boxes.
func notIn(t *testing.T, v reflect.Value, name string) {
	switch v.Kind() {
	case reflect.String:
		if newMask([]string{"mot"}).found(v.String()) {
			t.Errorf("%s still says «%s»", name, v.String())
		}
	case reflect.Pointer:
		if !v.IsNil() {
			notIn(t, v.Elem(), name)
		}
	case reflect.Slice:
		for i := range v.Len() {
			notIn(t, v.Index(i), name)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.Name != "Authority" && field.Name != "Box" && field.Name != "Digest" && field.IsExported() {
				notIn(t, v.Field(i), name+"."+field.Name)
			}
		}
	}
}
