package office

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

// What another authority, or anybody with a vault, shared by a link is opened here rather than in a browser: its files enter a
// folder of the person's own space, and hers leave for it where the link lets her add.

// linkRefusals say what a received link came to, to a person.
var linkRefusals = map[error]*rule.Refusal{
	transfer.ErrNoLink:   {Why: "Ce n’est pas le lien d’un coffre-fort.", Cure: "Copiez-le en entier, depuis « https:// » jusqu’à la fin."},
	transfer.ErrLinkOver: {Why: "Ce lien n’existe pas, a expiré, ou a été fermé.", Cure: "Demandez-en un autre à qui vous l’a donné."},
	transfer.ErrPhrase:   {Why: "La phrase de passe n’est pas celle de ce lien.", Cure: "Demandez-la de nouveau, de vive voix, à qui vous a donné le lien."},
	transfer.ErrLinkRole: {Why: "Ce lien ne le permet pas.", Cure: "Demandez-en un autre à qui vous l’a donné."},
	transfer.ErrAltered:  {Why: "Ce qui est arrivé par ce lien n’est pas ce que son expéditeur y a mis.", Cure: "Rien de suspect n’est gardé. Prévenez-le, et demandez un autre lien."},
}

func explainLink(err error) error {
	for known, refusal := range linkRefusals {
		if errors.Is(err, known) {
			return refusal
		}
	}
	if errors.Is(err, transfer.ErrLinkServer) {
		return fmt.Errorf("%w: %w", client.ErrOffline, err)
	}
	return err
}

// openReceived opens a link; that of our own server is reached as the exchanges reach it.
func (h *Hall) openReceived(ctx context.Context, address, phrase string) (*transfer.Guest, error) {
	host, err := transfer.LinkHost(address)
	if err != nil {
		return nil, explainLink(err)
	}
	if h.Sync.Status().Paused {
		return nil, client.ErrPaused
	}
	reach := h.Sync.HTTP(host)
	if reach == nil {
		reach = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	g, err := transfer.OpenLink(ctx, reach, address, phrase)
	return g, explainLink(err)
}

// ReceiveLink brings what a link shares into a folder of the person's own space, named by its title, and tells the folder's
// name and how many files came; those that are there already under their name and size do not come again. progress is told
// mebibytes. Error: a refusal; what came before it stays.
func (h *Hall) ReceiveLink(ctx context.Context, person, address, phrase string, progress func(done, of int, name string)) (folder string, n int, err error) {
	g, err := h.openReceived(ctx, address, phrase)
	if err != nil {
		return "", 0, err
	}
	if !g.Info.Role.Reads() {
		return "", 0, &rule.Refusal{Why: "Ce lien sert à déposer des fichiers, et n’en donne aucun.", Cure: "Choisissez « Y déposer des fichiers… »."}
	}
	space, err := h.Vault.PersonalSpace(ctx, person)
	if err != nil {
		return "", 0, err
	}
	if folder = FileName(g.Words.Title); folder == "" {
		folder = "Reçu par un lien"
	}
	parent := ""
	there, err := h.Vault.Named(ctx, person, space, "", folder)
	switch {
	case err == nil && there.Folder:
		parent = there.ID
	case err == nil:
		return "", 0, &rule.Refusal{Why: "Un fichier de votre espace s’appelle déjà « " + folder + " ».", Cure: "Renommez-le, puis recommencez."}
	case !errors.Is(err, store.ErrNotFound):
		return "", 0, err
	default:
		if parent, err = h.Vault.Folder(ctx, person, space, "", folder); err != nil {
			return "", 0, err
		}
	}
	counted := counting(progress, g.Info.Files)
	for _, f := range g.Info.Files {
		came, err := h.receive(ctx, person, space, parent, g, f, counted)
		if err != nil {
			return folder, n, explainLink(err)
		}
		if came {
			n++
		} else {
			counted.done += f.Size
		}
	}
	return folder, n, nil
}

func (h *Hall) receive(ctx context.Context, person, space, parent string, g *transfer.Guest, f protocol.LinkFile, counted *counter) (came bool, err error) {
	m, err := transfer.Manifest(f, g.Identity)
	if err != nil {
		return false, err
	}
	there, err := h.Vault.Named(ctx, person, space, parent, FileName(m.Name))
	known := err == nil
	if known && there.Size == m.Size || err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	_, content, done, err := g.Take(ctx, f)
	if err != nil {
		return false, err
	}
	content = counted.of(content, m.Name)
	if known {
		err = h.Vault.AddVersion(ctx, person, there.ID, time.UnixMilli(m.Modified), content)
	} else {
		_, err = h.Vault.Put(ctx, person, vault.NewFile{Space: space, Parent: parent, Name: FileName(m.Name), Modified: time.UnixMilli(m.Modified)}, content)
	}
	if err != nil {
		return false, err
	}
	return true, done()
}

// GiveToLink sends files of the disk to a link that lets its guest add some. Error: a refusal.
func (h *Hall) GiveToLink(ctx context.Context, address, phrase string, paths []string, progress func(done, of int, name string)) error {
	g, err := h.openReceived(ctx, address, phrase)
	if err != nil {
		return err
	}
	counted := &counter{progress: progress}
	for _, path := range paths {
		if info, err := os.Stat(path); err == nil { // else it is told when it is opened
			counted.total += info.Size()
		}
	}
	for _, path := range paths {
		if err := giveOne(ctx, g, path, counted); err != nil {
			return explainLink(err)
		}
	}
	return nil
}

func giveOne(ctx context.Context, g *transfer.Guest, path string, counted *counter) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("giving a file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("giving a file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return &rule.Refusal{Why: "« " + info.Name() + " » n’est pas un fichier.", Cure: "Choisissez les fichiers qu’il contient."}
	}
	err = g.Give(ctx, transfer.File{Name: info.Name(), Size: info.Size(), Modified: info.ModTime(), Content: f}, func(done int64) { counted.tell(done, info.Name()) })
	counted.done += info.Size()
	return err
}
