package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"alpi40.fr/airial/local/signature/trust"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/signature/validator"
	"alpi40.fr/airial/local/store/durable"
)

// maxPDF bounds what is read into memory.
const maxPDF = 1 << 30

// errInvalid and errUnproven make the exit codes 3 and 4 of «airialctl verify».
var (
	errInvalid  = errors.New("au moins une signature est invalide")
	errUnproven = errors.New("aucune signature n’est invalide, mais la validité d’au moins une n’est pas établie")
)

// readDocument reads a file of at most maxPDF bytes.
func readDocument(path string) ([]byte, error) {
	content, err := durable.ReadFile(path, maxPDF)
	if err != nil {
		return nil, fmt.Errorf("reading the document: %w", err)
	}
	if len(content) > maxPDF {
		return nil, fmt.Errorf("%s dépasse 1 Go", filepath.Base(path))
	}
	return content, nil
}

// verified is the machine's reading of a document's signatures: one JSON object.
type verified struct {
	File       string     `json:"file"`
	Indication string     `json:"indication"`
	Signatures []judgment `json:"signatures"`
	// Findings are about the document as a whole.
	Findings []check `json:"findings,omitempty"`
}

type judgment struct {
	Field      string     `json:"field"`
	Kind       string     `json:"kind"`
	Signer     string     `json:"signer"`
	Issuer     string     `json:"issuer"`
	Serial     string     `json:"serial"`
	Reason     string     `json:"reason,omitempty"`
	Level      string     `json:"level"`
	Indication string     `json:"indication"`
	Sub        string     `json:"subIndication,omitempty"`
	Intact     bool       `json:"intact"`
	Whole      bool       `json:"wholeFile"`
	Length     int        `json:"signedBytes"`
	Claimed    *time.Time `json:"claimed,omitempty"`
	Proven     *time.Time `json:"proven,omitempty"`
	Findings   []check    `json:"findings"`
}

type check struct {
	Code    string `json:"code"`
	Outcome string `json:"outcome"`
	Text    string `json:"text"`
}

func runVerify(ctx context.Context, args []string, out io.Writer) error {
	f := flags("verify", out)
	roots := f.String("roots", "", "certificats d’autorités de confiance (PEM)")
	asJSON := f.Bool("json", false, "réponse en JSON")
	signed := f.String("signed", "", "document que couvre une signature à part (.p7s, XAdES détaché)")
	revisions := f.String("revisions", "", "dossier où écrire, pour chaque signature, ce qui a été signé exactement")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl verify [--roots FICHIER.pem] [--json] [--signed DOCUMENT] FICHIER", errUsage)
	}
	anchors, err := readRoots(*roots)
	if err != nil {
		return err
	}
	content, err := readDocument(f.Arg(0))
	if err != nil {
		return err
	}
	o := validation.Options{Anchors: anchors, Now: time.Now()}
	if *signed != "" {
		beside, err := readDocument(*signed)
		if err != nil {
			return err
		}
		o.Beside = func(string) ([]byte, bool) { return beside, true }
	}
	report, err := validator.Validate(ctx, content, o)
	if err != nil {
		return fmt.Errorf("vérification impossible : %w", err)
	}
	if len(report.Signatures) == 0 {
		for _, finding := range report.Findings {
			fmt.Fprintln(out, finding.French())
		}
		return fmt.Errorf("ce document n’est pas signé")
	}
	if *revisions != "" {
		if err := writeRevisions(*revisions, report); err != nil {
			return err
		}
	}
	if *asJSON {
		err = writeReport(out, filepath.Base(f.Arg(0)), report)
	} else {
		writeWords(out, report)
	}
	if err != nil {
		return err
	}
	return verdict(report)
}

// verdict is the error by which a command's exit code tells what became of the signatures;
// nil when there is none, or all hold.
func verdict(report validation.Report) error {
	switch report.Indication() {
	case "", trust.Passed:
		return nil
	case trust.Failed:
		return errInvalid
	}
	return errUnproven
}

func writeWords(out io.Writer, report validation.Report) {
	for _, finding := range report.Findings {
		fmt.Fprintf(out, "%s : %s\n", finding.Outcome.Heading(), finding.French())
	}
	for _, v := range report.Signatures {
		fmt.Fprintf(out, "%s : %s %s (%s)\n", v.Signer.Name, v.Indication, v.Sub, v.Level)
		for _, finding := range v.Findings {
			fmt.Fprintf(out, "  %s : %s\n", finding.Outcome.Heading(), finding.French())
		}
	}
}

func writeReport(out io.Writer, file string, report validation.Report) error {
	all := verified{File: file, Indication: string(report.Indication()), Signatures: []judgment{}}
	for _, finding := range report.Findings {
		all.Findings = append(all.Findings, check{Code: string(finding.Code), Outcome: string(finding.Outcome), Text: finding.French()})
	}
	for _, v := range report.Signatures {
		j := judgment{Field: v.Field, Kind: string(v.Kind), Signer: v.Signer.Name, Issuer: v.Signer.Issuer, Serial: v.Signer.Serial, Reason: v.Reason, Level: v.Level.String(),
			Indication: string(v.Indication), Sub: string(v.Sub), Intact: v.Intact, Whole: v.Whole, Length: v.Length, Claimed: given(v.Claimed), Proven: given(v.Proven)}
		for _, finding := range v.Findings {
			j.Findings = append(j.Findings, check{Code: string(finding.Code), Outcome: string(finding.Outcome), Text: finding.French()})
		}
		all.Signatures = append(all.Signatures, j)
	}
	return answerJSON(out, all)
}

func given(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// writeRevisions leaves the bytes that each signature covers: the document as it was signed.
func writeRevisions(dir string, report validation.Report) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the revisions' folder: %w", err)
	}
	for i := range report.Signatures {
		revision := report.Signed(i)
		if revision == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("signature-%d.pdf", i+1)), revision, 0o644); err != nil {
			return fmt.Errorf("writing a revision: %w", err)
		}
	}
	return nil
}
