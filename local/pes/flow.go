package pes

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The reasons for which a flow is not read; match them with errors.Is. Those of
// xmltree.Walk come as well.
var (
	// ErrNotPES: well-formed XML of another kind.
	ErrNotPES = errors.New("the file is not a PES_v2 flow")
	// ErrTooLarge: more bordereaux, lines or characters than are read.
	ErrTooLarge = errors.New("the PES_v2 flow is beyond the limits")
	// ErrAttachment: an attachment is neither base64 nor gzip, or is cut.
	ErrAttachment = errors.New("the attachment of the flow cannot be opened")
)

// Namespace is that of the flows that leave for Hélios.
const Namespace = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/aller"

// Side is spending or receipts.
type Side string

// The two sides.
const (
	Spending Side = "depense"
	Receipts Side = "recette"
)

// Flow is a PES_Aller.
type Flow struct {
	// ID is the identifier of the root, "" when it bears none.
	ID string
	// Name is that of the file, Type that of the flow (PESALR2).
	Name, Type string
	Date       string // AAAA-MM-JJ
	// Post is the accountant's code; Siret, Authority and Budget are whose flow it is.
	Post, PostLabel, Siret, Authority, Budget, Label string
	// Dematerialised: what InfoDematerialisee says of each side that is there.
	Dematerialised map[Side]bool
	Bordereaux     []*Bordereau
	Attachments    []Attachment
	// Signed: the whole flow bears a signature.
	Signed bool
}

// Bordereau is a bordereau of mandats or of titres.
type Bordereau struct {
	Side Side
	// ID is the identifier of the element, by which it is signed; "" when it bears none.
	ID                           string
	Exercise, Number, Date, Type string
	// Count, Cumulative, Net and VAT are as declared; Cumulative is 0 when absent.
	Count                int
	Cumulative, Net, VAT Amount
	Signed               bool
	Pieces               []*Piece
}

// Piece is a mandat or a titre.
type Piece struct {
	Number, Type, Nature, Object, Service, Due string
	Invoice                                    string
	References                                 []Reference
	Lines                                      []*Line
}

// Line is one imputation.
type Line struct {
	Number, Account, Function, Operation string
	Invoice, Label, Payment, Market      string
	Net, VAT                             Amount
	Thirds                               []Third
	References                           []Reference
}

// Third is a third party: who is paid, or who owes.
type Third struct {
	Reference, Category, Legal, Civility, Name, Complement, FirstName string
	Siret                                                             string
	Address                                                           []string
	Account                                                           Account
}

// FullName is the third party as people name it.
func (t Third) FullName() string {
	return strings.Join(strings.Fields(t.Civility+" "+t.FirstName+" "+t.Name+" "+t.Complement), " ")
}

// Account is a bank account: an IBAN, or the parts of a RIB.
type Account struct {
	IBAN, BIC, Holder, Bank   string
	Code, Branch, Number, Key string
}

// IsZero tells whether there is no account.
func (a Account) IsZero() bool { return a == Account{} }

// String gives the account in one line, "" for none.
func (a Account) String() string {
	if a.IBAN != "" {
		return a.IBAN
	}
	return strings.Join(strings.Fields(a.Code+" "+a.Branch+" "+a.Number+" "+a.Key), " ")
}

// Reference names an attachment.
type Reference struct{ Support, ID, Name string }

// Attachment is a justification carried by the flow.
type Attachment struct {
	ID, Name, Type, Description, Media string

	encoded [][]byte // views of the file
}

// MaxAttachment bounds an attachment that was opened, in bytes.
const MaxAttachment = 128 << 20

// Open gives the attached file: base64, then gzip where it is compressed, as some software
// does not. Errors: ErrAttachment, ErrTooLarge.
func (a Attachment) Open() ([]byte, error) {
	encoded := bytes.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\r\n", r) {
			return -1
		}
		return r
	}, bytes.Join(a.encoded, nil))
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(encoded)))
	n, err := base64.StdEncoding.Decode(raw, encoded)
	if err != nil || n == 0 {
		return nil, fmt.Errorf("%s is not base64: %w", a.Name, ErrAttachment)
	}
	raw = raw[:n]
	if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		return raw, nil
	}
	unzip, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", a.Name, ErrAttachment, err)
	}
	content, err := io.ReadAll(io.LimitReader(unzip, MaxAttachment+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", a.Name, ErrAttachment, err)
	}
	if len(content) > MaxAttachment {
		return nil, fmt.Errorf("%s is of more than %d bytes: %w", a.Name, MaxAttachment, ErrTooLarge)
	}
	return content, nil
}

// Total adds what the lines of a bordereau say.
func (b *Bordereau) Total() (net, vat Amount) {
	for _, p := range b.Pieces {
		n, v := p.Total()
		net, vat = net+n, vat+v
	}
	return net, vat
}

// Total adds what the lines of a piece say.
func (p *Piece) Total() (net, vat Amount) {
	for _, l := range p.Lines {
		net, vat = net+l.Net, vat+l.VAT
	}
	return net, vat
}

// Third is the first third party of a piece, the zero Third when it has none.
func (p *Piece) Third() Third {
	for _, l := range p.Lines {
		for _, t := range l.Thirds {
			return t
		}
	}
	return Third{}
}

// Amount is in cents.
type Amount int64

// ParseAmount reads an amount as the schemas write it: digits, a point, at most two
// decimals, perhaps a sign. It tells whether it is one.
func ParseAmount(text string) (Amount, bool) {
	whole, decimals, _ := strings.Cut(strings.TrimSpace(text), ".")
	negative := strings.HasPrefix(whole, "-")
	digits := strings.TrimLeft(whole, "+-") + (decimals + "00")[:2]
	if len(whole)-len(strings.TrimLeft(whole, "+-")) > 1 || len(decimals) > 2 || len(digits) > 17 || len(digits) < 3 {
		return 0, false
	}
	var a Amount
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		a = a*10 + Amount(c-'0')
	}
	if negative {
		a = -a
	}
	return a, true
}
