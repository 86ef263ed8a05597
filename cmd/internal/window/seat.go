// Package window joins the office to the pages: it gives each page what it asks
// for, and the shell its state of the exchanges, its changes and its search.
package window

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // pages of digitised acts
	_ "image/png"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "golang.org/x/image/tiff"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/pageimage"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/scan"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/spelling"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/store/durable"
	"alpi40.fr/airial/ui/home"
	uiparapheur "alpi40.fr/airial/ui/parapheur"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Seat is a hall that a person may sit down in.
type Seat struct {
	Name   string // «Saint-Airial-des-Pins — secrétariat»
	Office *office.Office
	Hall   *office.Hall
	// Token holds the keys to sign with while none is chosen in the settings; nil: there are none.
	Token token.Provider
}

// Room is all seats of this computer, and the one that is taken. It may be used
// from several goroutines.
type Room struct {
	renderer *pageimage.Renderer
	read     office.Pager
	now      func() time.Time
	// dictionary opens the French one, when a text is first read again.
	dictionary func() (*spelling.Dictionary, error)
	signing    atomic.Int32 // lots being signed

	// launch gives a file, or an address, to the system.
	launch func(ctx context.Context, path string) error

	mu      sync.Mutex
	seats   []*Seat
	current int
	moved   chan struct{} // closed and made anew at each change of seat
}

// NewRoom opens the first seat.
func NewRoom(seats []*Seat, renderer *pageimage.Renderer, now func() time.Time) *Room {
	for _, s := range seats {
		s.Hall.Registers.ReproduceWith(renderer.Reproduce)
	}
	return &Room{seats: seats, renderer: renderer, read: office.Read(renderer), now: now, dictionary: sync.OnceValues(spelling.Open), moved: make(chan struct{}),
		launch: func(context.Context, string) error { return errors.New("no program of the system was given") }}
}

// WatchFolders imports what comes into the watched folder of each seat, until its hall is closed.
func (r *Room) WatchFolders() {
	for _, s := range r.seats {
		s.Hall.StartWatching(r.read)
	}
}

func (r *Room) seat() *Seat {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seats[r.current]
}

// Person implements the pages' offices.
func (r *Room) Person(ctx context.Context) (string, error) { return r.seat().Hall.Person(ctx) }

// Desk implements the parapheur page's office.
func (r *Room) Desk() *parapheur.Desk { return r.seat().Hall.Folders }

// Council implements the council page's office.
func (r *Room) Council() *council.Council { return r.seat().Hall.Council }

// People implements the people page's office.
func (r *Room) People() *authority.Registry { return r.seat().Hall.People }

// Subjects implements the people page's office.
func (r *Room) Subjects() []string {
	var all []string
	for _, k := range parapheur.Kinds() {
		all = append(all, string(k))
	}
	return all
}

// Acts implements the civil-status page's office.
func (r *Room) Acts() *civilstatus.Registry { return r.seat().Hall.Acts }

// Content implements the parapheur page's office.
func (r *Room) Content(_ context.Context, d store.Digest) ([]byte, error) {
	content, err := r.seat().Hall.Store.Blobs().Read(d, parapheur.MaxDocument)
	return content, explain.Error(err)
}

// Flow implements the parapheur page's office.
func (r *Room) Flow(ctx context.Context, folder string, d store.Digest) (*pes.Flow, []pes.Remark, error) {
	content, err := r.Content(ctx, d)
	if err != nil {
		return nil, nil, err
	}
	flow, remarks, err := r.Desk().Flow(ctx, folder, content)
	return flow, remarks, explain.Error(err)
}

// Attachment implements the parapheur page's office.
func (r *Room) Attachment(_ context.Context, a pes.Attachment) ([]byte, error) {
	content, err := a.Open()
	return content, explain.Error(err)
}

// Pages implements the parapheur page's office.
func (r *Room) Pages(ctx context.Context, d store.Digest) (widgets.Pages, error) {
	content, err := r.Content(ctx, d)
	if err != nil {
		return nil, err
	}
	return r.open(ctx, d, content)
}

func (r *Room) open(ctx context.Context, d store.Digest, content []byte) (widgets.Pages, error) {
	pages, err := r.renderer.Open(ctx, d.String(), content)
	if err != nil {
		return nil, explain.Error(err)
	}
	return pages, nil
}

// Open implements the council page's office.
func (r *Room) Open(ctx context.Context, pdf []byte) (widgets.Pages, error) {
	return r.open(ctx, store.DigestOf(pdf), pdf)
}

// Pictures implements the civil-status page's office.
func (r *Room) Pictures(ctx context.Context, a *civilstatus.Act) (widgets.Pages, error) {
	first := a.Images[0]
	content, err := r.Content(ctx, first.Digest)
	if err != nil {
		return nil, err
	}
	if first.Media == "application/pdf" {
		return r.open(ctx, first.Digest, content)
	}
	scans := album{fax: r.open}
	for _, one := range a.Images {
		err := scans.add(ctx, one.Media == "image/tiff", func(ctx context.Context) ([]byte, error) { return r.Content(ctx, one.Digest) })
		if err != nil {
			return nil, err
		}
	}
	return scans, nil
}

// Scans implements the civil-status page's office.
func (r *Room) Scans(ctx context.Context, paths []string) (widgets.Pages, error) {
	if strings.EqualFold(filepath.Ext(paths[0]), ".pdf") {
		content, err := readFile(paths[0])
		if err != nil {
			return nil, explain.Error(err)
		}
		return r.open(ctx, store.DigestOf(content), content)
	}
	scans := album{fax: r.open}
	for _, path := range paths {
		ext := strings.ToLower(filepath.Ext(path))
		err := scans.add(ctx, ext == ".tif" || ext == ".tiff", func(context.Context) ([]byte, error) { return readFile(path) })
		if err != nil {
			return nil, explain.Error(err)
		}
	}
	return scans, nil
}

// album is scanned pages, each read when it is looked at.
type album struct {
	leaves []leaf
	// fax opens a page that only a reader of PDF decodes.
	fax func(ctx context.Context, digest store.Digest, pdf []byte) (widgets.Pages, error)
}

// leaf is a page of a file.
type leaf struct {
	read func(context.Context) ([]byte, error)
	page int
}

// add puts the pages of a file into the album; only of a TIFF may there be several.
func (a *album) add(ctx context.Context, several bool, read func(context.Context) ([]byte, error)) error {
	n := 1
	if several {
		content, err := read(ctx)
		if err != nil {
			return err
		}
		n = scan.Pages(content)
	}
	for page := range n {
		a.leaves = append(a.leaves, leaf{read, page})
	}
	return nil
}

func (a album) Pages() int { return len(a.leaves) }

// Render gives the whole image, or a smaller one of a scan that has more points than a screen; who shows it scales it.
func (a album) Render(ctx context.Context, page, width int) (image.Image, error) {
	one := a.leaves[page]
	content, err := one.read(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	img, err := scan.Render(content, one.page, width)
	if pdf, ok := []byte(nil), false; errors.Is(err, scan.ErrBroken) {
		if pdf, ok = scan.Fax(content, one.page); ok {
			pages, err := a.fax(ctx, store.DigestOf(pdf), pdf)
			if err != nil {
				return nil, err
			}
			return pages.Render(ctx, 0, width)
		}
	}
	return img, explain.Error(err)
}

// ImportAct implements the civil-status page's office.
func (r *Room) ImportAct(ctx context.Context, person string, a civilstatus.Act, paths []string) (string, error) {
	h := r.seat().Hall
	if a.Commune == "" {
		here, err := h.Authority(ctx)
		if err != nil {
			return "", err
		}
		a.Commune = here.Place
	}
	var pages []civilstatus.Page
	for _, path := range paths {
		content, err := readFile(path)
		if err != nil {
			return "", explain.Error(err)
		}
		pages = append(pages, civilstatus.Page{Name: filepath.Base(path), Content: content})
	}
	id, err := h.Acts.Import(ctx, person, a, pages)
	return id, explain.Error(err)
}

// Officers implements the civil-status page's office.
func (r *Room) Officers(ctx context.Context) (officers []authority.Person, err error) {
	today := authority.DayOf(r.now())
	err = r.seat().Hall.Store.View(ctx, func(tx *store.Tx) error {
		people, err := authority.People(tx)
		for _, p := range people {
			if p.MayRegister(today) {
				officers = append(officers, p)
			}
		}
		return err
	})
	return officers, err
}

// Preview implements the council page's office.
func (r *Room) Preview(ctx context.Context, d council.Deliberation) ([]byte, error) {
	h := r.seat().Hall
	a, err := h.Authority(ctx)
	if err != nil {
		return nil, err
	}
	printed, err := h.Council.Preview(ctx, a, d)
	return printed.PDF, err
}

// SendToSign implements the council page's office.
func (r *Room) SendToSign(ctx context.Context, id string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	_, err = h.SendDeliberation(ctx, person, id, r.read)
	return explain.Error(err)
}

// Prepare implements the parapheur page's office.
func (r *Room) Prepare(ctx context.Context, folders []parapheur.SeenFolder) (p uiparapheur.Prepared, err error) {
	s := r.seat()
	_, key, err := s.key(ctx)
	if err != nil {
		return p, explain.Error(err)
	}
	p.Token, p.Tries = strings.Trim(key.Token.Label+" — "+holder(key), " —"), -1
	p.ByItself = key.Token.ProtectedPath
	if key.Token.FinalTry {
		p.Tries = 1
	}
	if key.Token.Locked {
		p.Tries = 0
	}
	person, err := s.Hall.Person(ctx)
	if err != nil {
		return p, err
	}
	p.Failed, err = s.Hall.Folders.CheckLot(ctx, person, folders, key.Certificate)
	for i := range p.Failed {
		p.Failed[i].Err = explain.Error(p.Failed[i].Err)
	}
	return p, explain.Error(err)
}

// Sign implements the parapheur page's office.
func (r *Room) Sign(ctx context.Context, folders []parapheur.SeenFolder, pin []byte, progress shell.Progress) ([]parapheur.Result, error) {
	r.signing.Add(1)
	defer r.signing.Add(-1)
	s := r.seat()
	defer clear(pin)
	from, key, err := s.key(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	signer, err := from.Open(ctx, key.ID, pin)
	if err != nil {
		return nil, explain.Error(err)
	}
	if c, err := s.chosen(ctx); err == nil {
		// Only the warning that it ends stands on it.
		_ = s.remember(ctx, c, signer.Certificate())
	}
	person, err := s.Hall.Person(ctx)
	if err != nil {
		return nil, errors.Join(err, signer.Close())
	}
	a, err := s.Hall.Authority(ctx)
	if err != nil {
		return nil, errors.Join(err, signer.Close())
	}
	results, err := s.Hall.Folders.Sign(ctx, person, parapheur.Lot{
		Folders: folders, Signer: signer, Place: a.Place, PostalCode: a.PostalCode(), Policy: s.Office.Policy(), Device: s.Hall.Device()},
		func(done, of int) { progress(done, of, "") })
	var taken error // what is signed is signed, even where it could not be noted elsewhere
	for i := range results {
		if results[i].Err == nil {
			taken = errors.Join(taken, s.Hall.TakeSigned(ctx, person, results[i].ID))
		}
		results[i].Err = explain.Error(results[i].Err)
	}
	kept := s.Office.KeepCertificates(append(signer.Chain(), signer.Certificate())...)
	return results, explain.Error(errors.Join(err, taken, kept, signer.Close()))
}

// maxImport bounds one file.
const maxImport = parapheur.MaxDocument

// Import implements the parapheur page's office.
func (r *Room) Import(ctx context.Context, n uiparapheur.NewFolder) (id string, answer bool, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return "", false, err
	}
	in := parapheur.Import{Send: true, Title: n.Title, Kind: n.Kind, Route: n.Route, Deadline: n.Deadline, Type: n.Type, Amount: n.Amount, Service: n.Service, Place: n.Place}
	for _, file := range n.Files {
		f, err := r.file(ctx, file)
		if err != nil {
			return "", false, explain.Error(err)
		}
		in.Files = append(in.Files, f)
	}
	if len(in.Files) == 1 && pes.IsReceipt(in.Files[0].Content) {
		id, err = h.Folders.NoteAnswer(ctx, person, in.Files[0].Name, in.Files[0].Content)
		return id, true, explain.Error(err)
	}
	id, err = h.Folders.Import(ctx, person, in)
	return id, false, explain.Error(err)
}

// File implements the parapheur page's office.
func (r *Room) File(ctx context.Context, path string) (widgets.Pages, error) {
	content, err := readFile(path)
	if err != nil {
		return nil, explain.Error(err)
	}
	return r.open(ctx, store.DigestOf(content), content)
}

// Add implements the parapheur page's office.
func (r *Room) Add(ctx context.Context, folder, path string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	f, err := r.file(ctx, uiparapheur.NewFile{Path: path, Annex: true})
	if err != nil {
		return explain.Error(err)
	}
	return explain.Error(h.Folders.Add(ctx, person, folder, f))
}

// NoteReceipt implements the parapheur page's office.
func (r *Room) NoteReceipt(ctx context.Context, folder, path string) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return err
	}
	content, err := readFile(path)
	if err != nil {
		return explain.Error(err)
	}
	return explain.Error(h.Folders.NoteReceipt(ctx, person, folder, filepath.Base(path), content))
}

// PageSize implements the parapheur page's office.
func (r *Room) PageSize(ctx context.Context, path string, page int) (width, height float64, err error) {
	content, err := readFile(path)
	if err != nil {
		return 0, 0, explain.Error(err)
	}
	document, err := r.renderer.Open(ctx, store.DigestOf(content).String(), content)
	if err != nil {
		return 0, 0, explain.Error(err)
	}
	size, err := document.Size(ctx, page)
	return size.Width, size.Height, explain.Error(err)
}

func (r *Room) file(ctx context.Context, file uiparapheur.NewFile) (f parapheur.File, err error) {
	f.Name, f.Annex = filepath.Base(file.Path), file.Annex
	if f.Content, err = readFile(file.Path); err != nil {
		return f, err
	}
	if !strings.EqualFold(filepath.Ext(f.Name), ".pdf") {
		return f, nil // an annex that has no pages
	}
	f.Pages, f.Text, err = r.read(ctx, f.Content)
	return f, err
}

// readFile reads a file that a person chose. Error: store.ErrTooLarge.
func readFile(path string) ([]byte, error) {
	content, err := durable.ReadFile(path, maxImport)
	if err != nil {
		return nil, err
	}
	if len(content) > maxImport {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), store.ErrTooLarge)
	}
	return content, nil
}

// Validate implements the parapheur page's office.
func (r *Room) Validate(ctx context.Context, d parapheur.Document) (validation.Report, error) {
	s := r.seat()
	report, err := s.Hall.Folders.Judge(ctx, d, s.Office.Validate)
	return report, explain.Error(err)
}

// ValidateFile implements the parapheur page's office.
func (r *Room) ValidateFile(ctx context.Context, path string) (validation.Report, error) {
	content, err := readFile(path)
	if err != nil {
		return validation.Report{}, explain.Error(err)
	}
	report, err := r.seat().Office.Validate(ctx, content, beside(path))
	return report, explain.Error(err)
}

// beside reads the document that a signature file signs: the one of its name without the
// last extension, as everybody names them; nil when there is none.
func beside(path string) []byte {
	if content, err := readFile(strings.TrimSuffix(path, filepath.Ext(path))); err == nil && filepath.Ext(path) != "" {
		return content
	}
	return nil
}

// Slip implements the parapheur page's office.
func (r *Room) Slip(ctx context.Context, id string) ([]byte, error) {
	s := r.seat()
	d, err := s.Hall.Folders.Slip(ctx, id, s.Office.Validate)
	return d.PDF, explain.Error(err)
}

// Bundle implements the parapheur page's office.
func (r *Room) Bundle(ctx context.Context, id string) ([]byte, error) {
	content, err := r.seat().Hall.Bundle(ctx, id)
	return content, explain.Error(err)
}

// Tasks implements the start page's office.
func (r *Room) Tasks(ctx context.Context) ([]home.Task, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, err
	}
	const most = 200
	rows, err := h.Folders.List(ctx, person, parapheur.ToDo, most)
	if err != nil {
		return nil, err
	}
	reminders, err := h.Folders.Reminders(ctx, person)
	if err != nil {
		return nil, err
	}
	left := map[string]int{}
	for _, r := range reminders {
		left[r.Folder] = r.Left
	}
	var tasks []home.Task
	for _, row := range rows {
		kind := "home.kind.approve"
		switch {
		case row.Conflict:
			kind = "home.kind.conflict"
		case row.StepKind.Signs():
			kind = "home.kind.sign"
		case row.StepKind.Hands():
			kind = "home.kind.transmit"
		}
		days, reminded := left[row.ID]
		tasks = append(tasks, home.Task{Kind: kind, Title: row.Title, Deadline: row.Deadline.Time(), Late: row.Late, Reminded: reminded, Left: days,
			Route: shell.Route{Page: uiparapheur.Name, Arg: "folder/" + row.ID}})
	}
	mentions, err := r.mentions(ctx)
	if err != nil {
		return nil, err
	}
	tasks = append(tasks, mentions...)
	after, err := r.after(ctx, person)
	if err != nil {
		return nil, err
	}
	tasks = append(tasks, after...)
	counter, err := r.atCounter(ctx)
	if err != nil {
		return nil, err
	}
	tasks = append(tasks, counter...)
	slices.SortStableFunc(tasks, func(a, b home.Task) int {
		if a.Deadline.IsZero() != b.Deadline.IsZero() {
			return cmp.Compare(a.Deadline.Unix(), b.Deadline.Unix()) * -1 // what has no deadline comes last
		}
		return a.Deadline.Compare(b.Deadline)
	})
	return tasks, nil
}

// Count implements the start page's office.
func (r *Room) Count(ctx context.Context) (int, error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return 0, err
	}
	folders, err := h.Folders.Count(ctx, person)
	if err != nil {
		return 0, err
	}
	mentions, err := h.Acts.Waiting(ctx)
	if err != nil {
		return 0, err
	}
	after, err := r.after(ctx, person)
	if err != nil {
		return 0, err
	}
	counter, err := r.ServicesWaiting(ctx)
	return folders + mentions + len(after) + counter, err
}
