package window

import (
	"context"

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

// SetGateway implements settings.Office.
func (s Settings) SetGateway(ctx context.Context, on bool, address string, secure bool) error {
	return explain.Error(s.r.seat().Hall.SetGateway(ctx, on, address, secure))
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
