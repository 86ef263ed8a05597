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
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
)

// maxPayslip bounds one document of a lot; a payslip has some hundred kilobytes, and one document may hold those of all agents.
const maxPayslip = 100 << 20

// maxPayPages is how many pages of a document are looked at.
const maxPayPages = 2_000

// PayPages reads the pages of a PDF, and takes some of them out: first to last, from 0.
type PayPages interface {
	Texts(ctx context.Context, pdf []byte, most int) ([]string, error)
	Extract(ctx context.Context, pdf []byte, first, last int) ([]byte, error)
}

// Slip is a payslip of a lot: the file that holds it, and for whom it is.
type Slip struct {
	Path string
	vault.Payslip
}

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

// FindPayslips tells for whom each document of a lot seems to be, in the order of the files; one that holds the payslips of
// several agents is cut into theirs. Nothing is deposited. Error: a refusal that names the file.
func (h *Hall) FindPayslips(ctx context.Context, actor string, paths []string, pages PayPages) (out []Slip, err error) {
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
		name := filepath.Base(path)
		texts, err := pages.Texts(ctx, content, maxPayPages)
		if err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			texts = nil // of a scan, say: its name may tell
		}
		split := vault.SplitPayslips(name, texts, people, before)
		for _, p := range split {
			out = append(out, Slip{path, p})
		}
		if split == nil {
			out = append(out, Slip{path, vault.FindPayslip(name, strings.Join(texts, "\n"), people, before)})
		}
	}
	return out, nil
}

// PayslipsDone is what became of a lot.
type PayslipsDone struct{ New, Known int }

// DepositPayslips puts each payslip where its agent (Person) reads it, as a person confirmed. One that the agent has already
// under the same name and with the same content is not put twice. What went in before an error stays.
func (h *Hall) DepositPayslips(ctx context.Context, actor string, lot []Slip, pages PayPages, progress func(done, of int)) (out PayslipsDone, err error) {
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return out, err
	}
	var failed []error
	var whole []byte // of the file that the last one was cut out of
	for n, slip := range lot {
		progress(n, len(lot))
		agent, known := authority.Find(people, slip.Person)
		if !known {
			failed = append(failed, fmt.Errorf("%s: %w", slip.Name, &rule.Refusal{Why: "Cette personne n’est pas de la collectivité.", Cure: "Choisissez-en une autre."}))
			continue
		}
		if n == 0 || slip.Path != lot[n-1].Path || whole == nil {
			whole, err = readPayslip(slip.Path)
		}
		before, after := 0, 0
		if err == nil {
			before, after, err = h.depositPayslip(ctx, actor, slip, whole, agent, pages)
		}
		switch {
		case ctx.Err() != nil:
			return out, errors.Join(append(failed, ctx.Err())...)
		case err != nil:
			failed = append(failed, fmt.Errorf("%s: %w", slip.Name, err))
		case before == after:
			out.Known++
		default:
			out.New++
		}
		err = nil
	}
	return out, errors.Join(failed...)
}

// depositPayslip puts one in; before and after are how many versions there are under its name.
func (h *Hall) depositPayslip(ctx context.Context, actor string, slip Slip, content []byte, agent authority.Person, pages PayPages) (before, after int, err error) {
	if slip.First > 0 {
		if content, err = pages.Extract(ctx, content, slip.First-1, slip.Last-1); err != nil {
			return 0, 0, fmt.Errorf("taking pages %d to %d out of %s: %w", slip.First, slip.Last, filepath.Base(slip.Path), err)
		}
	}
	space, err := h.Vault.PayslipSpace(ctx, actor, agent)
	if err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(slip.Path)
	if err != nil {
		return 0, 0, fmt.Errorf("reading a payslip: %w", err)
	}
	there, err := h.Vault.Named(ctx, actor, space, "", slip.Name)
	switch {
	case err == nil && !there.Folder:
		if err := h.Vault.AddVersion(ctx, actor, there.ID, info.ModTime(), bytes.NewReader(content)); err != nil {
			return 0, 0, err
		}
		now, err := h.Vault.Named(ctx, actor, space, "", slip.Name)
		return there.Version, now.Version, err
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return 0, 0, err
	}
	_, err = h.Vault.Put(ctx, actor, vault.NewFile{Space: space, Name: slip.Name, Modified: info.ModTime()}, bytes.NewReader(content))
	return 0, 1, err
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
