package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/local/journal"
	"alpi40.fr/airial/local/services"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// listed is a request with whose it is.
type listed struct {
	authority server.Authority
	services.Request
}

// requests lists what the authorities ask of the agency: what blocks first, then certificates
// by their end, then by age; what is closed is left out unless all is asked for.
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
			if r.State != services.Prepared && (all || r.State != services.Closed) {
				found = append(found, listed{a, r})
			}
		}
	}
	slices.SortFunc(found, func(a, b listed) int {
		return cmp.Or(weight(a.Request)-weight(b.Request), a.Certificate.End.Compare(b.Certificate.End), a.Asked.Compare(b.Asked), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range found {
		fmt.Fprintf(out, "%s %s — %s\n    %s\n    demandé le %s par %s ; état : %s\n", r.authority.ID, r.ID, r.authority.Name, subject(r.Request), day(r.Asked), plain(r.By), state(r.Request))
		if r.Answer != "" {
			fmt.Fprintf(out, "    réponse du %s : %s\n", day(r.Changed), plain(r.Answer))
		}
		if n := len(r.Talk); n > 0 && r.Talk[n-1].By != "" {
			fmt.Fprintf(out, "    message du %s : %s\n", day(r.Talk[n-1].At), plain(r.Talk[n-1].Text))
		}
	}
	if len(found) == 0 {
		fmt.Fprintln(out, "aucune demande en attente")
	}
	return nil
}

// weight puts tickets before certificates, and these before the rest.
func weight(r services.Request) int {
	switch r.What {
	case services.Assistance:
		return 0
	case services.Renewal:
		return 1
	}
	return 2
}

func subject(r services.Request) string {
	switch {
	case r.Forgotten:
		return "demande effacée (données personnelles)"
	case r.What == services.Renewal:
		c := r.Certificate
		return fmt.Sprintf("renouvellement du certificat de %s, n° %s, émis par %s, qui expire le %s", plain(c.Subject), plain(c.Serial), plain(c.Issuer), day(c.End))
	case r.What == services.Assistance:
		return fmt.Sprintf("assistance (%s, %s) : %s", plain(r.Urgency), plain(r.Category), plain(r.Title))
	}
	return plain(r.Title)
}

func state(r services.Request) string {
	word := words[r.State]
	if r.Withdrawn {
		word = "retirée par la collectivité"
	}
	if r.Step != "" {
		word += " (" + plain(r.Step) + ")"
	}
	return word
}

// show tells all of a request, and puts its documents into a folder.
func show(ctx context.Context, s *embedded.Server, args []string, out io.Writer) error {
	r, err := requestOf(ctx, s, args[0], args[1])
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\ndemandé le %s par %s ; état : %s\n", subject(r), day(r.Asked), plain(r.By), state(r))
	files := []services.File{}
	for _, a := range r.Answers {
		fmt.Fprintf(out, "%s : %s\n", plain(a.Label), lines(a.Value))
		files = append(files, a.Files...)
	}
	for _, m := range r.Talk {
		by := "l’agence"
		if m.By != "" {
			by = plain(m.By)
		}
		fmt.Fprintf(out, "%s, %s : %s\n", m.At.Format("02/01/2006 15:04"), by, lines(m.Text))
		files = append(files, m.Files...)
	}
	for _, slot := range r.Slots {
		mark := ""
		if slot.Equal(r.Slot) {
			mark = " (choisi)"
		}
		fmt.Fprintf(out, "rendez-vous proposé : %s%s\n", slot.Local().Format("02/01/2006 15:04"), mark)
	}
	if r.Score > 0 {
		fmt.Fprintf(out, "satisfaction : %d sur 5 %s\n", r.Score, plain(r.Comment))
	}
	if r.Diagnosis != "" {
		fmt.Fprintf(out, "diagnostic :\n%s\n", lines(r.Diagnosis))
	}
	for i, f := range files {
		fmt.Fprintf(out, "pièce : %s, %d octets\n", plain(f.Name), f.Size)
		if len(args) > 2 && args[2] != "" {
			if err := save(ctx, s, args[0], f, filepath.Join(args[2], fmt.Sprintf("%02d-%s", i+1, fileName(f.Name)))); err != nil {
				return err
			}
		}
	}
	return nil
}

func save(ctx context.Context, s *embedded.Server, authority string, f services.File, to string) error {
	content, err := s.Document(ctx, authority, f.Digest)
	if errors.Is(err, server.ErrNotFound) {
		return fmt.Errorf("la pièce %s n’est pas encore arrivée", plain(f.Name))
	}
	if err != nil {
		return err
	}
	defer content.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("écriture d’une pièce : %w", err)
	}
	w, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("écriture d’une pièce : %w", err)
	}
	_, err = io.Copy(w, content)
	if err := errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("écriture d’une pièce : %w", err)
	}
	return nil
}

// fileName keeps a name that came from a laptop from leaving its folder.
func fileName(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, name[:min(len(name), 150)]), ". ")
}

var words = map[services.State]string{services.Asked: "à traiter", services.Received: "reçue", services.Closed: "close"}

func day(t time.Time) string { return t.Format("02/01/2006") }

// lines is plain, for a text of several lines.
func lines(text string) string {
	var all []string
	for _, l := range strings.Split(text[:min(len(text), 20_000)], "\n") {
		all = append(all, strings.Map(printable, l))
	}
	return strings.Join(all, "\n")
}

// plain keeps what comes from elsewhere from driving a terminal.
func plain(text string) string {
	return strings.Map(printable, text[:min(len(text), 200)])
}

func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
		return '·'
	}
	return r
}

// page is how many entries are read at a time.
const page = 1000

// requestsOf folds an authority's requests out of its log, each certificate once. What is sealed
// is opened with the keys that the laptops share.
func requestsOf(ctx context.Context, storage server.Storage, authority string) ([]services.Request, error) {
	key, err := keysOf(ctx, storage, authority)
	if err != nil {
		return nil, err
	}
	byID := map[string]*services.Request{}
	var order []string
	var deeds []journal.Placed
	err = storage.Read(ctx, authority, func(l server.Log) error {
		for after := int64(0); ; {
			entries, err := l.Entries(after, page)
			if err != nil || len(entries) == 0 {
				return err
			}
			for i := range entries {
				after = entries[i].Seq
				id := services.RequestOf(entries[i].Stream)
				switch {
				case entries[i].Contested || id == "":
				case strings.HasPrefix(entries[i].Stream, services.TalkPrefix):
					deeds = append(deeds, entries[i])
				default:
					if byID[id] == nil {
						byID[id], order = &services.Request{}, append(order, id)
					}
					// What cannot be read is left aside: one laptop's nonsense hides nobody else's request.
					_ = byID[id].Fold(&entries[i].Entry, opened(entries[i].Data, key))
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(deeds, func(a, b journal.Placed) int { return a.At.Compare(b.At) })
	for i := range deeds {
		if r := byID[services.RequestOf(deeds[i].Stream)]; r != nil {
			_ = r.FoldDeed(deeds[i].Kind, deeds[i].Actor, deeds[i].At, opened(deeds[i].Data, key))
		}
	}
	var out []services.Request
	for _, id := range order {
		r := byID[id]
		if r.ID == "" || r.Certificate.Fingerprint != "" && slices.ContainsFunc(out, func(o services.Request) bool { return o.Certificate.Fingerprint == r.Certificate.Fingerprint }) {
			continue
		}
		out = append(out, *r)
	}
	return out, nil
}

// opened is data in the clear, nil when it was forgotten or cannot be opened.
func opened(data []byte, key func(string) []byte) []byte {
	text, err := journal.Unseal(data, key)
	if err != nil {
		return nil
	}
	return text
}

func keysOf(ctx context.Context, storage server.Storage, authority string) (func(string) []byte, error) {
	all := map[string][]byte{}
	for after := int64(0); ; {
		some, next, err := storage.KeysAfter(ctx, authority, after, page)
		if err != nil {
			return nil, err
		}
		for _, k := range some {
			all[k.Subject] = k.Key
		}
		if len(some) == 0 || next == after {
			return func(subject string) []byte { return all[subject] }, nil
		}
		after = next
	}
}

func requestOf(ctx context.Context, s *embedded.Server, authority, id string) (services.Request, error) {
	asked, err := requestsOf(ctx, s.Storage, authority)
	if err != nil {
		return services.Request{}, err
	}
	i := slices.IndexFunc(asked, func(r services.Request) bool { return r.ID == id })
	if i < 0 {
		return services.Request{}, fmt.Errorf("aucune demande %s de %s", id, authority)
	}
	return asked[i], nil
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
	r, err := requestOf(ctx, s, authority, id)
	if err != nil {
		return err
	}
	if err := services.MayAnswer(r, to, ""); err != nil {
		return err
	}
	return s.Answer(ctx, authority, services.Prefix+id, kind, services.Answer{Text: text})
}

// step tells the service's own state of a request. Error: a refusal.
func step(ctx context.Context, s *embedded.Server, args []string) error {
	authority, id, name, text := args[0], args[1], strings.TrimSpace(args[2]), strings.TrimSpace(strings.Join(args[3:], " "))
	r, err := requestOf(ctx, s, authority, id)
	if err != nil {
		return err
	}
	if err := services.MayAnswer(r, services.Received, name); err != nil {
		return err
	}
	return s.Answer(ctx, authority, services.Prefix+id, services.KindReceived, services.Answer{Text: text, Step: name})
}

// reply writes the agency's words about a request.
func reply(ctx context.Context, s *embedded.Server, args []string) error {
	if _, err := requestOf(ctx, s, args[0], args[1]); err != nil {
		return err
	}
	return s.Answer(ctx, args[0], services.Prefix+args[1], services.KindReplied, services.Answer{Text: strings.Join(args[2:], " ")})
}

// offer offers appointments, in this computer's time.
func offer(ctx context.Context, s *embedded.Server, args []string) error {
	if _, err := requestOf(ctx, s, args[0], args[1]); err != nil {
		return err
	}
	var slots []time.Time
	for _, text := range args[2:] {
		at, err := time.ParseInLocation("02/01/2006-15:04", text, time.Local)
		if err != nil {
			return fmt.Errorf("« %s » n’est pas un rendez-vous : écrivez 24/11/2026-14:30", plain(text))
		}
		slots = append(slots, at.UTC())
	}
	return s.Answer(ctx, args[0], services.Prefix+args[1], services.KindOffered, services.Answer{Slots: slots})
}
