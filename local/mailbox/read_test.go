package mailbox_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"alpi40.fr/airial/local/mailbox"
)

const multipart = "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"

// Whatever came, something is shown, nothing is fetched, and no script stands in it.
func TestReading(t *testing.T) {
	deep := "From: a@b.example\n"
	for i := range 60 {
		b := strings.Repeat("d", i+1)
		deep += "Content-Type: multipart/mixed; boundary=" + b + "\n\n--" + b + "\n"
	}
	for name, c := range map[string]struct {
		raw     string
		text    string // contained in it
		not     string // not contained
		files   string // names
		damaged bool
	}{
		"plain":         {raw: "From: a@b.example\nSubject: =?windows-1252?Q?=C9t=E9?=\n\nBonjour\n", text: "Bonjour"},
		"latin 1":       {raw: "Content-Type: text/plain; charset=iso-8859-15\n\n10 \xa4\n", text: "10 €"},
		"no charset":    {raw: "Content-Type: text/plain; charset=klingon\n\ncaf\xe9\n", text: "caf\uFFFD"},
		"page":          {raw: "Content-Type: text/html\n\n<title>t</title><p>Bon<b>jour</b><script>alert(1)</script><style>x{}</style><img src=http://pisteur.example/x.gif></p><p>fin", text: "Bonjour\n\nfin", not: "pisteur"},
		"link":          {raw: "Content-Type: text/html\n\n<a href='https://voleur.example/entrer'>https://www.impots.gouv.fr</a>", text: "https://www.impots.gouv.fr [https://voleur.example/entrer]"},
		"honest link":   {raw: "Content-Type: text/html\n\n<a href='https://www.exemple.fr/'>https://www.exemple.fr</a>", text: "https://www.exemple.fr", not: "["},
		"alternative":   {raw: "Content-Type: multipart/alternative; boundary=o\n\n--o\nContent-Type: text/html\n\n<p>page</p>\n--o\nContent-Type: text/plain\n\nbrut\n--o--\n", text: "brut", not: "page"},
		"attachment":    {raw: multipart + "--o\r\n\r\nvoir\r\n--o\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''arr%C3%AAt%C3%A9.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--o--\r\n", text: "voir", files: "arrêté.pdf"},
		"path":          {raw: multipart + "--o\r\nContent-Disposition: attachment; filename=\"../../etc/passwd\"\r\n\r\nx\r\n--o--\r\n", files: "passwd"},
		"turned name":   {raw: multipart + "--o\r\nContent-Disposition: attachment; filename*=utf-8''mairie%E2%80%AEfdp.exe\r\n\r\nx\r\n--o--\r\n", files: "mairiefdp.exe"},
		"cut":           {raw: multipart + "--o\r\n\r\ndébut", text: "début", damaged: true},
		"deep":          {raw: deep, damaged: true},
		"many headers":  {raw: strings.Repeat("X-Long: 0123456789\n", 100_000) + "\nfin", damaged: true},
		"no mail":       {raw: "\x00\x01\x02", damaged: true},
		"empty":         {raw: ""},
		"bad base64":    {raw: "Content-Transfer-Encoding: base64\n\n!!!!", damaged: true},
		"bad transfer":  {raw: "Content-Transfer-Encoding: uuencode\n\nbrut", text: "brut"},
		"a mail in one": {raw: multipart + "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: dedans\r\n\r\nx\r\n--o--\r\n", files: "piece-1.eml"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mailbox.Read([]byte(c.raw))
			var names []string
			for _, f := range p.Files {
				names = append(names, f.Name)
			}
			if !strings.Contains(p.Text, c.text) || c.not != "" && strings.Contains(p.Text, c.not) || strings.Join(names, ",") != c.files || p.Damaged != c.damaged {
				t.Errorf("%q, files %q, damaged %v", p.Text[:min(len(p.Text), 200)], names, p.Damaged)
			}
		})
	}
}

func TestSuspicions(t *testing.T) {
	const own = "saint-airial.example"
	for name, c := range map[string]struct {
		head string
		want mailbox.WarningKind
	}{
		"nothing":            {"From: Ève <eve@exemple.example>", ""},
		"ours":               {"From: <maire@saint-airial.example>", ""},
		"below ours":         {"From: <x@ccas.saint-airial.example>", ""},
		"nearly ours":        {"From: <maire@saint-aerial.example>", mailbox.NearlyOurs},
		"a name is address":  {"From: \"maire@saint-airial.example\" <x@voleur.example>", mailbox.NameIsAddress},
		"other letters":      {"From: <x@xn--pypal-4ve.example>", mailbox.OddLetters},
		"answers elsewhere":  {"From: <x@exemple.example>\nReply-To: <x@voleur.example>", mailbox.AnswersElsewhere},
		"the same elsewhere": {"From: <x@exemple.example>\nReply-To: <y@exemple.example>", ""},
		"a program":          {"From: <x@exemple.example>\nContent-Disposition: attachment; filename=facture.pdf.exe", mailbox.Program},
	} {
		t.Run(name, func(t *testing.T) {
			got := mailbox.Suspicions(mailbox.Read([]byte(c.head+"\n\nBonjour\n")), own)
			if (c.want == "") != (len(got) == 0) || len(got) > 0 && got[0].Kind != c.want {
				t.Errorf("%+v", got)
			}
		})
	}
}

// Whatever comes is read without a panic, within limits, and its parts can be taken.
func FuzzRead(f *testing.F) {
	for _, s := range []string{"", "Subject: x\n\ny", multipart + "--o\r\nContent-Type: text/html\r\n\r\n<a href=x>y\r\n--o\r\nContent-Type: image/png; name=\"=?utf-8?q?=C3?=\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAA\r\n--o--"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p := mailbox.Read(raw)
		if !utf8.ValidString(p.Text) || !utf8.ValidString(p.Title) || len(p.Text) > mailbox.MaxText+8 {
			t.Fatalf("not shown as it should: %q", p.Text)
		}
		for _, a := range p.Files {
			if a.Name == "" || strings.ContainsAny(a.Name, "/\\\x00") || a.Name == ".." {
				t.Fatalf("a name that leaves its folder: %q", a.Name)
			}
			content, _, err := mailbox.Part(raw, a.Place)
			if err == nil && int64(len(content)) != a.Size {
				t.Fatalf("%d bytes, %d were told", len(content), a.Size)
			}
		}
		mailbox.Suspicions(p, "exemple.fr")
	})
}
