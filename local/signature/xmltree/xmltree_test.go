package xmltree_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/signature/xmltree"
	"pgregory.net/rapid"
)

// documents are small ones, each with something that canonical forms must get right.
var documents = map[string]string{
	"plain":           `<a><b/></a>`,
	"attributes":      "<a z='1' y=\"2\" xmlns:p='urn:p' p:c='3' b='a&amp;\"&lt;&gt;&#9;&#xA;&#13;\t\n x'/>",
	"line ends":       "<a b='x\r\ny'>one\r\ntwo\rthree&#13;</a>",
	"sections":        "<a>&gt;<![CDATA[<b>&amp;]]>]]&gt;</a>",
	"namespaces":      `<p:a xmlns:p="urn:p" xmlns:q="urn:q" xmlns="urn:d"><b q:x="1" p:y="2"><p:c xmlns:p="urn:other"/><d xmlns=""><e/></d></b></p:a>`,
	"same again":      `<a xmlns="urn:d"><b xmlns="urn:d" xmlns:p="urn:p"><p:c/><p:d/></b></a>`,
	"order":           `<a xmlns:b="urn:z" xmlns:z="urn:a" b:x="1" z:x="2" x="3"/>`,
	"beside the root": "<?before one  two ?>\n<!-- c --><a><!-- in --><?in?></a><!-- d -->\n<?after?>",
	"declaration":     "<?xml version='1.0' encoding='UTF-8'?>\n<é à='ù'>œ€</é>",
	"latin":           "<?xml version='1.0' encoding='ISO-8859-1'?>\n<a b='\xe9'>\xe0\xe7</a>",
	"xml attributes":  `<a xml:lang="fr" xml:space="preserve"><b xml:lang="en"/></a>`,
}

// TestCanonical: each form of each document is the one that libxml2 writes.
func TestCanonical(t *testing.T) {
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not installed")
	}
	forms := map[string]string{
		"--exc-c14n": xmltree.Exclusive + "WithComments", "--c14n": xmltree.Inclusive + "#WithComments", "--c14n11": xmltree.Inclusive11 + "#WithComments",
	}
	for name, doc := range documents {
		for flag, algorithm := range forms {
			same(t, name, xmllint, flag, algorithm, []byte(doc))
		}
	}
	folder := os.Getenv("AIRIAL_SAMPLES")
	samples, _ := filepath.Glob(filepath.Join(folder, "*", "*.xml"))
	if folder == "" {
		samples = nil
	}
	for _, path := range samples {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, path, xmllint, "--exc-c14n", xmltree.Exclusive+"WithComments", raw)
	}
}

func same(t *testing.T, name, xmllint, flag, algorithm string, raw []byte) {
	t.Helper()
	m, err := xmltree.MethodOf(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	d, err := xmltree.Parse(raw)
	if errors.Is(err, xmltree.ErrDoctype) {
		return // read by libxml2, never here
	}
	if err != nil {
		cmd := exec.Command(xmllint, "--nonet", "--noout", "-")
		if cmd.Stdin = bytes.NewReader(raw); cmd.Run() == nil {
			t.Errorf("%s: %v", name, err)
		}
		return
	}
	var got bytes.Buffer
	if err := d.Canonical(&got, m); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	cmd := exec.Command(xmllint, "--nonet", flag, "-")
	cmd.Stdin = bytes.NewReader(raw)
	want, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: xmllint: %v", name, err)
	}
	if got := got.String(); got != strings.TrimSuffix(string(want), "\n") && got != string(want) {
		t.Errorf("%s %s:\n got %q\nwant %q", name, flag, got, want)
	}
}

// TestCanonicalIsStable: the canonical form of a canonical form is itself, and holds the same data.
func TestCanonicalIsStable(t *testing.T) {
	exclusive, _ := xmltree.MethodOf(xmltree.Exclusive)
	rapid.Check(t, func(r *rapid.T) {
		raw := []byte(generate(r, 0))
		d, err := xmltree.Parse(raw)
		if err != nil {
			r.Fatalf("%s: %v", raw, err)
		}
		var once, twice bytes.Buffer
		if err := d.Canonical(&once, exclusive); err != nil {
			r.Fatal(err)
		}
		again, err := xmltree.Parse(once.Bytes())
		if err != nil {
			r.Fatal(err)
		}
		if err := again.Canonical(&twice, exclusive); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			r.Fatalf("%v\n%s\n%s", err, once.Bytes(), twice.Bytes())
		}
		if a, b := words(r, raw), words(r, once.Bytes()); a != b {
			r.Fatalf("%q became %q", a, b)
		}
	})
}

func words(r *rapid.T, raw []byte) string {
	var out strings.Builder
	dec := xml.NewDecoder(bytes.NewReader(raw))
	for {
		tok, err := dec.Token()
		if tok == nil {
			return out.String()
		}
		if err != nil {
			r.Fatal(err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			fmt.Fprint(&out, tok.Name)
			attrs, values := 0, 0
			for _, a := range tok.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" {
					attrs, values = attrs+1, values+len(a.Value)
				}
			}
			fmt.Fprint(&out, attrs, values)
		case xml.CharData:
			out.Write(tok)
		}
	}
}

func generate(r *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"a", "p:b", "c"}).Draw(r, "name")
	attrs := ` xmlns:p="urn:` + rapid.SampledFrom([]string{"1", "2"}).Draw(r, "space") + `"`
	if rapid.Bool().Draw(r, "default") {
		attrs += ` xmlns="urn:d"`
	}
	for _, a := range []string{"z", "p:z", "b"} {
		if rapid.Bool().Draw(r, a) {
			attrs += ` ` + a + `="` + rapid.StringMatching(`[a-z &\n]{0,4}`).Filter(func(s string) bool { return !strings.Contains(s, "&") }).Draw(r, "value") + `"`
		}
	}
	body := rapid.SampledFrom([]string{"", "text", "&amp;", "a\r\nb", "<![CDATA[<]]>", "&gt;"}).Draw(r, "text")
	for range rapid.IntRange(0, 3-depth).Draw(r, "children") {
		body += generate(r, depth+1)
	}
	return "<" + name + attrs + ">" + body + "</" + name + ">"
}

// TestLongRuns: long plain runs, which the parser does not see whole, are all there and in their place.
func TestLongRuns(t *testing.T) {
	long := strings.Repeat("QUJD\n", 4000)
	for name, doc := range map[string]string{
		"text":      "<a>" + long + "<b/>" + long + "</a>",
		"value":     "<a b='" + long + "'><c/></a>",
		"section":   "<a><![CDATA[" + long + "]]></a>",
		"comment":   "<a><!--" + long + "--><c/></a>",
		"reference": "<a>" + long + "&amp;" + long + "</a>",
		"the end":   "<a>" + long + "</a>" + strings.Repeat(" ", 10000),
	} {
		if xmllint, err := exec.LookPath("xmllint"); err == nil {
			same(t, name, xmllint, "--exc-c14n", xmltree.Exclusive+"WithComments", []byte(doc))
		}
	}
	for name, doc := range map[string]string{
		"no end": "<a>" + long, "between": "<a>" + long + "<b>" + long + "</a>", "after": "<a/>" + long,
	} {
		if _, err := xmltree.Parse([]byte(doc)); !errors.Is(err, xmltree.ErrNotXML) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRefused: what is not read is refused with its reason.
func TestRefused(t *testing.T) {
	for name, row := range map[string]struct {
		doc  string
		want error
	}{
		"empty":           {"", xmltree.ErrNotXML},
		"text":            {"bonjour", xmltree.ErrNotXML},
		"cut":             {"<a><b>", xmltree.ErrNotXML},
		"crossed":         {"<a><b></a></b>", xmltree.ErrNotXML},
		"two roots":       {"<a/><b/>", xmltree.ErrNotXML},
		"twice":           {"<a b='1' b='2'/>", xmltree.ErrNotXML},
		"two colons":      {"<a:b:c xmlns:a='urn:a'/>", xmltree.ErrNotXML},
		"entity":          {"<a>&other;</a>", xmltree.ErrNotXML},
		"doctype":         {"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", xmltree.ErrDoctype},
		"bomb":            {"<!DOCTYPE a [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><a>&b;</a>", xmltree.ErrDoctype},
		"encoding":        {"<?xml version='1.0' encoding='EBCDIC-FR'?><a/>", xmltree.ErrEncoding},
		"sixteen bits":    {"\xFF\xFE<\x00a\x00", xmltree.ErrEncoding},
		"deep":            {strings.Repeat("<a>", 300) + strings.Repeat("</a>", 300), xmltree.ErrTooLarge},
		"not utf-8":       {"<a>\xff</a>", xmltree.ErrNotXML},
		"declared twice":  {"<a/><?xml version='1.0'?>", xmltree.ErrNotXML},
		"closed too much": {"<a/></a>", xmltree.ErrNotXML},
	} {
		if _, err := xmltree.Parse([]byte(row.doc)); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

// TestEdit: inserts land where they should and leave every other byte as it is.
func TestEdit(t *testing.T) {
	raw := []byte("<?xml version='1.0' encoding='ISO-8859-1'?>\r\n<!-- \xe9 --><a><b V='\xe0\xe0'>\xe7</b><c V='0'/></a>")
	d, err := xmltree.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	b, c := d.Root().Child("", "b"), d.Root().Child("", "c")
	last, err := d.Root().Append("<end/>")
	if err != nil {
		t.Fatal(err)
	}
	got := d.Edit(last, c.SetAttr("V", "12"), b.SetAttr("Id", "x"), c.Before("<d/>"), b.After("<f/>"))
	want := "<?xml version='1.0' encoding='ISO-8859-1'?>\r\n<!-- \xe9 --><a><b Id=\"x\" V='\xe0\xe0'>\xe7</b><d/><f/><c V='12'/><end/></a>"
	if string(got) != want && string(got) != strings.Replace(want, "<d/><f/>", "<f/><d/>", 1) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if _, err := c.Append("x"); err == nil {
		t.Error("something was put into an element without end tag")
	}
}

// TestByID: a second element of the same identifier is not taken for the first.
func TestByID(t *testing.T) {
	d, err := xmltree.Parse([]byte(`<a><b Id="x"/><c ID="y"/><d id="y"/></a>`))
	if err != nil {
		t.Fatal(err)
	}
	if e, err := d.ByID("x"); err != nil || e.Local() != "b" {
		t.Error(e.Local(), err)
	}
	for _, id := range []string{"y", "z"} {
		if _, err := d.ByID(id); !errors.Is(err, xmltree.ErrID) {
			t.Errorf("%s: %v", id, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, doc := range documents {
		f.Add([]byte(doc))
	}
	exclusive, _ := xmltree.MethodOf(xmltree.Exclusive)
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := xmltree.Parse(raw)
		if err != nil {
			return
		}
		var once bytes.Buffer
		if d.Canonical(&once, exclusive) != nil {
			return
		}
		again, err := xmltree.Parse(once.Bytes())
		if err != nil {
			t.Fatalf("%q became %q: %v", raw, once.Bytes(), err)
		}
		var twice bytes.Buffer
		if err := again.Canonical(&twice, exclusive); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("%v: %q became %q then %q", err, raw, once.Bytes(), twice.Bytes())
		}
	})
}
