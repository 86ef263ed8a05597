package seda_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/local/seda"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.FixedZone("", 3600))

func object(name, content string) *seda.Object {
	return &seda.Object{Name: name, Content: func(context.Context) ([]byte, error) { return []byte(content), nil }}
}

// sample is a transfer with everything that a unit may say.
func sample() seda.Transfer {
	mayor := seda.Agent{Name: "Claire Exemple", Function: "Maire", Role: "Signataire"}
	return seda.Transfer{
		ID: "000000000-folder\n1", Date: noon, Comments: []string{"Dossier du parapheur <essai> & suite"},
		Originating: seda.Agency{ID: "000000000", Name: "Commune de Saint-Airial-des-Pins"}, Kind: "délibération", Since: noon,
		Root: seda.Unit{
			Level: seda.File, Title: "Tarifs de la cantine", Description: "Dossier « terminé ».", ID: "folder-1", Type: "délibération",
			Keywords: []seda.Keyword{{Text: "Saint-Airial-des-Pins", Type: "geogname"}, {Text: "délibération", Type: "genreform"}},
			Writers:  []seda.Agent{mayor}, Created: noon, Start: noon, End: noon.Add(time.Hour),
			Events: []seda.Event{{Type: "Document signé", Detail: "Claire Exemple", Outcome: "Signé", At: noon}},
			Units: []seda.Unit{
				{Level: seda.Item, Title: "tarifs.pdf", Type: "document principal", Object: object("tarifs.pdf", "%PDF-1.7\nétat signé"),
					Signatures: []seda.Signature{{Signer: mayor, At: noon, Verifier: "Airial 0.1.0", Verified: noon}, {Signer: seda.Agent{Name: "sans date"}, Verifier: "Airial", Verified: noon}},
					Units:      []seda.Unit{{Level: seda.Item, Title: "original", Object: object("tarifs.pdf", "%PDF-1.7\noriginal")}}},
				{Level: seda.Group, Title: "Preuves", Units: []seda.Unit{
					{Level: seda.Item, Title: "Journal", Object: object("../journal.json", "{}")},
					{Level: seda.Item, Title: "Nom étrange", Object: object("fichier.é!", "contenu")},
					{Level: seda.Item, Title: "Vide", Object: object("vide.txt", "")},
				}},
			},
		},
	}
}

func written(t *testing.T, p seda.Profile, transfer seda.Transfer) map[string][]byte {
	t.Helper()
	var out bytes.Buffer
	if err := seda.Write(t.Context(), &out, p, transfer); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(in); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// message is what a receiving archive reads of a manifest, written apart from what writes it.
type message struct {
	Comment   []string `xml:"Comment"`
	Agreement string   `xml:"ArchivalAgreement"`
	Objects   []struct {
		ID     string `xml:"id,attr"`
		URI    string `xml:"Uri"`
		Digest string `xml:"MessageDigest"`
		Size   int    `xml:"Size"`
		Format string `xml:"FormatIdentification>FormatId"`
		Name   string `xml:"FileInfo>Filename"`
	} `xml:"DataObjectPackage>DataObjectGroup>BinaryDataObject"`
	Unit struct {
		Rule        string `xml:"Management>AppraisalRule>Rule"`
		Final       string `xml:"Management>AppraisalRule>FinalAction"`
		Description string `xml:"Content>Description"`
		Units       []struct {
			Title   string   `xml:"Content>Title"`
			Signers []string `xml:"Content>Signature>Signer>FullName"`
			Signed  []string `xml:"Content>Signature>ReferencedObject>SignedObjectId"`
		} `xml:"ArchiveUnit"`
	} `xml:"DataObjectPackage>DescriptiveMetadata>ArchiveUnit"`
	Originating string `xml:"DataObjectPackage>ManagementMetadata>OriginatingAgencyIdentifier"`
}

// What is in the package is what the manifest says, file by file.
func TestWrite(t *testing.T) {
	files := written(t, seda.Draft(), sample())
	var m message
	if err := xml.Unmarshal(files[seda.Manifest], &m); err != nil {
		t.Fatal(err)
	}
	if len(m.Objects) != len(files)-1 || len(m.Objects) != 5 {
		t.Fatalf("%d objects, %d files", len(m.Objects), len(files))
	}
	for _, o := range m.Objects {
		sum := sha512.Sum512(files[o.URI])
		if hex.EncodeToString(sum[:]) != o.Digest || len(files[o.URI]) != o.Size {
			t.Errorf("%s: digest or size", o.URI)
		}
		if !strings.HasPrefix(o.URI, "content/"+o.ID) || strings.ContainsAny(strings.TrimPrefix(o.URI, "content/"), "/é!") {
			t.Errorf("%q is no plain name", o.URI)
		}
	}
	if m.Objects[0].Format != "fmt/276" || m.Objects[0].Name != "tarifs.pdf" {
		t.Errorf("first object: %+v", m.Objects[0])
	}
	u := m.Unit
	if u.Rule != "PROJET-DUA-1-CONSERVER" || u.Final != "Keep" || !strings.Contains(u.Description, "(projet)") || !strings.Contains(u.Description, "DAF/DPACI/RES/2009/018") {
		t.Errorf("rules: %+v", u)
	}
	if s := u.Units[0]; len(s.Signers) != 1 || s.Signers[0] != "Claire Exemple" || s.Signed[0] != m.Objects[0].ID {
		t.Errorf("signatures: %+v", s)
	}
	if len(m.Comment) != 2 || !strings.HasPrefix(m.Comment[1], "Projet") || m.Originating != "000000000" {
		t.Errorf("message: %+v", m)
	}
}

// A settled profile says no draft; its identifiers are those of the archivist.
func TestSettled(t *testing.T) {
	p := seda.Draft()
	p.Status, p.Agreement, p.Submission = "", "IC-000001", &seda.Agency{ID: "ALPI"}
	text := string(written(t, p, sample())[seda.Manifest])
	if strings.Contains(strings.ToLower(text), "(projet)") || strings.Contains(text, "Projet :") {
		t.Error("a settled profile is still called a draft")
	}
	for _, want := range []string{"<ArchivalAgreement>IC-000001<", "<SubmissionAgencyIdentifier>ALPI<", "<OriginatingAgencyIdentifier>000000000<"} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestReadProfile(t *testing.T) {
	good := string(seda.DraftText())
	for name, c := range map[string]struct{ from, to string }{
		"no JSON":          {"{", "["},
		"another version":  {`"version": "2.1"`, `"version": "1.0"`},
		"no agreement":     {"PROJET-CONVENTION", " "},
		"no agency":        {"PROJET-SERVICE-D-ARCHIVES", ""},
		"an odd action":    {`"final": "Destroy"`, `"final": "Burn"`},
		"no general rule":  {`"kind": ""`, `"kind": "courrier"`},
		"a nameless rule":  {"PROJET-COMM-25", ""},
		"a nameless party": {`"acquisition"`, `"submissionAgency": {}, "acquisition"`},
	} {
		if _, err := seda.ReadProfile([]byte(strings.Replace(good, c.from, c.to, 1))); !errors.Is(err, seda.ErrProfile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := seda.Draft(); p.Status != "projet" || p.RulesOf("courrier").Access.Years != 50 || p.RulesOf("flux comptable").Appraisal.Final != "Destroy" {
		t.Errorf("draft: %+v", p)
	}
}

func TestIdentify(t *testing.T) {
	xmp := func(claim string) string { return "%PDF-1.4\n<x:xmpmeta>" + claim + "</x:xmpmeta>" }
	for _, c := range []struct{ name, content, id string }{
		{"a.pdf", "%PDF-1.0", "fmt/14"},
		{"a.pdf", "junk\n%PDF-1.6", "fmt/20"},
		{"a.pdf", "%PDF-2.0", "fmt/1129"},
		{"a.pdf", "%PDF-9.9", ""},
		{"a.pdf", xmp(`<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>`), "fmt/354"},
		{"a.pdf", xmp(`<rdf:Description pdfaid:part="2" pdfaid:conformance='U'/>`), "fmt/478"},
		{"a.pdf", xmp(`<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>`), "fmt/479"},
		{"a.pdf", xmp(`<pdfaid:part>9</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>`), "fmt/18"},
		{"flux.xml", "\xef\xbb\xbf<?xml version=\"1.0\"?><a/>", "fmt/101"},
		{"flux", "<?xml version='1.1'?><a/>", "fmt/1776"},
		{"a.p7s", "\x30\x82", "fmt/670"},
		{"a.docx", "PK\x03\x04", "fmt/412"},
		{"a.bin", "PK\x03\x04", ""},
		{"a.jpg", "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x02\x00", "fmt/44"},
		{"a.tif", "II*\x00", "fmt/353"},
		{"a.txt", "", "x-fmt/111"},
		{"a", "", ""},
	} {
		if f := seda.Identify(c.name, []byte(c.content)); f.ID != c.id {
			t.Errorf("%s %q: %+v, not %q", c.name, c.content, f, c.id)
		}
	}
}

// A file that cannot be read, or a stopped work, ends the package with its error.
func TestUnreadable(t *testing.T) {
	broken := errors.New("unreadable")
	transfer := sample()
	transfer.Root.Units[0].Object.Content = func(context.Context) ([]byte, error) { return nil, broken }
	if err := seda.Write(t.Context(), io.Discard, seda.Draft(), transfer); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := seda.Write(ctx, io.Discard, seda.Draft(), sample()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := seda.Write(t.Context(), io.Discard, seda.Profile{}, sample()); !errors.Is(err, seda.ErrProfile) {
		t.Errorf("%v", err)
	}
}

// The official schemas accept the manifest. They are not ours to ship.
func TestSchemas(t *testing.T) {
	samples := os.Getenv("AIRIAL_SAMPLES")
	if samples == "" {
		t.Skip("AIRIAL_SAMPLES is not set")
	}
	for _, version := range []string{"2.1", "2.2"} {
		schema := filepath.Join(samples, "seda-xsd", "seda-"+version, "seda-"+version+"-main.xsd")
		if _, err := os.Stat(schema); err != nil {
			t.Skip("the schemas of the standard are not here")
		}
		p := seda.Draft()
		p.Version, p.ArchivalProfile, p.ServiceLevel = version, "PROFIL", "NIVEAU"
		dir := t.TempDir()
		// The two schemas of the W3C that the standard imports are stood in for by what it uses of them.
		for name, content := range map[string]string{
			"manifest.xml": string(written(t, p, sample())[seda.Manifest]),
			"xml.xsd": `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/XML/1998/namespace">
				<xs:attribute name="lang" type="xs:language"/><xs:attribute name="id" type="xs:ID"/></xs:schema>`,
			"xlink.xsd": `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">
				<xs:attribute name="href" type="xs:anyURI"/></xs:schema>`,
		} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out, err := exec.Command("xmllint", "--nonet", "--noout", "--path", dir, "--schema", schema, filepath.Join(dir, "manifest.xml")).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", version, err, out)
		}
	}
}
