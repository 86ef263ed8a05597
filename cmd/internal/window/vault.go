package window

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/drive"
	"alpi40.fr/airial/ui/shell"
	uivault "alpi40.fr/airial/ui/vault"
)

// Opens says how a file, or an address, is given to the system. It is said once, before the pages.
func (r *Room) Opens(open func(ctx context.Context, path string) error) { r.launch = open }

// Vault implements the vault page's office.
func (r *Room) Vault() *vault.Vault { return r.seat().Hall.Vault }

// VaultAway implements the vault page's office.
func (r *Room) VaultAway(ctx context.Context) ([]string, error) {
	ids, err := r.seat().Hall.VaultAway(ctx)
	return ids, explain.Error(err)
}

// SetVaultAway implements the vault page's office.
func (r *Room) SetVaultAway(ctx context.Context, id string, away bool) error {
	return explain.Error(r.seat().Hall.SetVaultAway(ctx, id, away))
}

// FindPayslips implements the vault page's office.
func (r *Room) FindPayslips(ctx context.Context, paths []string) (files []string, found []vault.Payslip, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err == nil {
		paths, err = h.PayslipFiles(paths)
	}
	if err != nil {
		return nil, nil, explain.Error(err)
	}
	lot, err := h.FindPayslips(ctx, person, paths, payPages{r.renderer})
	for _, slip := range lot {
		files, found = append(files, slip.Path), append(found, slip.Payslip)
	}
	return files, found, explain.Error(err)
}

// DepositPayslips implements the vault page's office.
func (r *Room) DepositPayslips(ctx context.Context, files []string, slips []vault.Payslip, progress shell.Progress) (fresh, known int, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return 0, 0, explain.Error(err)
	}
	var lot []office.Slip
	for i, slip := range slips {
		lot = append(lot, office.Slip{Path: files[i], Payslip: slip})
	}
	out, err := h.DepositPayslips(ctx, person, lot, payPages{r.renderer}, func(done, of int) { progress(done, of, "") })
	return out.New, out.Known, explain.Error(err)
}

// payPages reads the pages of payslips by PDFium.
type payPages struct{ r *pageimage.Renderer }

// Texts implements office.PayPages.
func (p payPages) Texts(ctx context.Context, pdf []byte, most int) ([]string, error) {
	d, err := p.r.Open(ctx, store.DigestOf(pdf).String(), pdf)
	if err != nil {
		return nil, err
	}
	return d.Texts(ctx, most)
}

// Extract implements office.PayPages.
func (p payPages) Extract(ctx context.Context, pdf []byte, first, last int) ([]byte, error) {
	d, err := p.r.Open(ctx, store.DigestOf(pdf).String(), pdf)
	if err != nil {
		return nil, err
	}
	return d.Extract(ctx, first, last)
}

// ReceiveLink implements the vault page's office.
func (r *Room) ReceiveLink(ctx context.Context, address, phrase string, progress shell.Progress) (string, int, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return "", 0, explain.Error(err)
	}
	folder, n, err := h.ReceiveLink(ctx, person, address, phrase, progress)
	return folder, n, explain.Error(err)
}

// GiveToLink implements the vault page's office.
func (r *Room) GiveToLink(ctx context.Context, address, phrase string, paths []string, progress shell.Progress) error {
	return explain.Error(r.seat().Hall.GiveToLink(ctx, address, phrase, paths, progress))
}

// OpenVault implements the vault page's office.
func (r *Room) OpenVault(ctx context.Context) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err == nil {
		err = h.Vault.Hold(ctx, person)
	}
	if err == nil {
		_, err = h.Vault.PersonalSpace(ctx, person)
	}
	if err == nil {
		err = h.Vault.Refresh(ctx)
	}
	return explain.Error(err)
}

// AddToVault implements the vault page's office.
func (r *Room) AddToVault(ctx context.Context, space, folder string, paths []string, progress shell.Progress) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return explain.Error(err)
	}
	done := 0
	for _, path := range paths {
		err := h.AddToVault(ctx, person, space, folder, path, func(name string) {
			progress(done, 0, name)
			done++
		})
		if err != nil {
			return explain.Error(err)
		}
	}
	return nil
}

// VaultDocument implements the vault page's office.
func (r *Room) VaultDocument(i vault.Item, version int) shell.Document {
	if i.Note() {
		return shell.Made(office.FileName(i.Name)+".txt", func(ctx context.Context) ([]byte, error) {
			h := r.seat().Hall
			person, err := h.Person(ctx)
			if err != nil {
				return nil, explain.Error(err)
			}
			n, err := h.Vault.Note(ctx, person, i.ID)
			return []byte(n.Text), explain.Error(err)
		})
	}
	return shell.Document{Name: office.FileName(i.Name), Open: func(ctx context.Context) (io.ReadCloser, error) {
		return r.vaultContent(ctx, i, version)
	}}
}

func (r *Room) vaultContent(ctx context.Context, i vault.Item, version int) (vault.Content, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	c, err := h.Vault.Open(ctx, person, i.ID, version)
	return c, explain.Error(err)
}

// Limits of what is previewed.
const (
	maxPreview = 64 << 20 // bytes of a file
	maxText    = 60_000   // bytes of a text
)

// VaultPreview implements the vault page's office.
func (r *Room) VaultPreview(ctx context.Context, i vault.Item, version int) (p uivault.Preview, err error) {
	if i.Size > maxPreview {
		return p, nil
	}
	c, err := r.vaultContent(ctx, i, version)
	if err != nil {
		return p, err
	}
	content, err := io.ReadAll(c)
	if err := errors.Join(err, c.Close()); err != nil {
		return p, explain.Error(err)
	}
	switch strings.ToLower(filepath.Ext(i.Name)) {
	case ".pdf":
		p.Pages, err = r.open(ctx, store.DigestOf(content), content)
		return p, err
	case ".jpg", ".jpeg", ".png", ".tif", ".tiff":
		scans := album{}
		if err := scans.add(ctx, true, func(context.Context) ([]byte, error) { return content, nil }); err != nil {
			return p, err
		}
		p.Pages = scans
		return p, nil
	}
	p.Text = strings.TrimSpace(office.TextOf(ctx, i.Name, content, r.read))
	if len(p.Text) > maxText {
		p.Text, p.Cut = strings.ToValidUTF8(p.Text[:maxText], ""), true
	}
	return p, nil
}

// Work implements the vault page's office.
func (r *Room) Work(ctx context.Context, i vault.Item) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return explain.Error(err)
	}
	path, err := h.Work(ctx, person, i)
	if err != nil {
		return explain.Error(err)
	}
	return explain.Error(r.launch(ctx, path))
}

// EditsOnline implements the vault page's office.
func (r *Room) EditsOnline(name string) bool { return r.seat().Hall.EditsOnline(name) }

// EditOnline implements the vault page's office.
func (r *Room) EditOnline(ctx context.Context, i vault.Item) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return explain.Error(err)
	}
	address, err := h.EditOnline(ctx, person, i)
	if err != nil {
		return explain.Error(err)
	}
	return explain.Error(r.launch(ctx, address))
}

// Rest implements the vault page's office.
func (r *Room) Rest(ctx context.Context, item string) error {
	return explain.Error(r.seat().Hall.Rest(ctx, item))
}

// Working implements the vault page's office.
func (r *Room) Working(item string) (uivault.Working, bool) {
	w, on := r.seat().Hall.Working(item)
	return uivault.Working{Item: w.Item, Saved: w.Saved, Err: explain.Error(w.Err)}, on
}

// Drive implements the vault page's office.
func (r *Room) Drive(context.Context) (uivault.Drive, error) {
	return driveOf(r.seat().Hall.Drive()), nil
}

func driveOf(d *drive.Drive) uivault.Drive {
	if d == nil {
		return uivault.Drive{}
	}
	return uivault.Drive{On: true, Address: d.Address(), Login: drive.Login, Password: d.Password()}
}

// SetDrive implements the vault page's office.
func (r *Room) SetDrive(ctx context.Context, on bool) (uivault.Drive, error) {
	h := r.seat().Hall
	if !on {
		return uivault.Drive{}, explain.Error(h.CloseDrive())
	}
	person, err := h.Person(ctx)
	if err != nil {
		return uivault.Drive{}, explain.Error(err)
	}
	d, err := h.OpenDrive(context.WithoutCancel(ctx), person)
	return driveOf(d), explain.Error(err)
}

// ShowDrive implements the vault page's office. The password is asked for by the file manager: it
// stands in no address.
func (r *Room) ShowDrive(ctx context.Context) error {
	d := r.seat().Hall.Drive()
	if d == nil {
		return nil
	}
	u, err := url.Parse(d.Address())
	if err != nil {
		return fmt.Errorf("reading the folder's address: %w", err)
	}
	target := `\\127.0.0.1@` + u.Port() + `\DavWWWRoot`
	switch runtime.GOOS {
	case "windows":
	case "darwin":
		target = d.Address()
	default:
		target = "dav://" + drive.Login + "@" + u.Host + "/"
	}
	return explain.Error(r.launch(ctx, target))
}

// findInVault answers the search field for the vault.
func (r *Room) findInVault(ctx context.Context, words string, limit int) (found []shell.Found, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil || person == "" {
		return nil, err
	}
	all, err := h.Vault.Search(ctx, person, words, limit)
	for _, f := range all {
		kind, detail := "Fichier", f.Snippet
		if f.Folder {
			kind = "Dossier du coffre"
		}
		if detail == "" {
			detail = strings.Join(f.Where, " › ")
		}
		found = append(found, shell.Found{Route: shell.Route{Page: uivault.Name, Arg: "item/" + f.ID}, Kind: kind, Title: f.Name, Detail: detail})
	}
	return found, err
}
