package control

import (
	"context"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/local/civilstatus/manifest"
)

// runRegister imports a digitised register of civil status, or only tells what is wrong with its list.
func runRegister(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flags("register", out)
	at := hallFlags(f)
	check := f.Bool("check", false, "dit ce qui ne va pas, et n’importe rien")
	if err := parse(f, args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return fmt.Errorf("%w : airialctl register [--check] LISTE.csv ou DOSSIER", errUsage)
	}
	h, shut, err := at.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shut()) }()
	r, err := h.OpenRegister(ctx, f.Arg(0))
	if err != nil {
		return err
	}
	plan, err := manifest.Make(r.Lines, r.Files, r.Commune)
	if err != nil {
		return err
	}
	for _, p := range plan.Problems {
		tellProblem(out, r.Lines, p)
	}
	fmt.Fprintf(out, "%d acte(s) prêt(s), %d image(s), %d retenu(s)\n", len(plan.Scans), plan.Pages, plan.Held)
	if !*check {
		person, err := h.Person(ctx)
		if err != nil {
			return err
		}
		outcomes, err := h.ImportRegister(ctx, person, plan.Scans, func(int, int) {})
		added, known := 0, 0
		for i, o := range outcomes {
			switch {
			case o.Err != nil:
				plan.Held++
				tellProblem(out, r.Lines, manifest.Fault(r.Lines, plan.Lines[i][0], o.Err))
			case o.Known:
				known++
			default:
				added++
			}
		}
		fmt.Fprintf(out, "%d ajouté(s), %d déjà là\n", added, known)
		if err != nil {
			return err
		}
	}
	if plan.Held > 0 {
		return fmt.Errorf("%d acte(s) retenu(s) : corrigez la liste, puis recommencez ; ce qui est importé ne le sera pas deux fois", plan.Held)
	}
	return nil
}

func tellProblem(out io.Writer, lines []manifest.Line, p manifest.Problem) {
	weight := "à vérifier"
	if p.Stops {
		weight = "retient l’acte"
	}
	where := fmt.Sprintf("ligne %d", lines[p.At].N)
	if lines[p.At].N == 0 {
		where = lines[p.At].Values[manifest.File]
	}
	fmt.Fprintf(out, "%s, %s (%s) : %s %s\n", where, p.Column, weight, p.Why, p.Cure)
}
