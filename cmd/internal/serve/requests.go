package serve

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// listed is a request with whose it is.
type listed struct {
	authority server.Authority
	services.Request
}

// requests lists what the authorities ask of the agency, the certificates that end first
// before the others; what is closed is left out unless all is asked for.
func requests(ctx context.Context, s *embedded.Server, all bool, out io.Writer) error {
	authorities, err := s.Storage.Authorities(ctx)
	if err != nil {
		return err
	}
	var found []listed
	for _, a := range authorities {
		asked, err := requestsOf(ctx, s.Storage, a.ID)
		if err != nil {
			return fmt.Errorf("lecture des demandes de %s : %w", a.ID, err)
		}
		for _, r := range asked {
			if all || r.State != services.Closed {
				found = append(found, listed{a, r})
			}
		}
	}
	slices.SortFunc(found, func(a, b listed) int {
		return cmp.Or(a.Certificate.End.Compare(b.Certificate.End), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range found {
		fmt.Fprintf(out, "%s %s — %s\n    renouvellement du certificat de %s, n° %s, émis par %s, qui expire le %s\n    demandé le %s par %s ; état : %s\n",
			r.authority.ID, r.ID, r.authority.Name, plain(r.Certificate.Subject), plain(r.Certificate.Serial), plain(r.Certificate.Issuer), day(r.Certificate.End),
			day(r.Asked), plain(r.By), words[r.State])
		if r.Answer != "" {
			fmt.Fprintf(out, "    réponse du %s : %s\n", day(r.Changed), plain(r.Answer))
		}
	}
	if len(found) == 0 {
		fmt.Fprintln(out, "aucune demande en attente")
	}
	return nil
}

var words = map[services.State]string{services.Asked: "à traiter", services.Received: "reçue", services.Closed: "close"}

func day(t time.Time) string { return t.Format("02/01/2006") }

// plain keeps what comes from a certificate from driving a terminal.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '·'
		}
		return r
	}, text[:min(len(text), 200)])
}

// page is how many entries are read at a time.
const page = 1000

// requestsOf folds an authority's requests out of its log, each certificate once.
func requestsOf(ctx context.Context, storage server.Storage, authority string) ([]services.Request, error) {
	byStream := map[string]*services.Request{}
	var order []string
	err := storage.Read(ctx, authority, func(l server.Log) error {
		for after := int64(0); ; {
			entries, err := l.Entries(after, page)
			if err != nil || len(entries) == 0 {
				return err
			}
			for i := range entries {
				after = entries[i].Seq
				if entries[i].Contested || !strings.HasPrefix(entries[i].Stream, services.Prefix) {
					continue
				}
				r := byStream[entries[i].Stream]
				if r == nil {
					r = &services.Request{}
					byStream[entries[i].Stream], order = r, append(order, entries[i].Stream)
				}
				// What cannot be read is left aside: one laptop's nonsense hides nobody else's request.
				_ = r.Fold(&entries[i].Entry, entries[i].Data)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	var out []services.Request
	for _, stream := range order {
		r := byStream[stream]
		if r.ID == "" || slices.ContainsFunc(out, func(o services.Request) bool { return o.Certificate.Fingerprint == r.Certificate.Fingerprint }) {
			continue
		}
		out = append(out, *r)
	}
	return out, nil
}

// answer answers one request. Error: a refusal when it was answered so already.
func answer(ctx context.Context, s *embedded.Server, args []string) error {
	authority, id, text := args[0], args[1], strings.TrimSpace(strings.Join(args[3:], " "))
	to, kind := services.Received, services.KindReceived
	switch args[2] {
	case "reçue", "recue":
	case "close":
		to, kind = services.Closed, services.KindClosed
	default:
		return errUsage
	}
	asked, err := requestsOf(ctx, s.Storage, authority)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(asked, func(r services.Request) bool { return r.ID == id })
	if i < 0 {
		return fmt.Errorf("aucune demande %s de %s", id, authority)
	}
	if err := services.MayAnswer(asked[i], to); err != nil {
		return err
	}
	return s.Answer(ctx, authority, services.Prefix+id, kind, services.Answer{Text: text})
}
