package typeset_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/typeset"
)

// archival are the documents that claim PDF/A-2b.
func archival(t *testing.T) map[string]typeset.Document {
	t.Helper()
	out := map[string]typeset.Document{}
	for name, set := range map[string]func(context.Context) (typeset.Document, error){
		"register": register().Typeset, "minutes": minutes().Typeset, "list": list().Typeset,
		"extract": typeset.Extract{Deliberation: deliberation(), Certifier: typeset.Signature{Quality: "le maire", Name: "Mme Maïté FICTIVE"}}.Typeset,
	} {
		d, err := set(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = d
	}
	return out
}

// What ISO 19005-2 asks at level B of what this package can write, clause by clause, read by qpdf, pdfinfo and pdffonts: not
// by what wrote it. No validator of PDF/A is among Debian's packages.
func TestArchivalDocumentsKeepToTheClauses(t *testing.T) {
	for _, tool := range []string{"qpdf", "pdfinfo", "pdffonts"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	for name, d := range archival(t) {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name+".pdf")
			if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
				path = filepath.Join(dir, "archival-"+name+".pdf")
			}
			if err := os.WriteFile(path, d.PDF, 0o600); err != nil {
				t.Fatal(err)
			}
			run := func(args ...string) string {
				t.Helper()
				out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
				if err != nil {
					t.Fatalf("%s: %v\n%s", args, err, out)
				}
				return string(out)
			}
			run("qpdf", "--check", path) // 6.1.4: cross-reference; 6.1.7: streams and their lengths
			expanded := run("qpdf", "--qdf", "--object-streams=disable", "--no-original-object-ids", path, "-")
			clauses(t, d.PDF, expanded)
			info := run("pdfinfo", path)
			for _, want := range []string{"PDF version:     1.7", "Encrypted:       no", "Tagged:          yes", "JavaScript:      no"} {
				if !strings.Contains(info, want) {
					t.Errorf("pdfinfo says no %q:\n%s", want, info)
				}
			}
			for i, line := range strings.Split(strings.TrimSpace(run("pdffonts", path)), "\n") {
				if i < 2 {
					continue
				}
				f := strings.Fields(line) // 6.2.11.4: embedded; 6.2.11.7: to Unicode
				if at := len(f) - 5; at < 0 || f[at] != "yes" || f[at+2] != "yes" {
					t.Errorf("6.2.11: %s", line)
				}
			}
			widths(t, expanded)
		})
	}
}

func clauses(t *testing.T, raw []byte, expanded string) {
	t.Helper()
	if !bytes.HasPrefix(raw, []byte("%PDF-1.7\n%")) || raw[10] < 128 || raw[11] < 128 || raw[12] < 128 || raw[13] < 128 {
		t.Error("6.1.2: the header has no comment of four bytes above 127")
	}
	if !regexp.MustCompile(`/ID \[<[0-9A-F]{32}> <[0-9A-F]{32}>\]`).Match(raw) || !bytes.HasSuffix(raw, []byte("%%EOF\n")) {
		t.Error("6.1.3: the trailer has no identifier, or is followed by something")
	}
	for clause, pattern := range map[string]string{
		"6.1.3, no encryption": `/Encrypt\b`, "6.1.7.1, no outside streams": `/F(Filter|DecodeParms)\b`, "6.1.7.2, no LZW": `/LZWDecode\b`,
		"6.2.9, no PostScript, reference or OPI": `/(PS|Ref|OPI)\b`, "6.2.10, no transparency": `/(SMask|CA|ca|BM)\b|/S /Transparency`, "6.2.5, no graphics state of its own": `/ExtGState\b`,
		"6.3, no annotation": `/Annots?\b`, "6.4.1, no form": `/AcroForm\b`, "6.5.1, no action": `/(JavaScript|JS|Launch|AA|OpenAction|SubmitForm|ImportData|Sound|Movie)\b`,
		"6.8, no embedded file": `/EmbeddedFiles?\b`, "6.9, no optional content": `/OCProperties\b`, "6.10, no presentation": `/PresSteps\b`, "6.2.8.3, no JPEG 2000": `/JPXDecode\b`,
		"6.2.4.3, RGB and gray alone": `/DeviceCMYK\b`,
	} {
		// Names stand outside of streams of text; none of ours is one of these words.
		if found := regexp.MustCompile(pattern).FindString(expanded); found != "" {
			t.Errorf("%s: %s", clause, found)
		}
	}
	if n := strings.Count(expanded, "/Type /OutputIntent"); n != 1 || !strings.Contains(expanded, "/S /GTS_PDFA1") {
		t.Errorf("6.2.3: %d output intents", n)
	}
	profile := between(expanded, "/N 3", "stream\n", "\nendstream")
	if len(profile) < 128 || profile[36:40] != "acsp" || profile[12:20] != "mntrRGB " || profile[8] != 2 {
		t.Errorf("6.2.3: no ICC profile of a display: %.60q", profile)
	}
	metadata := between(expanded, "/Type /Metadata", "stream\n", "\nendstream")
	for _, want := range []string{"<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>", `xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"`, "<pdf:Producer>Airial (maroto, gofpdf)</pdf:Producer>", "<xmp:CreateDate>"} {
		if !strings.Contains(metadata, want) {
			t.Errorf("6.6: the metadata lacks %s", want)
		}
	}
	if regexp.MustCompile(`<\?xpacket[^>]*(bytes|encoding)=`).MatchString(metadata) {
		t.Error("6.6.2.1: the packet says its bytes or its encoding")
	}
	for _, m := range regexp.MustCompile(`/Subtype /(CIDFontType\d|Type\d|TrueType)\b`).FindAllStringSubmatch(expanded, -1) {
		if m[1] != "CIDFontType2" && m[1] != "Type0" {
			t.Errorf("6.2.11.2: a font of another sort: %s", m[1])
		}
	}
	if fonts, maps := strings.Count(expanded, "/Subtype /CIDFontType2"), strings.Count(expanded, "/CIDToGIDMap"); fonts == 0 || fonts != maps {
		t.Errorf("6.2.11.3.2: %d fonts, %d maps of their glyphs", fonts, maps)
	}
	for _, m := range regexp.MustCompile(`/BaseFont /(\S+)`).FindAllStringSubmatch(expanded, -1) {
		if !regexp.MustCompile(`^[A-Z]{6}\+`).MatchString(m[1]) {
			t.Errorf("6.2.11.4.2: %s is cut down and does not say so", m[1])
		}
	}
}

// between is what stands between two marks after a third.
func between(text, after, from, to string) string {
	_, text, found := strings.Cut(text, after)
	if !found {
		return ""
	}
	_, text, _ = strings.Cut(text, from)
	text, _, _ = strings.Cut(text, to)
	return text
}

// widths holds the widths that the file says of the characters of each face against those of the face itself
// (6.2.11.5: they agree within a thousandth).
func widths(t *testing.T, expanded string) {
	t.Helper()
	objects := map[string]string{}
	for _, m := range regexp.MustCompile(`(?s)(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj`).FindAllStringSubmatch(expanded, -1) {
		objects[m[1]] = m[2]
	}
	ref := func(dict, key string) string {
		m := regexp.MustCompile(key + ` (\d+) 0 R`).FindStringSubmatch(dict)
		if m == nil {
			return ""
		}
		return objects[m[1]]
	}
	stream := func(o string) []byte {
		_, s, _ := strings.Cut(o, "stream\n")
		return []byte(strings.TrimSuffix(s, "\nendstream"))
	}
	checked := 0
	for _, cid := range objects {
		if !strings.Contains(cid, "/Subtype /CIDFontType2") {
			continue
		}
		face, err := sfnt.Parse(stream(ref(ref(cid, "/FontDescriptor"), "/FontFile2")))
		if err != nil {
			t.Fatalf("6.2.11.3: the face cannot be read: %v", err)
		}
		glyphs := stream(ref(cid, "/CIDToGIDMap"))
		said := saidWidths(cid, objects)
		var buf sfnt.Buffer
		for code, width := range said {
			if 2*code+1 >= len(glyphs) {
				continue
			}
			g := sfnt.GlyphIndex(uint16(glyphs[2*code])<<8 | uint16(glyphs[2*code+1]))
			if g == 0 {
				continue
			}
			w, err := face.GlyphAdvance(&buf, g, fixed.I(1000), font.HintingNone)
			if err != nil {
				t.Fatal(err)
			}
			if diff := float64(w)/64 - width; diff > 1 || diff < -1 {
				t.Errorf("6.2.11.5: character %U is %v wide in the face, %v in the file", code, float64(w)/64, width)
			}
			checked++
		}
	}
	if checked < 50 {
		t.Errorf("%d widths were compared", checked)
	}
}

// saidWidths reads the array W of a font.
func saidWidths(cid string, objects map[string]string) map[int]float64 {
	_, text, _ := strings.Cut(cid, "/W ")
	if m := regexp.MustCompile(`^(\d+) 0 R`).FindStringSubmatch(text); m != nil {
		text = objects[m[1]]
	}
	out := map[int]float64{}
	var head []int
	inside, next := false, 0
	text = strings.NewReplacer("[", " [ ", "]", " ] ").Replace(text)
	depth := 0
	for _, token := range strings.Fields(text) {
		switch token {
		case "[":
			if depth++; depth == 2 {
				inside, next = true, head[len(head)-1]
				head = nil
			}
			continue
		case "]":
			if depth--; depth == 1 {
				inside = false
			}
			if depth == 0 {
				return out
			}
			continue
		}
		v, err := strconv.ParseFloat(token, 64)
		if err != nil {
			return out
		}
		switch {
		case inside:
			out[next] = v
			next++
		case len(head) == 2:
			for code := head[0]; code <= head[1]; code++ {
				out[code] = v
			}
			head = nil
		default:
			head = append(head, int(v))
		}
	}
	return out
}

// signer signs with a key of its own.
type signer struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
}

func (s signer) Certificate() *x509.Certificate { return s.cert }
func (s signer) Chain() []*x509.Certificate     { return nil }
func (s signer) Sign(_ context.Context, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return s.key.Sign(rand.Reader, digest, o)
}

// A certified extract is signed electronically, twice, once where it is seen: its claim stays true. What the signatures add
// is held against the clauses that speak of it; the rest is the document's own.
func TestASignedExtractKeepsItsClaim(t *testing.T) {
	for _, tool := range []string{"qpdf", "pdffonts"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(tool + " is not installed")
		}
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Maïté FICTIVE"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageContentCommitment}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	unsigned := archival(t)["extract"].PDF
	signed, err := pades.Sign(t.Context(), unsigned, signer{key, cert}, pades.Options{SigningTime: time.Now(), Name: "Maïté FICTIVE", Reason: "Certifié conforme",
		Appearance: &pades.Appearance{Page: -1, X: 40, Y: 40, Width: 180, Height: 60, FromRight: true, FromBottom: true, Frame: true, Lines: []string{"Signé électroniquement par", "Maïté FICTIVE, maire"}}})
	if err == nil {
		signed, err = pades.Sign(t.Context(), signed, signer{key, cert}, pades.Options{SigningTime: time.Now(), Name: "Ève EXEMPLE"})
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "signed.pdf")
	if dir := os.Getenv("AIRIAL_TEST_SHOTS"); dir != "" {
		path = filepath.Join(dir, "archival-signed.pdf")
	}
	if err := os.WriteFile(path, signed, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("qpdf", "--check", path)
	expanded := run("qpdf", "--qdf", "--object-streams=disable", "--no-original-object-ids", path, "-")
	added := signed[len(unsigned):]
	if n := bytes.Count(added, []byte("%%EOF")); n != 2 || len(regexp.MustCompile(`/ID \[ ?<[0-9A-Fa-f]{32}> ?<[0-9A-Fa-f]{32}> ?\]`).FindAll(added, -1)) != 2 {
		t.Error("6.1.3: a trailer of the signatures has no identifier")
	}
	for _, m := range regexp.MustCompile(`(?s)(.)(\d+\s+\d+\s+obj)(.)`).FindAllSubmatch(added, -1) {
		if m[1][0] != '\n' && m[1][0] != '\r' || !regexp.MustCompile(`^\d+ \d+ obj$`).Match(m[2]) || m[3][0] != '\n' && m[3][0] != '\r' {
			t.Errorf("6.1.9: %q", m[0])
		}
	}
	for clause, pattern := range map[string]string{
		"6.2.9, no PostScript": `/(PS|OPI)\b`, "6.2.10, no transparency": `/(SMask|CA|ca|BM)\b|/S /Transparency`, "6.4.1, no action": `/(A|AA|JavaScript|JS)\b|/NeedAppearances true`, "6.4.2, no XFA": `/XFA\b`,
		"6.2.4.3, RGB and gray alone": `/DeviceCMYK\b`, "6.1.12, no rights but a signature's": `/UR\b`, "6.2.11, no font of the reader's": `/Subtype /(Type1|TrueType|Type3)\b`,
	} {
		if found := regexp.MustCompile(pattern).FindString(strings.ReplaceAll(expanded, "/A (", "")); found != "" {
			t.Errorf("%s: %s", clause, found)
		}
	}
	widgets := regexp.MustCompile(`(?s)<<[^<>]*?(?:<<[^<>]*>>[^<>]*)?/Subtype /Widget.*?>>\nendobj`).FindAllString(expanded, -1)
	if len(widgets) != 2 {
		t.Fatalf("%d fields", len(widgets))
	}
	seen := 0
	for _, w := range widgets {
		flags := regexp.MustCompile(`/F (\d+)`).FindStringSubmatch(w)
		if flags == nil {
			t.Fatalf("6.3.2: no flags: %s", w)
		}
		if f, _ := strconv.Atoi(flags[1]); f&4 == 0 || f&(1|2|32|256) != 0 { // printed; not invisible, hidden, unviewed nor toggled
			t.Errorf("6.3.2: flags %d", f)
		}
		nowhere := regexp.MustCompile(`(?s)/Rect \[\s*0\s+0\s+0\s+0\s*\]`).MatchString(w)
		if look := strings.Contains(w, "/AP <<"); look == nowhere || look && strings.Contains(w, "/D ") {
			t.Errorf("6.3.3: %s", w)
		}
		if !nowhere {
			seen++
		}
	}
	if seen != 1 {
		t.Errorf("%d signatures are seen", seen)
	}
	for i, line := range strings.Split(strings.TrimSpace(run("pdffonts", path)), "\n") {
		if f := strings.Fields(line); i >= 2 && (f[len(f)-5] != "yes" || f[len(f)-3] != "yes") {
			t.Errorf("6.2.11.4, 6.2.11.7: %s", line)
		}
	}
	metadata := between(expanded, "/Type /Metadata", "stream\n", "\nendstream")
	if !strings.Contains(metadata, "<pdfaid:part>2</pdfaid:part>") || bytes.Contains(added, []byte("/ModDate")) || bytes.Contains(added, []byte("/Info <<")) {
		t.Error("6.6: the metadata and the document's information say different things")
	}
	ranges := regexp.MustCompile(`/ByteRange ?\[ ?(\d+) +(\d+) +(\d+) +(\d+) *\]`).FindAllSubmatch(added, -1)
	if len(ranges) != 2 {
		t.Errorf("6.4.3: %d signatures say what they cover", len(ranges))
	}
	for _, m := range ranges {
		n := make([]int, 4)
		for i := range n {
			n[i], _ = strconv.Atoi(string(m[i+1]))
		}
		if end := n[2] + n[3]; n[0] != 0 || !bytes.HasSuffix(bytes.TrimRight(signed[:end], "\r\n"), []byte("%%EOF")) || signed[n[1]] != '<' || signed[n[2]-1] != '>' {
			t.Errorf("6.4.3: a signature covers %v", n)
		}
	}
	report, err := pades.Validate(t.Context(), signed, validation.Options{Now: time.Now()})
	if err != nil || len(report.Signatures) != 2 {
		t.Fatalf("%v, %+v", err, report)
	}
}

// What is to be signed, a draft, and what reproduces another document claim nothing.
func TestWhatClaimsNothing(t *testing.T) {
	draft := minutes()
	draft.Draft = true
	for name, set := range map[string]func(context.Context) (typeset.Document, error){"deliberation": deliberation().Typeset, "draft": draft.Typeset} {
		d, err := set(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(d.PDF, []byte("pdfaid")) || bytes.Contains(d.PDF, []byte("OutputIntent")) {
			t.Errorf("%s claims PDF/A", fmt.Sprint(name))
		}
	}
}
