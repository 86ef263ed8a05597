package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
)

// NewLink is a link to make.
type NewLink struct {
	Kind    protocol.LinkKind
	Space   string // whose members follow it, and into which deposits come
	Title   string
	Words   string
	Guest   string // to whom it is given, in words
	Expires time.Time
	Max     int      // downloads; 0: as many as one likes
	Paths   []string // files of the disk, to send
	Items   []string // files of the vault, to send
}

// sendingFile is a file on its way into a link: what a stop leaves is taken up from here. It stands in
// this computer's settings.
type sendingFile struct {
	Link  string         `json:"link"`
	Path  string         `json:"path,omitempty"`
	Item  string         `json:"item,omitempty"`
	Size  int64          `json:"size"`
	At    time.Time      `json:"at"` // the file's last change: another content is sent anew
	State transfer.State `json:"state"`
}

const settingSendings = "vault.sendings"

// CheckLink tells whether a link may be made.
func CheckLink(n NewLink, now time.Time) error {
	switch {
	case n.Title == "":
		return &rule.Refusal{Why: "Le lien n’a pas de titre.", Cure: "Écrivez en quelques mots ce qu’il contient : la personne qui le reçoit le lira."}
	case !n.Expires.After(now):
		return &rule.Refusal{Why: "La fin du lien est déjà passée.", Cure: "Choisissez un jour à venir."}
	case n.Expires.After(now.AddDate(0, 0, 365)):
		return &rule.Refusal{Why: "Un lien dure un an au plus.", Cure: "Choisissez un jour plus proche."}
	case n.Kind == protocol.LinkSend && len(n.Paths)+len(n.Items) == 0:
		return &rule.Refusal{Why: "Aucun fichier n’est choisi.", Cure: "Ajoutez au moins un fichier à envoyer."}
	}
	return nil
}

// MakeLink makes a link; its files are sent by SendFiles. Errors: refusals, those of the client: a
// link needs a line.
func (h *Hall) MakeLink(ctx context.Context, person string, n NewLink) (l vault.Link, err error) {
	if err := CheckLink(n, h.office.o.Now()); err != nil {
		return l, err
	}
	queued, err := h.toQueue(ctx, person, n.Paths, n.Items)
	if err != nil {
		return l, err
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return l, fmt.Errorf("drawing a link's key: %w", err)
	}
	l = vault.Link{Space: n.Space, Kind: string(n.Kind), Title: n.Title, Words: n.Words, Identity: identity.String(), Expires: n.Expires, Max: n.Max, Made: h.office.o.Now(), By: person}
	role := map[protocol.LinkKind]protocol.LinkRole{protocol.LinkSend: protocol.LinkReads, protocol.LinkDeposit: protocol.LinkAdds, protocol.LinkRoom: protocol.LinkShares}[n.Kind]
	guest, m, key, err := h.guest(ctx, l, n.Guest, role, time.Time{})
	if err != nil {
		return l, err
	}
	l.ID, err = h.Sync.MakeLink(ctx, protocol.NewLink{Kind: n.Kind, Expires: n.Expires, Max: n.Max, Recipient: identity.Recipient().String(), Members: []protocol.LinkMember{m}})
	if err != nil {
		return l, err
	}
	if guest.Address, err = h.linkAddress(l.ID, key, role, identity); err != nil {
		return l, err
	}
	l.Guests = []vault.Guest{guest}
	if err := h.Vault.Describe(ctx, person, l); err != nil {
		return l, errors.Join(err, h.Sync.CloseLink(context.WithoutCancel(ctx), l.ID))
	}
	return l, h.queueFiles(ctx, l.ID, queued)
}

// guest draws what one guest is given.
func (h *Hall) guest(ctx context.Context, l vault.Link, name string, role protocol.LinkRole, end time.Time) (g vault.Guest, m protocol.LinkMember, key transfer.Key, err error) {
	identity, err := age.ParseX25519Identity(l.Identity)
	if err != nil {
		return g, m, key, fmt.Errorf("reading a link's key: %w", err)
	}
	if key, err = transfer.NewKey(h.office.o.Rand); err != nil {
		return g, m, key, err
	}
	a, err := h.Authority(ctx)
	if err != nil {
		return g, m, key, err
	}
	g = vault.Guest{ID: h.office.newID(), Name: name, Role: string(role), Expires: end}
	if role.Reads() {
		g.Phrase = key.Phrase
	}
	m, err = key.Member(g.ID, role, identity, protocol.LinkWords{From: a.Name, Title: l.Title, Words: l.Words}, end)
	return g, m, key, err
}

func (h *Hall) linkAddress(id string, key transfer.Key, role protocol.LinkRole, identity *age.X25519Identity) (string, error) {
	e, err := h.Enrolment()
	if err != nil {
		return "", fmt.Errorf("reading the server's address: %w", err)
	}
	fragment := key.Fragment()
	if !role.Reads() {
		fragment = key.FragmentFor(identity.Recipient().String())
	}
	return strings.TrimSuffix(e.Server.URL, "/") + protocol.PathPublic + id + "#" + fragment, nil
}

// AddGuest gives a room to somebody more, with a link and a passphrase of her own.
func (h *Hall) AddGuest(ctx context.Context, person string, l vault.Link, name string, role protocol.LinkRole, end time.Time) (vault.Link, error) {
	identity, err := age.ParseX25519Identity(l.Identity)
	if err != nil {
		return l, fmt.Errorf("reading a link's key: %w", err)
	}
	if name == "" {
		return l, &rule.Refusal{Why: "L’invité n’a pas de nom.", Cure: "Écrivez à qui vous donnez ce lien."}
	}
	g, m, key, err := h.guest(ctx, l, name, role, end)
	if err != nil {
		return l, err
	}
	if g.Address, err = h.linkAddress(l.ID, key, role, identity); err != nil {
		return l, err
	}
	if err := h.Sync.JoinLink(ctx, l.ID, m); err != nil {
		return l, err
	}
	l.Guests = append(slices.Clone(l.Guests), g)
	return l, h.Vault.Describe(ctx, person, l)
}

// RemoveGuest takes a room away from somebody.
func (h *Hall) RemoveGuest(ctx context.Context, person string, l vault.Link, guest string) (vault.Link, error) {
	if err := h.Sync.LeaveLink(ctx, l.ID, guest); err != nil {
		return l, err
	}
	l.Guests = slices.Clone(l.Guests)
	for i := range l.Guests {
		if l.Guests[i].ID == guest {
			l.Guests[i].Removed = true
		}
	}
	return l, h.Vault.Describe(ctx, person, l)
}

// CloseLink closes a link: nothing is downloaded or deposited any more, and what was sent is erased.
func (h *Hall) CloseLink(ctx context.Context, person string, l vault.Link) error {
	if err := h.Sync.CloseLink(ctx, l.ID); err != nil {
		return err
	}
	l.Closed = true
	if err := h.Vault.Describe(ctx, person, l); err != nil {
		return err
	}
	return h.setSendings(ctx, func(all []sendingFile) []sendingFile {
		return slices.DeleteFunc(all, func(s sendingFile) bool { return s.Link == l.ID })
	})
}

func (h *Hall) sendings(ctx context.Context) (all []sendingFile, err error) {
	return all, h.setting(ctx, settingSendings, &all)
}

func (h *Hall) setSendings(ctx context.Context, change func([]sendingFile) []sendingFile) error {
	h.linking.Lock()
	defer h.linking.Unlock()
	all, err := h.sendings(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(change(all))
	if err != nil {
		return err
	}
	return h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(settingSendings, string(text)) })
}

// toQueue looks at what is to be sent. Error: a refusal.
func (h *Hall) toQueue(ctx context.Context, person string, paths, items []string) (queued []sendingFile, err error) {
	total := int64(0)
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("looking at a file to send: %w", err)
		}
		if !info.Mode().IsRegular() {
			return nil, &rule.Refusal{Why: "« " + filepath.Base(path) + " » n’est pas un fichier.", Cure: "Pour envoyer un dossier, faites-en d’abord une archive (.zip)."}
		}
		if info.Size() > maxSent {
			return nil, &rule.Refusal{Why: "« " + filepath.Base(path) + " » dépasse 20 Go.", Cure: "Partagez-le en plusieurs fichiers, chacun par un lien."}
		}
		queued, total = append(queued, sendingFile{Path: path, Size: info.Size(), At: info.ModTime()}), total+info.Size()
	}
	for _, id := range items {
		i, err := h.Vault.Item(ctx, person, id)
		if err != nil {
			return nil, err
		}
		queued, total = append(queued, sendingFile{Item: id, Size: i.Size, At: i.At}), total+i.Size
	}
	if total > maxSent {
		return nil, &rule.Refusal{Why: "Ces fichiers font plus de 20 Go ensemble : c’est plus que ce qu’un lien contient.", Cure: "Envoyez-les par plusieurs liens."}
	}
	return queued, nil
}

// queueFiles notes what is to be sent by a link, before the first byte leaves.
func (h *Hall) queueFiles(ctx context.Context, link string, queued []sendingFile) error {
	for i := range queued {
		queued[i].Link = link
	}
	return h.setSendings(ctx, func(all []sendingFile) []sendingFile { return append(all, queued...) })
}

// maxSent is 20 Go.
const maxSent = 20_000_000_000

// Unsent is how many files, and bytes, a link still waits for from this computer.
func (h *Hall) Unsent(ctx context.Context, link string) (files int, bytes int64, err error) {
	all, err := h.sendings(ctx)
	for _, s := range all {
		if s.Link == link {
			files, bytes = files+1, bytes+s.Size
		}
	}
	return files, bytes, err
}

// QueueFiles adds files to a link, for SendFiles.
func (h *Hall) QueueFiles(ctx context.Context, person, link string, paths, items []string) error {
	queued, err := h.toQueue(ctx, person, paths, items)
	if err != nil {
		return err
	}
	return h.queueFiles(ctx, link, queued)
}

// SendFiles sends what a link waits for; what a stop left is taken up. progress is told bytes.
func (h *Hall) SendFiles(ctx context.Context, person string, l vault.Link, progress func(done, total int64, name string)) error {
	all, err := h.sendings(ctx)
	if err != nil {
		return err
	}
	_, total, err := h.Unsent(ctx, l.ID)
	if err != nil {
		return err
	}
	identity, err := age.ParseX25519Identity(l.Identity)
	if err != nil {
		return fmt.Errorf("reading a link's key: %w", err)
	}
	var before int64
	for _, s := range all {
		if s.Link != l.ID {
			continue
		}
		if err := h.sendFile(ctx, person, identity.Recipient().String(), s, func(done int64, name string) { progress(before+done, total, name) }); err != nil {
			return err
		}
		before += s.Size
	}
	return nil
}

func (s sendingFile) same(o sendingFile) bool {
	return s.Link == o.Link && s.Path == o.Path && s.Item == o.Item
}

func (h *Hall) sendFile(ctx context.Context, person, recipient string, s sendingFile, progress func(done int64, name string)) error {
	f, closer, err := h.toSend(ctx, person, &s)
	if err != nil {
		return err
	}
	defer closer.Close()
	keep := func(state transfer.State) error {
		return h.setSendings(ctx, func(all []sendingFile) []sendingFile {
			for i := range all {
				if all[i].same(s) {
					all[i].State, all[i].At, all[i].Size = state, s.At, s.Size
				}
			}
			return all
		})
	}
	if err := transfer.Send(ctx, h.door(), s.Link, recipient, f, s.State, keep, func(done int64) { progress(done, f.Name) }); err != nil {
		return err
	}
	return h.setSendings(ctx, func(all []sendingFile) []sendingFile { return slices.DeleteFunc(all, s.same) })
}

// door is the server's for links, which waits for a line that drops.
func (h *Hall) door() transfer.Door {
	return transfer.Patient(h.Sync, func(err error) bool {
		return errors.Is(err, client.ErrOffline) || errors.Is(err, protocol.ErrSlowDown)
	})
}

// toSend opens a file to send; one that has changed since its sending began begins anew.
func (h *Hall) toSend(ctx context.Context, person string, s *sendingFile) (f transfer.File, closer io.Closer, err error) {
	if s.Item != "" {
		i, err := h.Vault.Item(ctx, person, s.Item)
		if err != nil {
			return f, nil, err
		}
		c, err := h.Vault.Open(ctx, person, s.Item, 0)
		if err != nil {
			return f, nil, err
		}
		s.changed(c.Size(), i.At)
		return transfer.File{Name: i.Name, Size: c.Size(), Modified: i.Modified, Content: c}, c, nil
	}
	file, err := os.Open(s.Path)
	if err != nil {
		return f, nil, fmt.Errorf("opening a file to send: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return f, nil, errors.Join(fmt.Errorf("opening a file to send: %w", err), file.Close())
	}
	s.changed(info.Size(), info.ModTime())
	return transfer.File{Name: filepath.Base(s.Path), Size: info.Size(), Modified: info.ModTime(), Content: file}, file, nil
}

func (s *sendingFile) changed(size int64, at time.Time) {
	if s.Size != size || !s.At.Equal(at) {
		s.Size, s.At, s.State = size, at, transfer.State{}
	}
}

// FetchLink brings what was deposited in a link, and is not here yet, into a folder of its space named
// after it, and gives how many files came. progress is told mebibytes.
func (h *Hall) FetchLink(ctx context.Context, person string, l vault.Link, progress func(done, total int, name string)) (n int, err error) {
	identity, err := age.ParseX25519Identity(l.Identity)
	if err != nil {
		return 0, fmt.Errorf("reading a link's key: %w", err)
	}
	all, err := h.Sync.Links(ctx)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(all, func(o protocol.Link) bool { return o.ID == l.ID })
	if i < 0 {
		return 0, fmt.Errorf("link %s: %w", l.ID, protocol.ErrNotFound)
	}
	waiting := Deposited(l, all[i])
	counted := counting(progress, waiting)
	for _, f := range waiting {
		m, err := transfer.Manifest(f, identity)
		if err != nil {
			return n, err
		}
		if err := h.takeDeposit(ctx, person, l, m, counted.of(transfer.Fetch(ctx, h.door(), l.ID, m, identity), m.Name)); err != nil {
			return n, err
		}
		l.Fetched = append(slices.Clone(l.Fetched), f.ID)
		if err := h.Vault.Describe(ctx, person, l); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// counter tells of the mebibytes of several files that come or go one after the other.
type counter struct {
	progress    func(done, of int, name string)
	done, total int64
}

// counting counts the files of a link.
func counting(progress func(done, of int, name string), files []protocol.LinkFile) *counter {
	c := &counter{progress: progress}
	for _, f := range files {
		c.total += f.Size
	}
	return c
}

// of counts a file as it is read.
func (c *counter) of(content io.Reader, name string) io.Reader {
	c.tell(0, name)
	return &counted{Reader: content, c: c, name: name}
}

func (c *counter) tell(more int64, name string) {
	const unit = 1 << 20 // progress counts in whole numbers
	c.progress(int((c.done+more)/unit), int(c.total/unit)+1, name)
}

type counted struct {
	io.Reader
	c    *counter
	name string
}

func (r *counted) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	before := r.c.done >> 20
	if r.c.done += int64(n); r.c.done>>20 != before {
		r.c.tell(0, r.name)
	}
	return n, err
}

// Deposited are the files of a link that guests added and that are not in the vault yet.
func Deposited(l vault.Link, seen protocol.Link) (out []protocol.LinkFile) {
	for _, f := range seen.Files {
		if f.By != "" && !slices.Contains(l.Fetched, f.ID) {
			out = append(out, f)
		}
	}
	return out
}

func (h *Hall) takeDeposit(ctx context.Context, person string, l vault.Link, m protocol.LinkManifest, content io.Reader) error {
	folder, err := h.depositFolder(ctx, person, l)
	if err != nil {
		return err
	}
	name := FileName(m.Name)
	for n := 2; ; n++ {
		if _, err := h.Vault.Named(ctx, person, l.Space, folder, name); errors.Is(err, store.ErrNotFound) {
			break
		} else if err != nil {
			return err
		}
		ending := filepath.Ext(m.Name)
		name = FileName(fmt.Sprintf("%s (%d)%s", m.Name[:len(m.Name)-len(ending)], n, ending))
	}
	_, err = h.Vault.Put(ctx, person, vault.NewFile{Space: l.Space, Parent: folder, Name: name, Modified: time.UnixMilli(m.Modified)}, content)
	return err
}

func (h *Hall) depositFolder(ctx context.Context, person string, l vault.Link) (string, error) {
	name := FileName(l.Title)
	there, err := h.Vault.Named(ctx, person, l.Space, "", name)
	if err == nil && there.Folder {
		return there.ID, nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	return h.Vault.Folder(ctx, person, l.Space, "", name)
}
