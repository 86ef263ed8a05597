package tdt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"alpi40.fr/airial/local/handover"
)

// DepositAct posts an act, and gives the third party's number of it. Errors:
// *handover.Refusal, handover.ErrNotSent, handover.ErrUncertain.
func (c *Client) DepositAct(ctx context.Context, a handover.Act) (transaction string, err error) {
	parts := []part{
		{name: "api", value: "1"}, {name: "nature_code", value: strconv.Itoa(a.Nature)}, {name: "number", value: a.Number}, {name: "subject", value: latin(a.Subject)},
		{name: "decision_date", value: a.Date}, {name: "en_attente", value: "0"}, {name: "document_papier", value: "0"}, {name: "type_acte", value: a.File.Type},
		{name: "acte_pdf_file", file: a.File.Name, content: a.File.Content},
	}
	for i, code := range strings.Split(a.Matter, ".") {
		parts = append(parts, part{name: "classif" + strconv.Itoa(i+1), value: code})
	}
	for _, annex := range a.Annexes {
		parts = append(parts, part{name: "type_pj[]", value: annex.Type}, part{name: "acte_attachments[]", file: annex.Name, content: annex.Content})
	}
	raw, err := c.post(ctx, "/modules/actes/actes_transac_create.php", parts)
	if err != nil {
		return "", err
	}
	return created(raw)
}

// created reads the number of what was made.
func created(raw []byte) (string, error) {
	rest, err := okay(raw)
	if errors.Is(err, ErrGarbage) {
		return "", fmt.Errorf("posting: %w", errors.Join(handover.ErrUncertain, err))
	}
	if err != nil {
		return "", fmt.Errorf("posting: %w", err)
	}
	first, _, _ := strings.Cut(rest, "\n")
	id, err := number(first)
	if err != nil {
		return "", fmt.Errorf("posting: %w", errors.Join(handover.ErrUncertain, err))
	}
	return id, nil
}

// findable are the statuses in which an act may be looked for: all that it can have between
// its taking in and its archive.
var findable = []int{1, 2, 3, 4, 5, 7, 14, 17, 18, -1}

// maxListed is how many acts of one status are looked through.
const maxListed = 1000

// FindAct gives the number that the third party has for an act, by the act's own, which is
// unique in the town hall. Errors: handover.ErrNotThere, handover.ErrNotSent, ErrGarbage.
func (c *Client) FindAct(ctx context.Context, own string) (transaction string, err error) {
	for _, status := range findable {
		raw, err := c.get(ctx, "/modules/actes/api/list_actes.php", url.Values{"status_id": {strconv.Itoa(status)}, "offset": {"0"}, "limit": {strconv.Itoa(maxListed)}}, maxAnswer)
		if err != nil {
			return "", err
		}
		all, err := readActs(raw)
		if err != nil {
			return "", err
		}
		for _, a := range all {
			if a.Number == own && (a.Type == "" || a.Type == "1") {
				return number(string(a.ID))
			}
		}
		if len(all) >= maxListed { // it may be among those that were not given
			return "", fmt.Errorf("more than %d acts: %w", maxListed, handover.ErrUncertain)
		}
	}
	return "", handover.ErrNotThere
}

// FollowAct tells how far an act has come, with the ARActe once the préfecture has it.
// Errors: *handover.Refusal, handover.ErrNotSent, ErrGarbage.
func (c *Client) FollowAct(ctx context.Context, transaction string) (p handover.Progress, err error) {
	id, err := number(transaction)
	if err != nil {
		return p, err
	}
	raw, err := c.get(ctx, "/modules/actes/actes_transac_get_status.php", url.Values{"transaction": {id}}, maxAnswer)
	if err != nil {
		return p, err
	}
	rest, err := okay(raw)
	if err != nil {
		return p, fmt.Errorf("asking about act %s: %w", id, err)
	}
	first, rest, _ := strings.Cut(rest, "\n")
	code, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return p, fmt.Errorf("asking about act %s: status %.40q: %w", id, first, ErrGarbage)
	}
	switch code {
	case -1, 6:
		return handover.Progress{Stage: handover.Failed, Words: Line(rest)}, nil
	case 0:
		return handover.Progress{Stage: handover.Cancelled}, nil
	case 3:
		return handover.Progress{Stage: handover.Forwarded}, nil
	case 4, 5:
		// The receipt was made characters with the rest: it is given as UTF-8.
		return handover.Progress{Stage: handover.Answered, Answer: []byte(unlabelled(rest))}, nil
	}
	return handover.Progress{Stage: handover.Received}, nil
}

// unlabelled takes the encoding out of an XML text that is UTF-8 now.
func unlabelled(text string) string {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "<?xml") {
		if _, rest, found := strings.Cut(text, "?>"); found {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

// CancelAct asks for the cancellation of an act that was acknowledged (transaction 6). One that
// is asked for already is no error. Errors: as DepositAct.
func (c *Client) CancelAct(ctx context.Context, transaction string) (cancellation string, err error) {
	id, err := number(transaction)
	if err != nil {
		return "", err
	}
	raw, err := c.post(ctx, "/modules/actes/actes_transac_cancel.php", []part{{name: "api", value: "1"}, {name: "id", value: id}})
	if err != nil {
		return "", err
	}
	cancellation, err = created(raw)
	var refusal *handover.Refusal
	if errors.As(err, &refusal) && strings.Contains(refusal.Words, "déjà en cours") {
		return "", handover.ErrDuplicate
	}
	return cancellation, err
}

// Letters gives what the préfecture wrote and nobody has read yet.
func (c *Client) Letters(ctx context.Context) ([]handover.Letter, error) {
	raw, err := c.get(ctx, "/modules/actes/api/list_document_prefecture.php", nil, maxAnswer)
	if err != nil {
		return nil, err
	}
	return readLetters(raw)
}

// Letter gives the archive of one.
func (c *Client) Letter(ctx context.Context, id string) ([]byte, error) {
	id, err := number(id)
	if err != nil {
		return nil, err
	}
	raw, err := c.get(ctx, "/modules/actes/actes_transac_get_document.php", url.Values{"id": {id}}, maxAnswer)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(string(raw[:min(len(raw), 3)]), "KO") {
		_, err := okay(raw)
		return nil, fmt.Errorf("fetching letter %s: %w", id, err)
	}
	return raw, nil
}

// ReadLetter tells the third party that one is kept here.
func (c *Client) ReadLetter(ctx context.Context, id string) error {
	id, err := number(id)
	if err != nil {
		return err
	}
	_, err = c.get(ctx, "/modules/actes/api/document_prefecture_mark_as_read.php", url.Values{"transaction_id": {id}}, maxWords)
	return err
}

// The senses of an answer to the préfecture, in the numbers of its messages.
const (
	refuses = "3" // to complete, or to follow the observations
	gives   = "4" // the documents, or its reasons
)

// ReplyLetter answers a letter, and gives the third party's number of the answer. Errors: as DepositAct.
func (c *Client) ReplyLetter(ctx context.Context, r handover.Reply) (transaction string, err error) {
	id, err := number(r.Letter)
	if err != nil {
		return "", err
	}
	parts := []part{{name: "api", value: "1"}, {name: "id", value: id}, {name: "nature_code", value: strconv.Itoa(r.Nature)}, {name: "type_acte", value: r.File.Type}}
	if r.Kind != handover.Courtesy {
		sense := gives
		if r.Refuse {
			sense = refuses
		}
		parts = append(parts, part{name: "type_envoie", value: sense})
	}
	parts = append(parts, part{name: "acte_pdf_file", file: r.File.Name, content: r.File.Content})
	for _, annex := range r.Annexes {
		parts = append(parts, part{name: "type_pj[]", value: annex.Type}, part{name: "acte_attachments[]", file: annex.Name, content: annex.Content})
	}
	raw, err := c.post(ctx, "/modules/actes/actes_transac_reponse_create.php", parts)
	if err != nil {
		return "", err
	}
	return created(raw)
}

// Classification gives the préfecture's classification in force (transaction 7), as it came.
func (c *Client) Classification(ctx context.Context) ([]byte, error) {
	raw, err := c.get(ctx, "/modules/actes/actes_classification_fetch.php", url.Values{"api": {"1"}}, maxAnswer)
	if err == nil && strings.HasPrefix(string(raw[:min(len(raw), 2)]), "KO") {
		_, err = okay(raw)
	}
	return raw, err
}

// loose is a number that is written as one or as a text.
type loose string

func (l *loose) UnmarshalJSON(raw []byte) error {
	*l = loose(strings.Trim(string(raw), `"`))
	return nil
}

type listedAct struct {
	ID     loose  `json:"id"`
	Number string `json:"number"`
	Type   loose  `json:"type"`
}

func readActs(raw []byte) ([]listedAct, error) {
	var answer struct {
		Transactions []listedAct `json:"transactions"`
	}
	if err := json.Unmarshal([]byte(text(raw)), &answer); err != nil {
		return nil, fmt.Errorf("reading the list of acts: %w: %w", ErrGarbage, err)
	}
	return answer.Transactions, nil
}

func readLetters(raw []byte) (out []handover.Letter, err error) {
	var all []struct {
		ID      loose  `json:"id"`
		Type    loose  `json:"type"`
		Number  string `json:"number"`
		Related loose  `json:"related_transaction_id"`
	}
	if err := json.Unmarshal([]byte(text(raw)), &all); err != nil {
		return nil, fmt.Errorf("reading the list of letters: %w: %w", ErrGarbage, err)
	}
	for _, l := range all {
		id, err := number(string(l.ID))
		kind, unread := strconv.Atoi(string(l.Type))
		if err != nil || unread != nil || kind < int(handover.Courtesy) || kind > int(handover.Referral) {
			continue // of a kind that is not known here: it stays unread at the third party
		}
		out = append(out, handover.Letter{ID: id, Kind: handover.LetterKind(kind), Transaction: string(l.Related), Number: l.Number})
	}
	return out, nil
}

// latin is a text as forms take it; what ISO-8859-1 does not have is replaced.
func latin(text string) string {
	text = strings.NewReplacer("’", "'", "‘", "'", "“", `"`, "”", `"`, "–", "-", "—", "-", "…", "...", "œ", "oe", "Œ", "OE", "\u202f", " ", "€", "EUR").Replace(text)
	narrow, err := encoding.ReplaceUnsupported(charmap.ISO8859_1.NewEncoder()).String(text)
	if err != nil {
		return text
	}
	return narrow
}
