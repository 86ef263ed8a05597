package mailbox_test

import (
	"strings"
	"testing"

	"alpi40.fr/airial/local/mailbox"
)

const disposition = "From: eve@exemple.example\r\nDate: Wed, 25 Nov 2026 21:04:00 +0100\r\nSubject: Lu\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=o\r\n\r\n" +
	"--o\r\nContent-Type: text/plain\r\n\r\nLu.\r\n--o\r\nContent-Type: message/disposition-notification\r\n\r\n" +
	"Reporting-UA: exemple.example; Essai 1.0\r\nFinal-Recipient: rfc822;Eve@Exemple.example\r\nOriginal-Message-ID: <abc@saint-airial.example>\r\nDisposition: manual-action/MDN-sent-manually; %s\r\n\r\n--o--\r\n"

const status = "From: MAILER-DAEMON@exemple.example\r\nDate: Wed, 25 Nov 2026 21:05:00 +0100\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=o\r\n\r\n" +
	"--o\r\n\r\nDésolé.\r\n--o\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.exemple.example\r\n\r\n" +
	"Final-Recipient: rfc822; jean@exemple.example\r\nAction: %s\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 no such user\r\n\r\n" +
	"--o\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <abc@saint-airial.example>\r\nSubject: Convocation\r\n\r\n--o--\r\n"

// RFC 8098 §3.2 and RFC 3464 §2.3: what a reader's program and a server say of a letter.
func TestReports(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want mailbox.Report // without its instant; Kind empty: none
	}{
		"displayed":             {strings.Replace(disposition, "%s", "displayed", 1), mailbox.Report{Kind: mailbox.Displayed, Recipient: "eve@exemple.example"}},
		"displayed, in error":   {strings.Replace(disposition, "%s", "displayed/error", 1), mailbox.Report{Kind: mailbox.Displayed, Recipient: "eve@exemple.example"}},
		"deleted unread":        {strings.Replace(disposition, "%s", "deleted", 1), mailbox.Report{Kind: mailbox.Deleted, Recipient: "eve@exemple.example"}},
		"processed by a robot":  {strings.Replace(disposition, "%s", "processed", 1), mailbox.Report{Kind: mailbox.Delivered, Recipient: "eve@exemple.example"}},
		"an unknown word":       {strings.Replace(disposition, "%s", "eaten", 1), mailbox.Report{}},
		"failed":                {strings.Replace(status, "%s", "failed", 1), mailbox.Report{Kind: mailbox.Failed, Recipient: "jean@exemple.example", Words: "550 no such user"}},
		"delayed":               {strings.Replace(status, "%s", "delayed", 1), mailbox.Report{Kind: mailbox.Delayed, Recipient: "jean@exemple.example", Words: "550 no such user"}},
		"of no letter":          {strings.ReplaceAll(strings.Replace(status, "%s", "failed", 1), "Message-ID", "X-None"), mailbox.Report{}},
		"an ordinary message":   {"From: a@b.example\r\nSubject: Disposition: displayed\r\n\r\nOriginal-Message-ID: <abc@saint-airial.example>\r\n", mailbox.Report{}},
		"cut":                   {disposition[:260], mailbox.Report{}},
		"a report with no part": {"Content-Type: multipart/report; boundary=o\r\n\r\n--o--\r\n", mailbox.Report{}},
	} {
		got := mailbox.Reports([]byte(c.raw))
		if c.want.Kind == "" {
			if len(got) != 0 {
				t.Errorf("%s: %+v", name, got)
			}
			continue
		}
		if len(got) != 1 || got[0].At.IsZero() || got[0].Original != "abc@saint-airial.example" || got[0].Kind != c.want.Kind || got[0].Recipient != c.want.Recipient || got[0].Words != c.want.Words {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzReports(f *testing.F) {
	f.Add([]byte(strings.Replace(disposition, "%s", "displayed", 1)))
	f.Add([]byte(strings.Replace(status, "%s", "failed", 1)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, r := range mailbox.Reports(raw) {
			if r.Original == "" || r.Kind == "" || strings.ContainsAny(r.Original+r.Recipient+r.Words, "\r\n") {
				t.Errorf("%+v", r)
			}
		}
	})
}
