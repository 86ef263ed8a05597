package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/textproto"
	"strings"
	"time"

	"github.com/emersion/go-message"

	"alpi40.fr/airial/local/store"
)

// ReportKind is what a report tells.
type ReportKind string

// The kinds. Displayed and Deleted come from who received a letter (RFC 8098), the others from servers (RFC 3464).
const (
	Displayed ReportKind = "read"
	Deleted   ReportKind = "deleted" // without its being shown
	Delivered ReportKind = "delivered"
	Delayed   ReportKind = "delayed"
	Failed    ReportKind = "failed"
)

// Report is what somebody's server or mail program says of a letter. It proves nothing: whoever knows the letter's
// Message-ID can write one.
type Report struct {
	Original  string // Message-ID of the letter
	Kind      ReportKind
	Recipient string
	At        time.Time
	Words     string
}

// maxReported is how many recipients of one report are read, maxReport how much of a part.
const (
	maxReported = 50
	maxReport   = 64 << 10
)

// Reports reads the reports that a message carries (multipart/report, RFC 6522); most messages have none.
func Reports(raw []byte) []Report {
	e, _ := open(bytes.NewReader(raw))
	if e == nil || !isReport(e.Header) {
		return nil
	}
	var out []Report
	original := ""
	parts := e.MultipartReader()
	if parts == nil {
		return nil
	}
	for range maxParts {
		part, err := parts.NextPart()
		if part == nil || errors.Is(err, io.EOF) {
			break
		}
		kind, _, _ := part.Header.ContentType()
		switch strings.ToLower(kind) {
		case "message/disposition-notification":
			out = append(out, disposition(fields(part)))
		case "message/delivery-status":
			out = append(out, statuses(fields(part))...)
		case "message/rfc822", "text/rfc822-headers", "message/rfc822-headers":
			for _, group := range fields(part) {
				if original == "" {
					original = id(group.Get("Message-Id"))
				}
			}
		}
	}
	at := head(e.Header).Sent
	var kept []Report
	for _, r := range out {
		if r.Original == "" {
			r.Original = original
		}
		r.At = at
		if r.Original != "" && r.Kind != "" {
			kept = append(kept, r)
		}
	}
	return kept
}

func isReport(h message.Header) bool {
	kind, _, err := h.ContentType()
	return err == nil && strings.EqualFold(kind, "multipart/report")
}

// reports are those of a message that was read; most are no report, and are not opened twice.
func (p Parsed) reports(raw []byte) []Report {
	if !p.report {
		return nil
	}
	return Reports(raw)
}

// fields are the groups of header fields of a part, parted by empty lines.
func fields(part *message.Entity) (groups []textproto.MIMEHeader) {
	content, err := io.ReadAll(io.LimitReader(part.Body, maxReport))
	if err != nil && len(content) == 0 {
		return nil
	}
	r := textproto.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(content), strings.NewReader("\r\n\r\n"))))
	for len(groups) <= maxReported {
		h, err := r.ReadMIMEHeader()
		if len(h) > 0 {
			groups = append(groups, h)
		}
		if err != nil {
			return groups
		}
		if len(h) == 0 {
			if _, err := r.R.Peek(1); err != nil {
				return groups
			}
		}
	}
	return groups
}

// disposition reads what a mail program says (RFC 8098 §3.2).
func disposition(groups []textproto.MIMEHeader) (r Report) {
	if len(groups) == 0 {
		return r
	}
	h := groups[0]
	r.Original, r.Recipient = id(h.Get("Original-Message-Id")), address(h.Get("Final-Recipient"))
	_, what, _ := strings.Cut(h.Get("Disposition"), ";")
	what, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(what)), "/")
	switch strings.TrimSpace(what) {
	case "displayed":
		r.Kind = Displayed
	case "deleted":
		r.Kind = Deleted
	case "dispatched", "processed": // by a machine, for nobody's eyes
		r.Kind = Delivered
	}
	return r
}

// statuses reads what a server says of each recipient (RFC 3464 §2.3).
func statuses(groups []textproto.MIMEHeader) (all []Report) {
	for _, h := range groups {
		r := Report{Recipient: address(h.Get("Final-Recipient"))}
		if original := h.Get("Original-Recipient"); original != "" {
			r.Recipient = address(original)
		}
		switch strings.ToLower(strings.TrimSpace(h.Get("Action"))) {
		case "failed":
			r.Kind = Failed
		case "delayed":
			r.Kind = Delayed
		case "delivered", "relayed", "expanded":
			r.Kind = Delivered
		default:
			continue // the group of the whole message
		}
		_, words, found := strings.Cut(h.Get("Diagnostic-Code"), ";")
		if !found {
			words = h.Get("Status")
		}
		r.Words = line(words)
		all = append(all, r)
	}
	return all
}

// address is that of a typed field: «rfc822; jean@exemple.fr».
func address(field string) string {
	_, value, found := strings.Cut(field, ";")
	if !found {
		value = field
	}
	return strings.ToLower(line(strings.Trim(strings.TrimSpace(value), "<>")))
}

// keepReports keeps what a message that was fetched reports.
func keepReports(tx *store.Tx, reports []Report, at int64) error {
	for _, r := range reports {
		when := at
		if !r.At.IsZero() {
			when = r.At.UnixMicro()
		}
		if _, err := tx.Exec(`INSERT INTO mail_report (original, kind, recipient, at, words) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			r.Original, string(r.Kind), r.Recipient, when, r.Words); err != nil {
			return err
		}
	}
	return nil
}
