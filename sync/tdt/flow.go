package tdt

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/handover"
)

// DepositFlow posts a signed accounting flow, and gives the third party's number of it.
// Errors: *handover.Refusal, handover.ErrDuplicate, handover.ErrNotSent,
// handover.ErrUncertain; with the last two, why.
func (c *Client) DepositFlow(ctx context.Context, name string, content []byte) (transaction string, err error) {
	raw, err := c.post(ctx, "/modules/helios/api/helios_importer_fichier.php", []part{{name: "enveloppe", file: name, content: content}})
	if err != nil {
		return "", err
	}
	// Who is not let in is told so in lines.
	if _, err := okay(raw); err != nil && !errors.Is(err, ErrGarbage) {
		return "", fmt.Errorf("posting the flow: %w", errors.Join(handover.ErrNotSent, ErrDenied, err))
	}
	answer, err := readImport(raw)
	if err != nil {
		return "", fmt.Errorf("posting the flow: %w", errors.Join(handover.ErrUncertain, err))
	}
	switch {
	case answer.Result == "OK":
		id, err := number(answer.ID)
		if err != nil {
			return "", fmt.Errorf("posting the flow: %w", errors.Join(handover.ErrUncertain, err))
		}
		return id, nil
	case strings.Contains(strings.ToLower(answer.Words), "doublon"):
		return "", fmt.Errorf("posting the flow: %w", handover.ErrDuplicate)
	}
	return "", fmt.Errorf("posting the flow: %w", &handover.Refusal{Words: Line(answer.Words)})
}

// ResumeFlow finds out what became of a flow whose answer was lost. The third party can be
// asked in one way alone: the same bytes are shown to it again, which it takes when it has
// them not, and refuses by their SHA-1 when it has. Errors: as DepositFlow.
func (c *Client) ResumeFlow(ctx context.Context, name string, content []byte) (transaction string, err error) {
	return c.DepositFlow(ctx, name, content)
}

// FollowFlow tells how far a flow has come, with the PES_Acquit once Hélios has answered.
// Errors: *handover.Refusal when the number is not one of this account's,
// handover.ErrNotSent, ErrGarbage.
func (c *Client) FollowFlow(ctx context.Context, transaction string) (p handover.Progress, err error) {
	id, err := number(transaction)
	if err != nil {
		return p, err
	}
	raw, err := c.get(ctx, "/modules/helios/api/helios_transac_get_status.php", url.Values{"transaction": {id}}, maxWords)
	if err != nil {
		return p, err
	}
	status, err := readStatus(raw)
	if err != nil {
		return p, fmt.Errorf("asking about flow %s: %w", id, err)
	}
	if status.Result != "OK" {
		return p, fmt.Errorf("asking about flow %s: %w", id, &handover.Refusal{Words: Line(status.Words)})
	}
	if given, err := number(status.ID); err != nil || given != id {
		return p, fmt.Errorf("asking about flow %s: answered about %.40q: %w", id, status.ID, errors.Join(handover.ErrOther, err))
	}
	code, err := strconv.Atoi(strings.TrimSpace(status.Status))
	if err != nil {
		return p, fmt.Errorf("asking about flow %s: status %.40q: %w", id, status.Status, ErrGarbage)
	}
	p = handover.Progress{Stage: flowStage(code), Words: Line(status.Words)}
	if p.Stage == handover.Answered {
		p.Answer, err = c.get(ctx, "/modules/helios/helios_download_acquit.php", url.Values{"id": {id}}, maxAnswer)
	}
	return p, err
}

// flowStage reads a status: those from 9 on are of the archive, after the answer.
func flowStage(code int) handover.Stage {
	switch code {
	case -1:
		return handover.Failed
	case 0:
		return handover.Cancelled
	case 3, 7, 24:
		return handover.Forwarded
	case 4, 6, 8, 9, 10, 11, 19, 20:
		return handover.Answered
	}
	return handover.Received
}

// imported is the answer to a flow that was posted.
type imported struct {
	XMLName xml.Name `xml:"import"`
	ID      string   `xml:"id"`
	Result  string   `xml:"resultat"`
	Words   string   `xml:"message"`
}

// followed is the answer about a flow.
type followed struct {
	XMLName xml.Name `xml:"transaction"`
	ID      string   `xml:"id"`
	Result  string   `xml:"resultat"`
	Status  string   `xml:"status"`
	Words   string   `xml:"message"`
}

func readImport(raw []byte) (answer imported, err error) {
	if err := decode(raw, &answer); err != nil {
		return answer, err
	}
	answer.Result = strings.TrimSpace(answer.Result)
	if answer.Result != "OK" && answer.Result != "KO" {
		return answer, fmt.Errorf("neither OK nor KO: %w", ErrGarbage)
	}
	return answer, nil
}

func readStatus(raw []byte) (answer followed, err error) {
	if err := decode(raw, &answer); err != nil {
		return answer, err
	}
	answer.Result = strings.TrimSpace(answer.Result)
	if answer.Result != "OK" && answer.Result != "KO" {
		return answer, fmt.Errorf("neither OK nor KO: %w", ErrGarbage)
	}
	return answer, nil
}

// decode reads a whole small XML answer: one that is cut is none.
func decode(raw []byte, to any) error {
	d := xml.NewDecoder(strings.NewReader(text(raw)))
	// The bytes were made characters above, whatever encoding is announced.
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	if err := d.Decode(to); err != nil {
		return fmt.Errorf("reading the answer: %w: %w", ErrGarbage, err)
	}
	return nil
}
