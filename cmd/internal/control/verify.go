package control

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"alpi40.fr/airial/local/signature/pades"
	"alpi40.fr/airial/local/signature/trust"
)

// maxPDF bounds what is read into memory.
const maxPDF = 1 << 30

func runVerify(ctx context.Context, args []string, out io.Writer) error {
	f := flags("verify", out)
	roots := f.String("roots", "", "certificats d’autorités de confiance (PEM)")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl verify [--roots FICHIER.pem] FICHIER.pdf", errUsage)
	}
	anchors, err := readRoots(*roots)
	if err != nil {
		return err
	}
	if info, err := os.Stat(f.Arg(0)); err == nil && info.Size() > maxPDF {
		return fmt.Errorf("le fichier dépasse 1 Go")
	}
	pdf, err := os.ReadFile(f.Arg(0))
	if err != nil {
		return fmt.Errorf("reading the document: %w", err)
	}
	report, err := pades.Validate(ctx, pdf, pades.ValidateOptions{Anchors: anchors, Now: time.Now()})
	if err != nil {
		return fmt.Errorf("vérification impossible : %w", err)
	}
	if len(report.Signatures) == 0 {
		return fmt.Errorf("ce document n’est pas signé")
	}
	for _, v := range report.Signatures {
		fmt.Fprintf(out, "%s : %s %s (%s)\n", v.Signer.Name, v.Indication, v.Sub, v.Level)
		for _, finding := range v.Findings {
			fmt.Fprintf(out, "  %s : %s\n", finding.Outcome.Heading(), finding.French())
		}
	}
	if report.Indication() == trust.Failed {
		return fmt.Errorf("au moins une signature est invalide")
	}
	return nil
}
