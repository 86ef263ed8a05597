package xsd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/xsd"
)

// notes is a schema of two files and two namespaces.
var notes = map[string][]byte{
	"main/notes.xsd": []byte(`<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="urn:common" targetNamespace="urn:notes" xmlns="urn:notes">
  <xs:import namespace="urn:common" schemaLocation="../common/types.xsd"/>
  <xs:element name="notes"><xs:complexType><xs:sequence>
    <xs:element name="day" type="xs:date"/>
    <xs:element name="count" type="c:count"/>
    <xs:element name="file" type="xs:base64Binary" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence><xs:attribute name="id" type="xs:ID" use="required"/></xs:complexType></xs:element>
</xs:schema>`),
	"common/types.xsd": []byte(`<?xml version="1.0"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:common">
  <xs:simpleType name="count"><xs:restriction base="xs:integer"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType>
</xs:schema>`),
}

const root = "main/notes.xsd"

// compiledCode is where the sandbox's code is kept while the tests run.
var compiledCode string

func TestMain(m *testing.M) {
	var err error
	if compiledCode, err = os.MkdirTemp("", "airial-xsd-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(compiledCode); err != nil {
		panic(err)
	}
	os.Exit(code)
}

func compiled(t testing.TB, files map[string][]byte, root string) *xsd.Schema {
	t.Helper()
	s, err := xsd.Compile(t.Context(), files, root, compiledCode)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestValidate(t *testing.T) {
	s := compiled(t, notes, root)
	const good = `<n:notes xmlns:n="urn:notes" id="a"><day>2026-11-25</day>` + "\n" + `<count>9</count><file>QUJD</file></n:notes>`
	for name, c := range map[string]struct {
		document  string
		line      int
		message   string
		malformed bool
	}{
		"valid":                {document: good},
		"latin":                {document: `<?xml version="1.0" encoding="ISO-8859-1"?><!-- ` + "\xe9" + ` -->` + good},
		"a value out of range": {document: strings.Replace(good, ">9<", ">10<", 1), line: 2, message: "maxInclusive"},
		"text in CDATA":        {document: strings.Replace(good, ">9<", "><![CDATA[8]]><", 1)},
		"a piece of CDATA":     {document: strings.Replace(good, ">9<", ">1<![CDATA[0]]><", 1), line: 2, message: "maxInclusive"},
		"not a day":            {document: strings.Replace(good, "2026-11-25", "2026-02-31", 1), line: 1, message: "xs:date"},
		"a missing element":    {document: strings.Replace(good, "<count>9</count>", "", 1), line: 2, message: "Expected is ( count )"},
		"a missing attribute":  {document: strings.Replace(good, ` id="a"`, "", 1), line: 1, message: "'id' is required"},
		"text between":         {document: strings.Replace(good, "<count>", "x<count>", 1), line: 1, message: "element-only"},
		"bad base64":           {document: strings.Replace(good, "QUJD", "QUJ", 1), line: 2, message: "base64Binary"},
		"another root":         {document: `<day>2026-11-25</day>`, line: 1, message: "No matching global declaration"},
		"cut":                  {document: good[:55], line: 1, malformed: true},
		"empty":                {document: "", line: 1, malformed: true},
		"an unknown entity":    {document: strings.Replace(good, ">9<", ">&nine;<", 1), line: 2, malformed: true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(c.document), iotest.OneByteReader(strings.NewReader(c.document))} {
				problems, err := s.Validate(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if c.message == "" && !c.malformed {
					if len(problems) != 0 {
						t.Fatalf("valid, and has %v", problems)
					}
					continue
				}
				if len(problems) == 0 {
					t.Fatal("it passes")
				}
				if p := problems[0]; p.Line != c.line || p.Malformed != c.malformed || !strings.Contains(p.Message, c.message) {
					t.Errorf("%+v, for line %d and %q", p, c.line, c.message)
				}
			}
		})
	}
}

// TestLargeBase64: the middle of an attachment is not held, and what is wrong in it, or after it, is found.
func TestLargeBase64(t *testing.T) {
	s := compiled(t, notes, root)
	line := strings.Repeat("QUJD", 19) + "\r\n"
	long := strings.Repeat(line, 8<<10)
	for name, c := range map[string]struct {
		value string
		valid bool
	}{
		"whole":                   {long, true},
		"on one line":             {strings.ReplaceAll(long, "\r\n", ""), true},
		"lines of odd lengths":    {strings.Repeat("QUJDQ UJDQ\nUJDQUJD QU\tJD\n", 16<<10), true},
		"padded":                  {long + "QUI=", true},
		"twice padded":            {long + "QQ==" + "\n", true},
		"with references":         {long + "&#65;&#66;&#67;&#68;" + long, true},
		"in CDATA":                {long + "<![CDATA[" + long + "]]>", true},
		"a letter lacks":          {long + "QUJ" + long, false},
		"a letter more":           {long + "Q", false},
		"padded in the middle":    {long + "QUI=" + long, false},
		"padded at the beginning": {"QUI=" + long, false},
		"padded wrongly":          {long + "QUJ=", false},
		"padded thrice":           {long + "Q===", false},
	} {
		t.Run(name, func(t *testing.T) {
			document := `<n:notes xmlns:n="urn:notes" id="a"><day>2026-11-25</day><count>9</count><file>` + c.value + "</file></n:notes>"
			for _, in := range []io.Reader{strings.NewReader(document), iotest.HalfReader(strings.NewReader(document))} {
				if problems, err := s.Validate(t.Context(), in); err != nil || (len(problems) == 0) != c.valid {
					t.Errorf("gives %d problems, %v", len(problems), err)
				}
			}
		})
	}
}

func TestHostile(t *testing.T) {
	s := compiled(t, notes, root)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("9"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		document string
		want     error
	}{
		"a file of the disk": {`<!DOCTYPE n [<!ENTITY e SYSTEM "file://` + secret + `">]><n>&e;</n>`, xsd.ErrDoctype},
		"a bomb":             {`<!DOCTYPE n [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><n>&b;</n>`, xsd.ErrDoctype},
		"too deep":           {strings.Repeat("<n>", 100_000), xsd.ErrTooLarge},
		"another encoding":   {`<?xml version="1.0" encoding="EBCDIC-CP-FR"?><n/>`, xsd.ErrEncoding},
	} {
		t.Run(name, func(t *testing.T) {
			if problems, err := s.Validate(t.Context(), strings.NewReader(c.document)); !errors.Is(err, c.want) {
				t.Errorf("%v, %v", problems, err)
			}
		})
	}
	if _, err := s.Validate(t.Context(), iotest.ErrReader(fs.ErrPermission)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a file that cannot be read gives %v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	endless := io.MultiReader(strings.NewReader(`<n:notes xmlns:n="urn:notes" id="a">`), onRead{stop})
	if _, err := s.Validate(ctx, endless); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it gives %v", err)
	}
	if problems, err := s.Validate(t.Context(), strings.NewReader(`<n:notes xmlns:n="urn:notes" id="a"><day>2026-11-25</day><count>1</count></n:notes>`)); err != nil || len(problems) != 0 {
		t.Errorf("after all that, a good one gives %v, %v", problems, err)
	}
}

// onRead gives white space without end, and calls what it has.
type onRead struct{ call func() }

func (r onRead) Read(p []byte) (int, error) {
	r.call()
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestCompileRefuses(t *testing.T) {
	for name, c := range map[string]map[string][]byte{
		"nothing":            {},
		"not a schema":       {root: []byte("<a/>")},
		"not XML":            {root: []byte("schema")},
		"an import is gone":  {root: notes[root]},
		"a name from a file": {root: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="file:///etc/passwd"/></xs:schema>`)},
		"too many files":     many(),
		"too large":          {root: make([]byte, xsd.MaxBytes+1)},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := xsd.Compile(t.Context(), c, root, compiledCode); !errors.Is(err, xsd.ErrSchema) {
				t.Errorf("gives %v", err)
			}
		})
	}
}

func many() map[string][]byte {
	all := map[string][]byte{root: notes[root]}
	for i := range xsd.MaxFiles {
		all[fmt.Sprint(i, ".xsd")] = nil
	}
	return all
}

// TestCache compiles with a folder that cannot be one, then with one that can.
func TestCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, t.TempDir()} {
		s, err := xsd.Compile(t.Context(), notes, root, dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// official are the schemas of the samples, and the folder that they are in.
func official(t testing.TB) (map[string][]byte, string) {
	t.Helper()
	dir := os.Getenv("AIRIAL_SAMPLES")
	if dir == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	dir = filepath.Join(dir, "pes-xsd")
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".xsd" {
			return err
		}
		inside, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(inside)], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files, dir
}

var told = regexp.MustCompile(`(?m)^[^:]+:(\d+): element \w+: Schemas validity error : (.*)$`)

// TestSameAsXmllint holds the samples, and samples with one value or tag changed, against the official schemas here and
// in xmllint: the same problems with the same words on the same lines.
func TestSameAsXmllint(t *testing.T) {
	files, dir := official(t)
	reference, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not there")
	}
	documents := map[string][]byte{"example": pestest.Example, "receipt": pestest.Receipt}
	names, err := filepath.Glob(filepath.Join(dir, "..", "pes", "*.xml"))
	if err != nil || len(names) == 0 {
		t.Fatal("no sample", err)
	}
	for _, name := range names {
		if documents[filepath.Base(name)], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	for i, at := range regexp.MustCompile(` V="[^"]*"`).FindAllIndex(pestest.Example, -1) {
		if i%9 == 0 {
			documents[fmt.Sprint("without value ", i)] = append(bytes.Clone(pestest.Example[:at[0]]), pestest.Example[at[1]:]...)
			documents[fmt.Sprint("with value ", i)] = append(append(bytes.Clone(pestest.Example[:at[0]]), ` V="2026-13-45 &lt;é"`...), pestest.Example[at[1]:]...)
		}
	}
	for i, at := range regexp.MustCompile(`<\w+ V="[^"]*"/>`).FindAllIndex(pestest.Example, -1) {
		if i%13 == 0 {
			documents[fmt.Sprint("without element ", i)] = append(bytes.Clone(pestest.Example[:at[0]]), pestest.Example[at[1]:]...)
			documents[fmt.Sprint("twice element ", i)] = append(append(bytes.Clone(pestest.Example[:at[1]]), pestest.Example[at[0]:at[1]]...), pestest.Example[at[1]:]...)
		}
	}
	attached := bytes.Index(pestest.Example, []byte("</Fichier>"))
	long := strings.Repeat(strings.Repeat("QUJD", 19)+"\n", 4<<10)
	for i, value := range []string{long, long + "QUJ", long + "QUI=" + long, long + "é" + long, long + "QUJ=", long + "&lt;"} {
		start := bytes.LastIndexByte(pestest.Example[:attached], '>') + 1
		documents[fmt.Sprint("with attachment ", i)] = slices.Concat(pestest.Example[:start], []byte(value), pestest.Example[attached:])
	}
	for _, root := range []string{"PES_V2/Rev0/PES_Aller.xsd", "PES_V2/Rev0/PES_V2_Acquit_Autonome_V2.xsd"} {
		s := compiled(t, files, root)
		for name, document := range documents {
			problems, err := s.Validate(t.Context(), bytes.NewReader(document))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ours := ""
			for _, p := range problems {
				if line, _, _ := strings.Cut(p.Message, "\n"); !p.Malformed {
					ours += fmt.Sprintf("%d %s\n", p.Line, line)
				}
			}
			run := exec.CommandContext(t.Context(), reference, "--noout", "--nonet", "--huge", "--schema", filepath.Join(dir, root), "-")
			run.Stdin = bytes.NewReader(document)
			out, err := run.CombinedOutput()
			theirs := ""
			for i, m := range told.FindAllStringSubmatch(string(out), -1) {
				if i < xsd.MaxProblems {
					theirs += m[1] + " " + m[2] + "\n"
				}
			}
			if (err == nil) != (len(problems) == 0) || ours != theirs {
				t.Errorf("%s against %s (%v)\nhere:\n%sxmllint:\n%s", name, root, err, ours, theirs)
			}
		}
		t.Logf("%d documents against %s", len(documents), root)
	}
}

// large is a valid document of about this size, in files of 2 MB or in one.
func large(size int, one bool) []byte {
	var b bytes.Buffer
	b.WriteString(`<n:notes xmlns:n="urn:notes" id="a"><day>2026-11-25</day><count>9</count>`)
	line := strings.Repeat("QUJD", 19) + "\n"
	for b.Len() < size {
		b.WriteString("<file>")
		for start := b.Len(); b.Len() < size && (one || b.Len() < start+2<<20); {
			b.WriteString(line)
		}
		b.WriteString("</file>")
	}
	b.WriteString("</n:notes>")
	return b.Bytes()
}

func BenchmarkValidate(b *testing.B) {
	s := compiled(b, notes, root)
	for name, document := range map[string][]byte{"50 MB": large(50<<20, false), "one attachment of 100 MB": large(100<<20, true), "one attachment of 300 MB": large(300<<20, true)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(document)))
			for b.Loop() {
				if problems, err := s.Validate(b.Context(), bytes.NewReader(document)); err != nil || len(problems) > 0 {
					b.Fatal(problems, err)
				}
			}
		})
	}
}

func FuzzDocument(f *testing.F) {
	s := compiled(f, notes, root)
	f.Add([]byte(`<n:notes xmlns:n="urn:notes" id="a"><day>2026-11-25</day><count>9</count><file>QUJD</file></n:notes>`))
	f.Add([]byte(`<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`))
	f.Add(pestest.Example[:2000])
	f.Fuzz(func(t *testing.T, document []byte) {
		problems, err := s.Validate(t.Context(), bytes.NewReader(document))
		if err == nil && len(problems) == 0 && !bytes.Contains(document, []byte("notes")) && !bytes.Contains(document, []byte("n\x00o\x00t")) {
			t.Error("valid without its root")
		}
	})
}

func FuzzSchema(f *testing.F) {
	f.Add(notes[root], notes["common/types.xsd"])
	f.Fuzz(func(t *testing.T, main, types []byte) {
		s, err := xsd.Compile(t.Context(), map[string][]byte{root: main, "common/types.xsd": types}, root, compiledCode)
		if err != nil {
			return
		}
		if _, err := s.Validate(t.Context(), strings.NewReader("<a/>")); err != nil && !errors.Is(err, xsd.ErrTooLarge) {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
