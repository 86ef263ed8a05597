package window

import (
	"context"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/ui/settings"
)

// Gateway implements settings.Office.
func (s Settings) Gateway(ctx context.Context) (settings.Gateway, error) {
	g, err := s.r.seat().Hall.Gateway(ctx)
	if err != nil {
		return settings.Gateway{}, explain.Error(err)
	}
	out := settings.Gateway{On: g.On, Address: g.Address, TLS: g.TLS, Made: g.Made, URL: g.URL}
	if g.Err != nil {
		out.Trouble = explain.Words(g.Err)
	}
	for _, c := range g.Calls {
		out.Calls = append(out.Calls, settings.Call{At: c.At, Operation: c.Operation, Folder: c.Folder, Outcome: c.Outcome})
	}
	return out, nil
}

// opening is how long one waits for the door to open, so that what is shown is how it stands.
const opening = 3 * time.Second

// SetGateway implements settings.Office.
func (s Settings) SetGateway(ctx context.Context, on bool, address string, secure bool) error {
	h := s.r.seat().Hall
	if err := h.SetGateway(ctx, on, address, secure); err != nil || !on {
		return explain.Error(err)
	}
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	for {
		if g, err := h.Gateway(ctx); err != nil || g.URL != "" || g.Err != nil {
			return nil // what became of it is told by its state
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// NewPassword implements settings.Office.
func (s Settings) NewPassword(ctx context.Context) (string, error) {
	password, err := s.r.seat().Hall.NewGatewayPassword(ctx)
	return password, explain.Error(err)
}

// RevokePassword implements settings.Office.
func (s Settings) RevokePassword(ctx context.Context) error {
	return explain.Error(s.r.seat().Hall.RevokeGatewayPassword(ctx))
}
