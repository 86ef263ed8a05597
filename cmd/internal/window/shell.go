package window

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/mailbox"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	uicivil "alpi40.fr/airial/ui/civilstatus"
	uicouncil "alpi40.fr/airial/ui/council"
	uimail "alpi40.fr/airial/ui/mail"
	uiparapheur "alpi40.fr/airial/ui/parapheur"
	uipublication "alpi40.fr/airial/ui/publication"
	uiregisters "alpi40.fr/airial/ui/registers"
	uiservices "alpi40.fr/airial/ui/services"
	"alpi40.fr/airial/ui/shell"
	uisitting "alpi40.fr/airial/ui/sitting"
)

// Status implements shell.SyncState.
func (r *Room) Status() shell.SyncStatus {
	seat := r.seat()
	s, trusted := seat.Hall.Sync.Status(), seat.Office.Trusted()
	out := shell.SyncStatus{
		LastSuccess: s.LastSuccess, Out: s.Out, In: max(s.In, 0), Behind: s.Behind, Running: s.Running, Error: syncError(s), NextTry: s.NextTry, Conflicts: s.Conflicts, Metered: s.Metered,
		Notice: seat.Office.Notice(),
		Trust:  shell.TrustStatus{Version: trusted.Version, Made: trusted.Made, Old: trusted.Old, Refused: s.Trust != nil},
	}
	if s.Err != nil {
		out.Detail = s.Err.Error()
	}
	return out
}

// maxClock is how far this computer's clock may be from the server's before people are told: deadlines and signing times would be wrong.
const maxClock = 15 * time.Minute

// maxEarly is how far this computer's clock may be before the newest entry here: another computer's clock may have dated it.
const maxEarly = 24 * time.Hour

func syncError(s client.Status) shell.SyncError {
	err := s.Err
	switch {
	case s.Paused:
		return shell.SyncPaused
	case err == nil && (s.Clock > maxClock || s.Clock < -maxClock || s.LastSuccess.IsZero() && s.Early > maxEarly):
		return shell.SyncClock
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, client.ErrPaused):
		return shell.SyncFine
	case errors.Is(err, protocol.ErrRevoked):
		return shell.SyncRevoked
	case errors.Is(err, client.ErrPortal):
		return shell.SyncPortal
	case errors.Is(err, client.ErrUntrusted), errors.Is(err, client.ErrLies):
		return shell.SyncUntrusted
	case errors.Is(err, protocol.ErrVersion):
		return shell.SyncVersion
	case store.Full(err):
		return shell.SyncDiskFull
	case errors.Is(err, client.ErrLocal):
		return shell.SyncLocal
	case errors.Is(err, client.ErrClock), errors.Is(err, client.ErrOffline) && s.Early > maxEarly:
		return shell.SyncClock
	case errors.Is(err, client.ErrOffline):
		return shell.SyncOffline
	}
	return shell.SyncServerFault
}

// Watch implements shell.SyncState, whatever seat is taken.
func (r *Room) Watch(ctx context.Context) <-chan struct{} {
	told := make(chan struct{}, 1)
	tell := func() { bell.Wake(told) }
	go func() {
		for ctx.Err() == nil {
			seat, moved := r.seatAndMove()
			sitting, stop := context.WithCancel(ctx)
			changed := seat.Hall.Sync.Watch(sitting)
			for here := true; here; {
				select {
				case <-changed:
					tell()
				case <-moved:
					tell()
					here = false
				case <-ctx.Done():
					here = false
				}
			}
			stop()
		}
	}()
	return told
}

func (r *Room) seatAndMove() (*Seat, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seats[r.current], r.moved
}

// SyncNow implements shell.SyncState.
func (r *Room) SyncNow(ctx context.Context) error {
	_, err := r.seat().Hall.Exchange(ctx)
	return explain.Error(err)
}

// SetOnline implements shell.SyncState.
func (r *Room) SetOnline(online bool) { r.seat().Hall.Sync.SetOnline(online) }

// Attend implements shell.Company.
func (r *Room) Attend(stream string) {
	h := r.seat().Hall
	h.Sync.Attend(stream, h.Person)
}

// With implements shell.Company.
func (r *Room) With(ctx context.Context, stream string) (names []string, err error) {
	h := r.seat().Hall
	me, err := h.Person(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	people, _, err := h.People.Everyone(ctx)
	if err != nil {
		return nil, explain.Error(err)
	}
	for _, x := range h.Sync.Company() {
		// She herself, on a second computer, is no company.
		if p, known := authority.Find(people, x.Person); known && x.Stream == stream && x.Person != me && !slices.Contains(names, p.Name()) {
			names = append(names, p.Name())
		}
	}
	return names, nil
}

// Subscribe implements shell.Changes.
func (r *Room) Subscribe(ctx context.Context) <-chan string {
	out := make(chan string, 64)
	go func() {
		defer close(out)
		for ctx.Err() == nil {
			seat, moved := r.seatAndMove()
			changes, cancel := seat.Hall.Journal.Subscribe("")
			sitting, rise := context.WithCancel(ctx)
			trust, mail, exchanges := seat.Office.WatchTrust(sitting), seat.Hall.WatchMail(sitting), seat.Hall.Sync.Watch(sitting)
			handed, company := seat.Office.WatchParcels(sitting), seat.Hall.Sync.WatchCompany(sitting)
			for here := true; here; {
				select {
				case <-trust:
					select {
					case out <- shell.TrustStream:
					case <-ctx.Done():
					}
				case <-handed:
					select {
					case out <- uiservices.Stream:
					case <-ctx.Done():
					}
				case c := <-changes:
					for _, s := range c.Streams {
						select {
						case out <- s:
						case <-ctx.Done():
						}
					}
				case <-exchanges:
					select {
					case out <- shell.SyncStream:
					case <-ctx.Done():
					}
				case <-company:
					select {
					case out <- shell.CompanyStream:
					case <-ctx.Done():
					}
				case <-mail:
					select {
					case out <- uimail.Stream:
					case <-ctx.Done():
					}
				case <-moved:
					here = false
				case <-ctx.Done():
					here = false
				}
			}
			rise()
			cancel()
		}
	}()
	return out
}

// Authorities gives the seats as the shell's switcher shows them.
type Authorities struct{ r *Room }

// Authorities implements shell.Authorities.
func (r *Room) Authorities() Authorities { return Authorities{r} }

func (s *Seat) shell() shell.Authority {
	return shell.Authority{ID: s.Name, Name: s.Name, Person: s.Hall.Device()}
}

// Current is the seat taken.
func (a Authorities) Current() shell.Authority { return a.r.seat().shell() }

// All are those of this computer.
func (a Authorities) All() []shell.Authority {
	a.r.mu.Lock()
	defer a.r.mu.Unlock()
	var all []shell.Authority
	for _, s := range a.r.seats {
		all = append(all, s.shell())
	}
	return all
}

// Switch takes another seat.
func (a Authorities) Switch(_ context.Context, id string) error {
	a.r.mu.Lock()
	defer a.r.mu.Unlock()
	for i, s := range a.r.seats {
		if s.Name == id {
			a.r.current = i
			close(a.r.moved)
			a.r.moved = make(chan struct{})
		}
	}
	return nil
}

// pages tells where a kind of thing found is shown, and its word.
var pages = map[string]struct {
	page       shell.PageName
	prefix, of string
}{
	"folder":       {uiparapheur.Name, "folder/", "Dossier"},
	"deliberation": {uicouncil.Name, "deliberation/", "Délibération"},
	"sitting":      {uisitting.Name, "sitting/", "Séance"},
	"agenda":       {uisitting.Name, "agenda/", "Ordre du jour en préparation"},
	"publication":  {uipublication.Name, "publication/", "Acte publié"},
	"order":        {uiregisters.Name, "order/", "Arrêté ou décision"},
	"act":          {uicivil.Name, "act/", "Acte"},
	"mail":         {uimail.Name, "mail/", "Message"},
	"request":      {uiservices.Name, "request/", "Demande à l’agence"},
	"contract":     {uiservices.Name, "contacts/contract/", "Contrat avec l’agence"},
}

// Search implements shell.Searcher.
func (r *Room) Search(ctx context.Context, words string, limit int) (found []shell.Found, err error) {
	boxes, err := r.MailAccounts(ctx)
	if err != nil {
		return nil, err
	}
	err = r.seat().Hall.Store.View(ctx, func(tx *store.Tx) error {
		hits, err := tx.Search(words, "", limit)
		for _, h := range hits {
			kind := h.Kind
			if account, mail := mailbox.SearchedIn(kind); mail {
				if kind = "mail"; !slices.ContainsFunc(boxes, func(a uimail.Account) bool { return a.ID == account }) {
					continue // a mailbox of somebody else's
				}
			}
			p, ok := pages[kind]
			if !ok {
				continue // people have no page of their own yet
			}
			found = append(found, shell.Found{Route: shell.Route{Page: p.page, Arg: p.prefix + h.Ref}, Kind: p.of, Title: h.Title, Detail: h.Snippet})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	files, err := r.findInVault(ctx, words, limit)
	if len(found)+len(files) > limit { // each kind has its share
		found = found[:min(len(found), max(limit/2, limit-len(files)))]
		files = files[:min(len(files), limit-len(found))]
	}
	found = append(found, files...)
	plain := strings.NewReplacer("\u2068", "", "\u2069", "") // what the search sets the words off by
	for i := range found {
		found[i].Detail = plain.Replace(found[i].Detail)
	}
	return found, err
}
