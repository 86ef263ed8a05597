package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/civilstatus"
)

const civilUsage = `airialctl civil export DOSSIER           écrit tout l’état civil (listes, images, JSON) dans un dossier vide
        civil restore DOSSIER          relit un export dans cette collectivité
        civil deceased FICHIER         propose les décès du fichier de l’INSEE (texte) dont l’acte de naissance est ici
        civil table NAI|MAR|DEC|REC ANNÉE|ANNÉE-ANNÉE FICHIER.pdf
                                       imprime une table annuelle ou décennale`

// runCivil does at the command line what the page of civil status does with files.
func runCivil(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("civil", out)
	at := hallFlags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	words := f.Args()
	known := map[string]int{"export": 2, "restore": 2, "deceased": 2, "table": 4}
	if len(words) == 0 || known[words[0]] != len(words) {
		return fmt.Errorf("%w :\n%s", errUsage, civilUsage)
	}
	h, shut, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	switch words[0] {
	case "export":
		return exportCivil(ctx, h, words[1], out)
	case "table":
		return printTable(ctx, h, words[1:], out)
	}
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	if words[0] == "restore" {
		n, err := h.Acts.Restore(ctx, person, words[1])
		fmt.Fprintf(out, "%d acte(s) repris, %d déjà là, %d avis reçu(s)\n", n.Acts, n.Known, n.Notices)
		return err
	}
	return readDeceased(ctx, h, person, words[1], out)
}

func exportCivil(ctx context.Context, h *office.Hall, dir string, out io.Writer) error {
	n, err := h.Acts.Export(ctx, dir, nil)
	if errors.Is(err, civilstatus.ErrNotEmpty) {
		return fmt.Errorf("le dossier n’est pas vide : choisissez-en un autre ; rien n’a été écrit (%w)", err)
	}
	if err == nil {
		fmt.Fprintf(out, "%d acte(s), %d mention(s), %d image(s), %d avis reçu(s), dans %s\n", n.Acts, n.Mentions, n.Images, n.Notices, dir)
	}
	return err
}

func readDeceased(ctx context.Context, h *office.Hall, person, path string, out io.Writer) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening the file of the deceased: %w", err)
	}
	defer f.Close()
	n, err := h.Acts.ReadDeceased(ctx, person, filepath.Base(path), f, nil)
	fmt.Fprintf(out, "%d ligne(s) lue(s), %d illisible(s), %d décès proposé(s), %d déjà proposé(s)\n", n.Lines, n.Wrong, n.New, n.Known)
	return err
}

func printTable(ctx context.Context, h *office.Hall, words []string, out io.Writer) error {
	first, last, ranged := strings.Cut(words[1], "-")
	if !ranged {
		last = first
	}
	from, err := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("%w : « %s » n’est pas une année", errUsage, words[1])
	}
	d, err := h.Acts.Table(ctx, civilstatus.ActKind(strings.ToUpper(words[0])), from, to)
	if err != nil {
		return err
	}
	if err := os.WriteFile(words[2], d.PDF, 0o600); err != nil {
		return fmt.Errorf("écriture de la table : %w", err)
	}
	fmt.Fprintf(out, "%s, %d page(s)\n", words[2], d.Pages)
	return nil
}
