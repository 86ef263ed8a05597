package office

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/vault"
)

// maxPayslip bounds one document of a lot; a payslip has some hundred kilobytes.
const maxPayslip = 20 << 20

// readPayslip reads a PDF of a lot. Error: a refusal for what is none, or too large.
func readPayslip(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("reading a payslip: %w", err)
	}
	if info.Size() > maxPayslip {
		return nil, &rule.Refusal{Why: "« " + filepath.Base(path) + " » est trop grand pour un bulletin.", Cure: "Retirez-le du lot."}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading a payslip: %w", err)
	}
	if !bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-")) {
		return nil, &rule.Refusal{Why: "« " + filepath.Base(path) + " » n’est pas un document PDF.", Cure: "Retirez-le du lot."}
	}
	return content, nil
}

// FindPayslips tells for whom each document of a lot seems to be, in the order of the files. Nothing is deposited. Error: a
// refusal that names the file.
func (h *Hall) FindPayslips(ctx context.Context, actor string, paths []string, read Pager) (out []vault.Payslip, err error) {
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return nil, err
	}
	spaces, err := h.Vault.PayslipsOf(ctx, actor)
	if err != nil {
		return nil, err
	}
	before := map[string][]string{}
	for agent, space := range spaces {
		page, _, _, err := h.Vault.List(ctx, actor, space, "", vault.After{}, manyFolders)
		if err != nil {
			return nil, err
		}
		for _, i := range page {
			before[agent] = append(before[agent], i.Name)
		}
	}
	for _, path := range paths {
		content, err := readPayslip(path)
		if err != nil {
			return nil, err
		}
		_, text, err := read(ctx, content)
		if err != nil {
			text = "" // of a scan, say: its name may tell
		}
		out = append(out, vault.FindPayslip(filepath.Base(path), text, people, before))
	}
	return out, nil
}

// PayslipsDone is what became of a lot.
type PayslipsDone struct{ New, Known int }

// DepositPayslips puts each document where its agent reads it, as a person confirmed: paths and agents go together. One that
// the agent has already under the same name and with the same content is not put twice. What went in before an error stays.
func (h *Hall) DepositPayslips(ctx context.Context, actor string, paths, agents []string, progress func(done, of int)) (out PayslipsDone, err error) {
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return out, err
	}
	var failed []error
	for n, path := range paths {
		progress(n, len(paths))
		agent, known := authority.Find(people, agents[n])
		if !known {
			failed = append(failed, fmt.Errorf("%s: %w", filepath.Base(path), &rule.Refusal{Why: "Cette personne n’est pas de la collectivité.", Cure: "Choisissez-en une autre."}))
			continue
		}
		before, after, err := h.depositPayslip(ctx, actor, path, agent)
		switch {
		case ctx.Err() != nil:
			return out, errors.Join(append(failed, ctx.Err())...)
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", filepath.Base(path), err))
		case before == after:
			out.Known++
		default:
			out.New++
		}
	}
	return out, errors.Join(failed...)
}

// depositPayslip puts one document in; before and after are how many versions there are under its name.
func (h *Hall) depositPayslip(ctx context.Context, actor, path string, agent authority.Person) (before, after int, err error) {
	if _, err := readPayslip(path); err != nil {
		return 0, 0, err
	}
	space, err := h.Vault.PayslipSpace(ctx, actor, agent)
	if err != nil {
		return 0, 0, err
	}
	version := func() int {
		if i, err := h.Vault.Named(ctx, actor, space, "", filepath.Base(path)); err == nil {
			return i.Version
		}
		return 0
	}
	before = version()
	err = h.AddToVault(ctx, actor, space, "", path, func(string) {})
	return before, version(), err
}

// PayslipFiles are the PDF documents among files and folders that were chosen; folders are opened once.
func (h *Hall) PayslipFiles(paths []string) (out []string, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("looking for payslips: %w", err)
		}
		if !info.IsDir() {
			out = append(out, path)
			continue
		}
		inside, err := os.ReadDir(path)
		if err != nil {
			return nil, fmt.Errorf("looking for payslips: %w", err)
		}
		for _, e := range inside {
			if !e.IsDir() && strings.EqualFold(filepath.Ext(e.Name()), ".pdf") {
				out = append(out, filepath.Join(path, e.Name()))
			}
		}
	}
	return out, nil
}
