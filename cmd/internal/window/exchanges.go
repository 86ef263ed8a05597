package window

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/registers"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/client"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/proxy"
	uicivil "alpi40.fr/airial/ui/civilstatus"
	uicouncil "alpi40.fr/airial/ui/council"
	"alpi40.fr/airial/ui/exchanges"
	uiparapheur "alpi40.fr/airial/ui/parapheur"
	uipublication "alpi40.fr/airial/ui/publication"
	uiregisters "alpi40.fr/airial/ui/registers"
	"alpi40.fr/airial/ui/shell"
	uisitting "alpi40.fr/airial/ui/sitting"
)

// Exchanges gives the office of the page of the exchanges.
func (r *Room) Exchanges() exchanges.Office { return exchangesOffice{r} }

type exchangesOffice struct{ *Room }

// shownItems is how many things of each kind the page lists; how many there are it tells apart.
const shownItems = 200

// Exchanges implements the page's office.
func (r exchangesOffice) Exchanges(ctx context.Context) (s exchanges.State, err error) {
	h := r.seat().Hall
	s.Status = r.Status()
	if err := h.Sync.Status().Err; err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, client.ErrPaused) {
		s.Trouble = explain.Error(err)
	}
	items, all, err := h.Sync.Items(ctx, shownItems)
	if err != nil {
		return s, explain.Error(err)
	}
	s.Acts, s.Up, s.Down = all[client.EntryOut], all[client.DocumentOut], all[client.DocumentIn]
	names, err := r.names(ctx)
	if err != nil {
		return s, explain.Error(err)
	}
	stock, err := h.Sync.Stock(ctx)
	if err != nil {
		return s, explain.Error(err)
	}
	keeping, err := h.Sync.Keeping(ctx)
	if err != nil {
		return s, explain.Error(err)
	}
	metering, err := h.Sync.Metering(ctx)
	if err != nil {
		return s, explain.Error(err)
	}
	s.Metering = string(metering)
	s.Stock = exchanges.Stock{Here: stock.Here, Away: stock.Away, Bytes: stock.Bytes, Room: stock.Room, Months: keeping.Months, Floor: keeping.Floor}
	p := r.seat().Office.Proxy()
	s.Proxy = exchanges.Proxy{Mode: string(p.Mode), Address: p.Address, User: p.User}
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		for i := range items {
			item, err := itemOf(tx, &items[i], names)
			if err != nil {
				return err
			}
			s.Items = append(s.Items, item)
		}
		for _, stream := range stock.Pinned {
			title, err := tx.TitleOf(stream)
			if err != nil {
				return err
			}
			s.Stock.Kept = append(s.Stock.Kept, exchanges.Kept{Stream: stream, Title: cmp.Or(title, stream)})
		}
		conflicts, err := journal.Conflicts(tx)
		if err != nil {
			return err
		}
		for i := range conflicts {
			c, err := r.conflictOf(ctx, tx, &conflicts[i], names)
			if err != nil {
				return err
			}
			s.Conflicts = append(s.Conflicts, c)
		}
		return nil
	})
	return s, explain.Error(err)
}

// Choices implements the page's office.
func (r exchangesOffice) Choices(ctx context.Context) (n int, err error) {
	err = r.seat().Hall.Store.View(ctx, func(tx *store.Tx) (err error) { n, err = journal.CountConflicts(tx); return err })
	return n, explain.Error(err)
}

// names give people and computers their names.
type names struct {
	people  []authority.Person
	devices []protocol.Device
}

func (r exchangesOffice) names(ctx context.Context) (n names, err error) {
	h := r.seat().Hall
	if n.people, _, err = h.People.Everyone(ctx); err != nil {
		return n, err
	}
	n.devices, err = h.Sync.Devices(ctx)
	return n, err
}

func (n names) person(id string) string {
	if p, known := authority.Find(n.people, id); known {
		return p.Name()
	}
	return id
}

func (n names) device(id string) string {
	for _, d := range n.devices {
		if d.ID == id {
			return d.Name
		}
	}
	return id
}

var itemKinds = map[client.Kind]exchanges.Kind{client.EntryOut: exchanges.Act, client.DocumentOut: exchanges.Up, client.DocumentIn: exchanges.Down}

func itemOf(tx *store.Tx, x *client.Item, n names) (exchanges.Item, error) {
	title, err := tx.TitleOf(x.Stream)
	if err != nil {
		return exchanges.Item{}, err
	}
	out := exchanges.Item{
		Kind: itemKinds[x.Kind], Stream: x.Stream, Title: title, Said: x.Act, Who: n.person(x.Actor), Route: routeOf(x.Stream), At: x.At, Size: x.Size,
		First: x.Needed, Absent: x.Absent, Err: explain.Error(x.Err),
	}
	if x.Moving != nil {
		out.Moving, out.Done = true, x.Moving.Done
		out.Size = max(out.Size, x.Moving.Of)
	}
	return out, nil
}

// routes are the pages of the streams that have one.
var routes = map[string]shell.PageName{
	"folder": uiparapheur.Name, "deliberation": uicouncil.Name, "sitting": uisitting.Name, "agenda": uisitting.Name, "order": uiregisters.Name, "act": uicivil.Name, "publication": uipublication.Name,
}

func routeOf(stream string) shell.Route {
	kind, _, _ := strings.Cut(stream, "/")
	page, ok := routes[kind]
	if !ok {
		return shell.Route{}
	}
	return shell.Route{Page: page, Arg: stream}
}

// conflictOf tells both sides in full.
func (r exchangesOffice) conflictOf(ctx context.Context, tx *store.Tx, c *journal.Conflict, n names) (exchanges.Conflict, error) {
	title, err := tx.TitleOf(c.Stream)
	if err != nil {
		return exchanges.Conflict{}, err
	}
	out := exchanges.Conflict{Stream: c.Stream, Title: title, Route: routeOf(c.Stream)}
	for i := range c.Holding {
		out.Standing = append(out.Standing, saidOf(&c.Holding[i], n))
	}
	for i := range c.Contested {
		out.Aside = append(out.Aside, saidOf(&c.Contested[i], n))
	}
	out.Again, err = r.again(ctx, c)
	return out, err
}

// again tells whether what was set aside may be done again from the page of the exchanges: the
// module whose stream it is judges it then, by its rules.
func (r exchangesOffice) again(ctx context.Context, c *journal.Conflict) (bool, error) {
	switch kind, _, _ := strings.Cut(c.Stream, "/"); kind {
	case "folder":
		return slices.ContainsFunc(c.Contested, func(r journal.Record) bool {
			return r.Kind == "folder.refused" || r.Kind == "folder.returned" || r.Kind == "folder.approved"
		}), nil
	case "deliberation":
		return c.Contested[len(c.Contested)-1].Kind == "deliberation.drafted", nil
	case "order", "minutes", "formality":
		found, err := r.seat().Hall.Registers.Conflict(ctx, c.Stream)
		return found.Redoable, err
	case "person", "authority", "delegation":
		return authority.MayAgain(c), nil
	case "act":
		return civilstatus.MayAgain(c), nil
	case "vaultitem":
		choices, err := r.vaultChoices(ctx, c.Stream)
		return len(choices) > 0, err
	}
	return false, nil
}

// vaultChoices gives the names and places of a file that were kept aside, if whoever works here may see it.
func (r exchangesOffice) vaultChoices(ctx context.Context, stream string) ([]vault.Choice, error) {
	person, err := r.Person(ctx)
	if err != nil || person == "" {
		return nil, err
	}
	choices, err := r.seat().Hall.Vault.Choices(ctx, person, strings.TrimPrefix(stream, vault.PrefixItem))
	if errors.Is(err, vault.ErrLocked) || errors.Is(err, store.ErrNotFound) || rule.Find(err) != nil {
		return nil, nil
	}
	return choices, err
}

func saidOf(r *journal.Record, n names) exchanges.Said {
	out := exchanges.Said{Kind: r.Kind, Who: n.person(r.Actor), Where: n.device(r.Device), At: r.At, Documents: len(r.Blobs)}
	var data map[string]any
	if json.Unmarshal(r.Data, &data) != nil {
		return out // nothing that a person could read
	}
	if _, sealed := data["$sealed"]; sealed {
		out.Sealed = true
		return out
	}
	out.Lines = linesOf("", data, n)
	return out
}

const (
	// maxLines and maxValue bound what one entry shows; its own page shows the rest.
	maxLines = 60
	maxValue = 4000
)

// linesOf gives what an entry says, field by field; marks of the machine are left out.
func linesOf(name string, v any, n names) (out []exchanges.Line) {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			out = append(out, linesOf(k, v[k], n)...)
		}
	case []any:
		var words []string
		for _, x := range v {
			if text, plain := x.(string); plain {
				words = append(words, n.person(text))
			} else {
				out = append(out, linesOf(name, x, n)...)
			}
		}
		if len(words) > 0 {
			out = append(out, exchanges.Line{Name: name, Value: strings.Join(words, "\n")})
		}
	case string:
		if text := n.person(v); text != "" && !ofMachine(text) {
			if runes := []rune(text); len(runes) > maxValue {
				text = string(runes[:maxValue]) + "…"
			}
			out = append(out, exchanges.Line{Name: name, Value: text})
		}
	case float64:
		if v != 0 {
			out = append(out, exchanges.Line{Name: name, Value: strings.TrimSuffix(fmt.Sprintf("%.2f", v), ".00")})
		}
	case bool:
		if v {
			out = append(out, exchanges.Line{Name: name, Value: "oui"})
		}
	}
	return out[:min(len(out), maxLines)]
}

// ofMachine tells a digest or an identifier, which says nothing to a person.
func ofMachine(text string) bool {
	if _, err := store.ParseDigest(text); err == nil {
		return true
	}
	return len(text) == 36 && strings.Count(text, "-") == 4
}

// Synchronise implements the page's office.
func (r exchangesOffice) Synchronise(ctx context.Context) error { return r.SyncNow(ctx) }

// Suspend implements the page's office.
func (r exchangesOffice) Suspend(_ context.Context, on bool) error {
	r.SetOnline(!on)
	return nil
}

// Decide implements the page's office: the module whose stream it is decides, by its rules.
func (r exchangesOffice) Decide(ctx context.Context, person, stream string, again bool, note string) error {
	h := r.seat().Hall
	kind, id, _ := strings.Cut(stream, "/")
	switch {
	case !again:
		_, err := h.Journal.Settle(ctx, person, stream, note, nil)
		return explain.Error(err)
	case kind == "folder":
		return explain.Error(h.Folders.Settle(ctx, person, id, note, true))
	case kind == "deliberation":
		both, err := h.Council.DraftConflict(ctx, id)
		if err != nil {
			return explain.Error(err)
		}
		return explain.Error(h.Council.Settle(ctx, person, id, note, both.Mine))
	case kind == "order" || kind == "minutes" || kind == "formality":
		return explain.Error(h.Registers.Decide(ctx, person, stream, true, note))
	case kind == "person" || kind == "authority" || kind == "delegation":
		return explain.Error(h.People.DoAgain(ctx, person, stream, note))
	case kind == "act":
		return explain.Error(h.Acts.DoAgain(ctx, person, id, note))
	case kind == "vaultitem":
		choices, err := r.vaultChoices(ctx, stream)
		if err == nil && len(choices) > 0 {
			return explain.Error(h.Vault.Choose(ctx, person, choices[len(choices)-1], true))
		}
		if err != nil {
			return explain.Error(err)
		}
	}
	return explain.Error(fmt.Errorf("doing again what %s set aside: %w", stream, registers.ErrNotAgain))
}

// KeepHere implements the page's office.
func (r exchangesOffice) KeepHere(ctx context.Context, stream string, on bool) error {
	return explain.Error(r.seat().Hall.Sync.Pin(ctx, stream, on))
}

// SetKeeping implements the page's office.
func (r exchangesOffice) SetKeeping(ctx context.Context, months int, floor int64) error {
	return explain.Error(r.seat().Hall.Sync.SetKeeping(ctx, client.Keeping{Months: months, Floor: floor}))
}

// MakeRoom implements the page's office.
func (r exchangesOffice) MakeRoom(ctx context.Context) (documents int, bytes int64, err error) {
	freed, err := r.seat().Hall.Sync.MakeRoom(ctx)
	return freed.Documents, freed.Bytes, explain.Error(err)
}

// Shelves implements the page's office.
func (r exchangesOffice) Shelves(ctx context.Context, where exchanges.Where, words string) (all []exchanges.Shelf, err error) {
	h := r.seat().Hall
	var streams []string
	if words = strings.TrimSpace(words); words != "" {
		err = h.Store.View(ctx, func(tx *store.Tx) (err error) { streams, err = tx.Streams(words, shownItems); return err })
		if err != nil || len(streams) == 0 {
			return nil, explain.Error(err)
		}
	}
	found, err := h.Sync.Whereabouts(ctx, wheres[where], streams, shownItems)
	if err != nil {
		return nil, explain.Error(err)
	}
	err = h.Store.View(ctx, func(tx *store.Tx) error {
		for _, s := range found {
			title, err := tx.TitleOf(s.Stream)
			if err != nil {
				return err
			}
			all = append(all, exchanges.Shelf{Stream: s.Stream, Title: title, Route: routeOf(s.Stream), Here: s.Here, Away: s.Away, Coming: s.Coming,
				Bytes: s.Bytes, Last: s.Last, Kept: s.Pinned, Needed: s.Needed})
		}
		return nil
	})
	return all, explain.Error(err)
}

var wheres = map[exchanges.Where]client.Where{exchanges.Anywhere: client.Anywhere, exchanges.OnServer: client.OnServer, exchanges.OnLaptop: client.OnLaptop}

// Bring implements the page's office.
func (r exchangesOffice) Bring(ctx context.Context, stream string) (came, lacking int, err error) {
	came, lacking, err = r.seat().Hall.Sync.Bring(ctx, stream)
	return came, lacking, explain.Error(err)
}

// LeaveThere implements the page's office.
func (r exchangesOffice) LeaveThere(ctx context.Context, stream string) (documents int, bytes int64, err error) {
	freed, err := r.seat().Hall.Sync.Release(ctx, stream)
	return freed.Documents, freed.Bytes, explain.Error(err)
}

// SetMetering implements the page's office.
func (r exchangesOffice) SetMetering(ctx context.Context, metering string) error {
	return explain.Error(r.seat().Hall.Sync.SetMetering(ctx, client.Metering(metering)))
}

// SetProxy implements the page's office.
func (r exchangesOffice) SetProxy(_ context.Context, p exchanges.Proxy, password string) error {
	err := r.seat().Office.SetProxy(proxy.Settings{Mode: proxy.Mode(p.Mode), Address: strings.TrimSpace(p.Address), User: strings.TrimSpace(p.User)}, password)
	if err == nil {
		r.seat().Hall.Sync.SyncNow()
	}
	return explain.Error(err)
}
