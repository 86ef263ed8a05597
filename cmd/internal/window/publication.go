package window

import (
	"context"
	"errors"
	"strings"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/webpublish"
	uipublication "alpi40.fr/airial/ui/publication"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Publication implements the publication page's office.
type Publication struct{ r *Room }

// Publication gives the publication page's office.
func (r *Room) Publication() Publication { return Publication{r} }

func (p Publication) hall() *office.Hall { return p.r.seat().Hall }

// Person implements publication.Office.
func (p Publication) Person(ctx context.Context) (string, error) { return p.hall().Person(ctx) }

// Acts implements publication.Office.
func (p Publication) Acts() *publication.Publisher { return p.hall().Public }

// Waiting implements publication.Office.
func (p Publication) Waiting(ctx context.Context) (int, error) { return p.hall().Public.Waiting(ctx) }

// Pages implements publication.Office.
func (p Publication) Pages(ctx context.Context, id string) (widgets.Pages, error) {
	pdf, err := p.hall().Public.Preview(ctx, id)
	if err != nil || pdf == nil {
		return nil, explain.Error(err)
	}
	return p.r.Open(ctx, pdf)
}

// queued sends what a deed changed, when a website is set.
func (p Publication) queued(ctx context.Context, deed error) error {
	if deed != nil {
		return explain.Error(deed)
	}
	return explain.Error(p.hall().QueueSite(ctx))
}

// Publish implements publication.Office.
func (p Publication) Publish(ctx context.Context, person, id string) error {
	return p.queued(ctx, p.hall().Public.Publish(ctx, person, id))
}

// Redate implements publication.Office.
func (p Publication) Redate(ctx context.Context, person, id string, at time.Time) error {
	return p.queued(ctx, p.hall().Public.Redate(ctx, person, id, at))
}

// Receive implements publication.Office.
func (p Publication) Receive(ctx context.Context, person, id string, in uipublication.Receipt) error {
	return p.queued(ctx, p.hall().Public.Receive(ctx, person, id, in.Day, in.Number))
}

// Withdraw implements publication.Office.
func (p Publication) Withdraw(ctx context.Context, person, id, reason string, hide bool) error {
	return p.queued(ctx, p.hall().Public.Withdraw(ctx, person, id, reason, hide))
}

// read takes all words of a PDF.
func (p Publication) read(ctx context.Context, pdf []byte) (string, error) {
	d, err := p.r.renderer.Open(ctx, store.DigestOf(pdf).String(), pdf)
	if err != nil {
		return "", err
	}
	return d.Words(ctx, d.Pages())
}

// Mask implements publication.Office.
func (p Publication) Mask(ctx context.Context, person, id string, words []string) (int, error) {
	n, err := p.hall().Public.Mask(ctx, person, id, words, p.read)
	return n, p.queued(ctx, err)
}

// Bring implements publication.Office.
func (p Publication) Bring(ctx context.Context, person, id, path string, words []string) error {
	pdf, err := readFile(path)
	if err != nil {
		return explain.Error(err)
	}
	return p.queued(ctx, p.hall().Public.Bring(ctx, person, id, "", pdf, words, p.read))
}

// Add implements publication.Office.
func (p Publication) Add(ctx context.Context, person string, a publication.NewAct, path string) (string, error) {
	var err error
	if a.PDF, err = readFile(path); err != nil {
		return "", explain.Error(err)
	}
	id, err := p.hall().Public.Add(ctx, person, a)
	return id, explain.Error(err)
}

// Export implements publication.Office.
func (p Publication) Export(ctx context.Context, dir string, progress shell.Progress) (uipublication.Exported, error) {
	site, err := p.hall().Public.Site(ctx)
	if err != nil {
		return uipublication.Exported{}, explain.Error(err)
	}
	w, err := site.WriteFolder(ctx, dir, func(done, of int) { progress(done, of, "") })
	return uipublication.Exported{Acts: site.Acts, Written: w, Faults: site.Faults}, explain.Error(err)
}

// Send implements publication.Office.
func (p Publication) Send(ctx context.Context, progress shell.Progress) (publication.Written, error) {
	w, err := p.hall().SendSite(ctx, func(done, of int) { progress(done, of, "") })
	return w, explain.Error(err)
}

// Website implements publication.Office.
func (p Publication) Website(ctx context.Context) (uipublication.Website, error) {
	w, err := p.hall().Website(ctx)
	return uipublication.Website{Protocol: string(w.Protocol), Address: w.Address, Folder: w.Folder, User: w.User, Confirmed: w.HostKey != "", HasSecret: w.HasSecret,
		Pending: w.Set() && w.Sending.Pending(), Stuck: w.Sending.Stuck, Last: w.Sending.Last}, explain.Error(err)
}

// SetWebsite implements publication.Office.
func (p Publication) SetWebsite(ctx context.Context, w uipublication.Website, password []byte, keyPath string) error {
	defer clear(password)
	var secret *webpublish.Secret
	if len(password) > 0 || keyPath != "" {
		secret = &webpublish.Secret{Password: string(password)}
	}
	if keyPath != "" {
		key, err := readFile(keyPath)
		if err != nil {
			return explain.Error(err)
		}
		secret.Key = string(key)
	}
	return explain.Error(p.hall().SetWebsite(ctx, webpublish.Target{Protocol: webpublish.Protocol(w.Protocol), Address: strings.TrimSpace(w.Address),
		Folder: strings.TrimSpace(w.Folder), User: strings.TrimSpace(w.User)}, secret))
}

// Try implements publication.Office.
func (p Publication) Try(ctx context.Context) (ask uipublication.HostKey, err error) {
	err = p.hall().TrySite(ctx)
	if !errors.Is(err, webpublish.ErrUnknownHost) {
		return ask, explain.Error(err)
	}
	h, err := p.hall().SiteKey(ctx)
	return uipublication.HostKey{Key: h.Key, Fingerprint: h.Fingerprint}, explain.Error(err)
}

// Confirm implements publication.Office.
func (p Publication) Confirm(ctx context.Context, key string) error {
	return explain.Error(p.hall().ConfirmSiteKey(ctx, key))
}
