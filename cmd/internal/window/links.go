package window

import (
	"context"
	"slices"
	"time"

	"filippo.io/age"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/vault"
	"alpi40.fr/airial/sync/protocol"
	"alpi40.fr/airial/sync/transfer"
	"alpi40.fr/airial/ui/shell"
	uivault "alpi40.fr/airial/ui/vault"
)

// VaultLinks implements the vault page's office.
func (r *Room) VaultLinks(ctx context.Context) (out []uivault.Link, trouble, err error) {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err != nil {
		return nil, nil, explain.Error(err)
	}
	mine, err := h.Vault.Links(ctx, person)
	if err != nil || len(mine) == 0 {
		return nil, nil, explain.Error(err)
	}
	seen, trouble := h.Sync.Links(ctx)
	for _, l := range mine {
		one := uivault.Link{Link: l}
		if one.Unsent, _, err = h.Unsent(ctx, l.ID); err != nil {
			return nil, nil, explain.Error(err)
		}
		i := slices.IndexFunc(seen, func(o protocol.Link) bool { return o.ID == l.ID })
		if i >= 0 {
			fill(&one, seen[i])
		} else if trouble == nil {
			one.Over = true // the server has forgotten it
		}
		out = append(out, one)
	}
	return out, explain.Error(trouble), nil
}

// fill adds what the server says of a link, with the names that it does not know.
func fill(l *uivault.Link, seen protocol.Link) {
	l.Known, l.Over, l.Downloads, l.Waiting = true, seen.Over, seen.Downloads, len(office.Deposited(l.Link, seen))
	names := map[string]string{}
	if identity, err := age.ParseX25519Identity(l.Identity); err == nil {
		for _, f := range seen.Files {
			if m, err := transfer.Manifest(f, identity); err == nil {
				names[f.ID] = m.Name
				l.Files = append(l.Files, m.Name)
			}
		}
	}
	for _, e := range seen.Log {
		guest := ""
		for _, g := range l.Guests {
			if g.ID == e.Member {
				guest = g.Name
			}
		}
		l.Log = append(l.Log, uivault.LinkEvent{At: e.At, What: e.What, File: names[e.File], Guest: guest, Address: e.Address})
	}
}

// linking does something about a link in the person's name.
func (r *Room) linking(ctx context.Context, do func(h *office.Hall, person string) error) error {
	h := r.seat().Hall
	person, err := h.Person(ctx)
	if err == nil {
		err = do(h, person)
	}
	return explain.Error(err)
}

// MakeLink implements the vault page's office.
func (r *Room) MakeLink(ctx context.Context, n uivault.NewLink) (l vault.Link, err error) {
	err = r.linking(ctx, func(h *office.Hall, person string) (err error) {
		l, err = h.MakeLink(ctx, person, office.NewLink{Kind: protocol.LinkKind(n.Kind), Space: n.Space, Title: n.Title, Words: n.Words, Guest: n.Guest, Expires: n.Expires, Max: n.Max, Paths: n.Paths, Items: n.Items})
		return err
	})
	return l, err
}

// SendLink implements the vault page's office.
func (r *Room) SendLink(ctx context.Context, l vault.Link, progress shell.Progress) error {
	const unit = 1 << 20 // progress counts in whole numbers
	return r.linking(ctx, func(h *office.Hall, person string) error {
		return h.SendFiles(ctx, person, l, func(done, total int64, name string) { progress(int(done/unit), int(total/unit)+1, name) })
	})
}

// AddToLink implements the vault page's office.
func (r *Room) AddToLink(ctx context.Context, l vault.Link, paths []string) error {
	return r.linking(ctx, func(h *office.Hall, person string) error { return h.QueueFiles(ctx, person, l.ID, paths, nil) })
}

// FetchLink implements the vault page's office.
func (r *Room) FetchLink(ctx context.Context, l vault.Link, progress shell.Progress) (n int, err error) {
	err = r.linking(ctx, func(h *office.Hall, person string) (err error) {
		n, err = h.FetchLink(ctx, person, l, progress)
		return err
	})
	return n, err
}

// CloseLink implements the vault page's office.
func (r *Room) CloseLink(ctx context.Context, l vault.Link) error {
	return r.linking(ctx, func(h *office.Hall, person string) error { return h.CloseLink(ctx, person, l) })
}

// AddGuest implements the vault page's office.
func (r *Room) AddGuest(ctx context.Context, l vault.Link, name string, reads, adds bool, end time.Time) (out vault.Link, err error) {
	role := protocol.LinkAdds
	switch {
	case reads && adds:
		role = protocol.LinkShares
	case reads:
		role = protocol.LinkReads
	}
	err = r.linking(ctx, func(h *office.Hall, person string) (err error) {
		out, err = h.AddGuest(ctx, person, l, name, role, end)
		return err
	})
	return out, err
}

// RemoveGuest implements the vault page's office.
func (r *Room) RemoveGuest(ctx context.Context, l vault.Link, guest string) (out vault.Link, err error) {
	err = r.linking(ctx, func(h *office.Hall, person string) (err error) {
		out, err = h.RemoveGuest(ctx, person, l, guest)
		return err
	})
	return out, err
}
