package schema_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/pes/pestest"
	"alpi40.fr/airial/local/pes/schema"
)

// compiledCode is where the sandbox's code is kept while the tests run.
var compiledCode string

func TestMain(m *testing.M) {
	var err error
	if compiledCode, err = os.MkdirTemp("", "airial-schema-"); err != nil {
		panic(err)
	}
	code := m.Run()
	if err := os.RemoveAll(compiledCode); err != nil {
		panic(err)
	}
	os.Exit(code)
}

// simple stands for the official schema: any flow that has a version and a file name of at most 20 characters.
const simple = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller">
<xs:element name="PES_Aller"><xs:complexType><xs:sequence>
  <xs:element name="Version"><xs:complexType><xs:attribute name="V" use="required"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="1"/><xs:enumeration value="2"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
  <xs:element name="NomFic"><xs:complexType><xs:attribute name="V"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="20"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
  <xs:element name="Montant" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:attribute name="V"><xs:simpleType><xs:restriction base="xs:decimal"><xs:totalDigits value="5"/><xs:fractionDigits value="2"/><xs:minInclusive value="0"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
  <xs:element name="Code" minOccurs="0"><xs:complexType><xs:attribute name="V"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]{3}"/></xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
</xs:sequence><xs:attribute name="Id" type="xs:ID"/></xs:complexType></xs:element></xs:schema>`

func flow(inside string) []byte {
	return []byte(`<?xml version="1.0" encoding="ISO-8859-1"?>
<n:PES_Aller xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller" Id="F1">
` + inside + "\n</n:PES_Aller>")
}

// folder is an installation's folder with the schema, in a folder of an archive that has one more above.
func folder(t testing.TB, content string) string {
	dir := t.TempDir()
	at := filepath.Join(dir, schema.Folder, "PES_V2", "Rev0")
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(at, "PES_Aller.xsd"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func check(t *testing.T, s *schema.Set, content []byte) []pes.Remark {
	t.Helper()
	found, err := s.Check(t.Context(), content)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func closed(t testing.TB, s *schema.Set) *schema.Set {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestCheck(t *testing.T) {
	s := closed(t, schema.Find([]string{t.TempDir(), folder(t, simple)}, compiledCode))
	for name, c := range map[string]struct{ inside, where, why string }{
		"valid":             {`<Version V="2"/><NomFic V="flux.xml"/>`, "", ""},
		"another value":     {`<Version V="3"/><NomFic V="a"/>`, "Ligne 3", "« Version » : la valeur « 3 » n’est pas de celles que les schémas prévoient (1, 2)."},
		"too long":          {`<Version V="2"/>` + "\n" + `<NomFic V="un nom de fichier beaucoup trop long"/>`, "Ligne 4", "« NomFic » : la valeur « un nom de fichier beaucoup trop long » est trop longue (20 caractères au plus)."},
		"no value":          {`<Version/><NomFic V="a"/>`, "Ligne 3", "« Version » : l’attribut « V » manque."},
		"one more value":    {`<Version V="1" W="2"/><NomFic V="a"/>`, "Ligne 3", "« Version », attribut « W » : cet attribut n’est pas prévu ici."},
		"an element lacks":  {`<Version V="2"/>`, "Ligne 2", "« PES_Aller » : il manque un élément à l’intérieur ; il faudrait « NomFic »."},
		"another element":   {`<Version V="2"/><Nom V="a"/>`, "Ligne 3", "« Nom » : cet élément n’est pas attendu ici ; il faudrait « NomFic »."},
		"several would do":  {`<Version V="2"/><NomFic V="a"/><Autre/>`, "Ligne 3", "« Autre » : cet élément n’est pas attendu ici ; il faudrait « Montant » ou « Code »."},
		"text":              {`<Version V="2"/>texte<NomFic V="a"/>`, "Ligne 2", "« PES_Aller » : du texte se trouve ici, où il n’en faut pas."},
		"text in an empty":  {`<Version V="2">x</Version><NomFic V="a"/>`, "Ligne 3", "« Version » : cet élément doit être vide, et contient quelque chose."},
		"nothing inside":    {`<Version V="2"><x/></Version><NomFic V="a"/>`, "Ligne 3", "« Version » : cet élément doit être vide, et contient quelque chose."},
		"not a number":      {`<Version V="2"/><NomFic V="a"/><Montant V="1,5"/>`, "Ligne 3", "« Montant » : la valeur « 1,5 » n’est pas du type voulu."},
		"too many digits":   {`<Version V="2"/><NomFic V="a"/><Montant V="123456"/>`, "Ligne 3", "« Montant » : la valeur « 123456 » a trop de chiffres (5 au plus)."},
		"too many decimals": {`<Version V="2"/><NomFic V="a"/><Montant V="1.234"/>`, "Ligne 3", "« Montant » : la valeur « 1.234 » a trop de chiffres après la virgule (2 au plus)."},
		"too small":         {`<Version V="2"/><NomFic V="a"/><Montant V="-1"/>`, "Ligne 3", "« Montant » : la valeur « -1 » est trop petite (limite : 0)."},
		"another form":      {`<Version V="2"/><NomFic V="a"/><Code V="12a"/>`, "Ligne 3", "« Code » : la valeur « 12a » n’a pas la forme voulue ([0-9]{3})."},
		"cut":               {`<Version V="2"/><NomFic V="a"/><Mon`, "Ligne 4", "Le fichier n’est pas du XML bien formé à partir d’ici : il est coupé ou abîmé."},
	} {
		t.Run(name, func(t *testing.T) {
			found := check(t, s, flow(c.inside))
			if c.why == "" {
				if len(found) > 0 {
					t.Errorf("valid, and told %+v", found)
				}
				return
			}
			if len(found) == 0 {
				t.Fatal("it passes")
			}
			if r := found[0]; r.Severity != pes.Stops || r.Where != c.where || r.Why != c.why || r.Cure == "" {
				t.Errorf("%v %q %q, for %q %q", r.Severity, r.Where, r.Why, c.where, c.why)
			}
		})
	}
	many := check(t, s, flow(`<Version V="2"/><NomFic V="a"/>`+strings.Repeat("<Montant V=\"x\"/>\n", 100)))
	if len(many) != 9 || many[8].Where != "" {
		t.Errorf("of a hundred problems, %d are told", len(many))
	}
}

// TestNotCompared: what is not known is said, and stops nothing; a flow with a DOCTYPE is stopped.
func TestNotCompared(t *testing.T) {
	good := flow(`<Version V="2"/><NomFic V="flux.xml"/>`)
	broken, nothing := folder(t, "<a/>"), folder(t, simple)
	if err := os.Rename(filepath.Join(nothing, schema.Folder, "PES_V2", "Rev0"), filepath.Join(nothing, schema.Folder, "PES_V2", "Rev1")); err != nil {
		t.Fatal(err)
	}
	damaged := t.TempDir()
	if err := errors.Join(os.MkdirAll(filepath.Join(damaged, "schemas"), 0o700), os.WriteFile(filepath.Join(damaged, schema.Folder+".zip"), []byte("PK"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dirs    []string
		content []byte
		want    pes.Severity
		why     string
	}{
		"no schemas":        {nil, good, pes.Tells, "ne sont pas sur cet ordinateur"},
		"an empty folder":   {[]string{nothing}, good, pes.Tells, "ne sont pas sur cet ordinateur"},
		"broken schemas":    {[]string{broken}, good, pes.Warns, "ne peuvent pas être lus"},
		"a damaged archive": {[]string{damaged}, good, pes.Warns, "ne peuvent pas être lus"},
		"a type is declared": {[]string{folder(t, simple)}, bytes.Replace(good, []byte("<n:"), []byte(`<!DOCTYPE n:PES_Aller><n:`), 1),
			pes.Stops, "DOCTYPE"},
		"another encoding": {[]string{folder(t, simple)}, bytes.Replace(good, []byte("ISO-8859-1"), []byte("IBM-EBCDIC"), 1), pes.Warns, "jeu de caractères"},
	} {
		t.Run(name, func(t *testing.T) {
			found := check(t, closed(t, schema.Find(c.dirs, compiledCode)), c.content)
			if len(found) != 1 || found[0].Severity != c.want || !strings.Contains(found[0].Why, c.why) {
				t.Errorf("told %+v", found)
			}
		})
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := closed(t, schema.Find([]string{folder(t, simple)}, compiledCode)).Check(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled, it gives %v", err)
	}
}

func TestArchive(t *testing.T) {
	dir := t.TempDir()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.Create("Schemas PES 5.17/PES_V2/Rev0/PES_Aller.xsd")
	if err == nil {
		_, err = f.Write([]byte(simple))
	}
	if err = errors.Join(err, w.Close(), os.MkdirAll(filepath.Join(dir, "schemas"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, schema.Folder+".zip"), archive.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s := closed(t, schema.Find([]string{dir}, compiledCode))
	if found := check(t, s, flow(`<Version V="2"/><NomFic V="a"/>`)); len(found) != 0 {
		t.Errorf("valid, and told %+v", found)
	}
	if found := check(t, s, flow(`<Version V="2"/>`)); len(found) != 1 {
		t.Errorf("not valid, and told %+v", found)
	}
}

// TestOfficial holds the example against the official schemas, in a folder of the samples.
func TestOfficial(t *testing.T) {
	dir := os.Getenv("AIRIAL_SAMPLES")
	if dir == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	s := closed(t, schema.At(filepath.Join(dir, "pes-xsd"), compiledCode))
	ready, err := pes.Prepare(pestest.Example)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"example": pestest.Example, "made ready": ready, "receipt": pestest.Receipt} {
		if found := check(t, s, content); len(found) != 0 {
			t.Errorf("%s: %+v", name, found)
		}
	}
	names, err := filepath.Glob(filepath.Join(dir, "pes", "*.xml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range check(t, s, content) {
			if strings.Contains(r.Why, "contraire aux schémas officiels (") || strings.Contains(r.Why, "Element") {
				t.Errorf("%s: no words for %q", filepath.Base(name), r.Why)
			}
			t.Log(filepath.Base(name), r.Where, r.Why)
		}
	}
}

func FuzzCheck(f *testing.F) {
	s := closed(f, schema.Find([]string{folder(f, simple)}, compiledCode))
	f.Add(flow(`<Version V="2"/><NomFic V="flux.xml"/>`))
	f.Add(flow(`<Version V="'{}' ("/><NomFic V=""/>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		found, err := s.Check(t.Context(), content)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range found {
			if r.Why == "" || len([]rune(r.Why)) > 1000 {
				t.Errorf("it says %q", r.Why)
			}
		}
	})
}
