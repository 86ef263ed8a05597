package network

import "context"

// PrivateState is how a virtual private network stands.
type PrivateState string

// The states.
const (
	PrivateUp     PrivateState = "up"
	PrivateComing PrivateState = "coming" // it is being connected
	PrivateDown   PrivateState = "down"   // it is set up on this computer, and not connected
)

// Private is a virtual private network that is set up on this computer, under the name that its person knows.
type Private struct {
	Name  string
	State PrivateState
}

// Privates gives those that the system tells of (NetworkManager, on Linux), those that are up first; none where it tells of
// none, which proves nothing: [Tunnel] looks at the lines themselves.
func (l *Line) Privates(ctx context.Context) []Private {
	ctx, stop := context.WithTimeout(ctx, asking)
	defer stop()
	return privates(ctx)
}
