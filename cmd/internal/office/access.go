package office

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/sync/network"
)

// Access is how this computer reaches the town hall from afar, and how its website stands, as far as this computer knows.
type Access struct {
	// Tunnel is the name of a virtual private network that is up; empty: none is seen. Coming is one that is being connected,
	// Down one that is set up and is not.
	Tunnel, Coming, Down string
	// Site is the address of the town hall's website; empty: nobody said it.
	Site string
	// Seen is what was last seen of it; zero: it was never looked at.
	Seen network.Seen
	// Since is when it began to be as it is: to answer, or not to.
	Since time.Time
}

const (
	settingSite     = "site.address"
	settingSiteSeen = "site.seen"
	siteAgain       = 15 * time.Minute
)

// siteSeen is what is kept of a site.
type siteSeen struct {
	Seen  network.Seen `json:"seen"`
	Since time.Time    `json:"since"`
}

// Access tells it. Nothing is asked of the line.
func (h *Hall) Access(ctx context.Context) (a Access, err error) {
	c, err := h.office.Catalogue(ctx)
	if err != nil {
		return a, err
	}
	if a.Tunnel, err = network.Tunnel(c.Remote.Interfaces); err != nil {
		return a, err
	}
	for _, p := range (&network.Line{}).Privates(ctx) {
		to := map[network.PrivateState]*string{network.PrivateUp: &a.Tunnel, network.PrivateComing: &a.Coming, network.PrivateDown: &a.Down}[p.State]
		if *to == "" || p.State == network.PrivateUp { // its name says more than that of the line
			*to = p.Name
		}
	}
	var kept siteSeen
	err = errors.Join(h.setting(ctx, settingSite, &a.Site), h.setting(ctx, settingSiteSeen, &kept))
	a.Seen, a.Since = kept.Seen, kept.Since
	return a, err
}

// SetSite keeps the address of the town hall's website; empty, it is no longer looked at. Error: a refusal.
func (h *Hall) SetSite(ctx context.Context, typed string) error {
	address := ""
	if typed != "" {
		var err error
		if address, err = network.Site(typed); errors.Is(err, network.ErrSite) {
			return &rule.Refusal{Why: "Ce n’est pas l’adresse d’un site.", Cure: "Écrivez-la comme www.commune.fr."}
		} else if err != nil {
			return err
		}
	}
	if err := h.keep(ctx, settingSite, address); err != nil {
		return err
	}
	return h.keep(ctx, settingSiteSeen, siteSeen{})
}

// LookAtSite looks at the town hall's website, and keeps what was seen; no site is no error.
func (h *Hall) LookAtSite(ctx context.Context, transport http.RoundTripper) error {
	a, err := h.Access(ctx)
	if err != nil || a.Site == "" {
		return err
	}
	seen := network.Look(ctx, transport, a.Site, h.office.o.Now())
	if err := ctx.Err(); err != nil {
		return err
	}
	kept := siteSeen{Seen: seen, Since: a.Since}
	if a.Seen.At.IsZero() || a.Seen.Answers() != seen.Answers() {
		kept.Since = seen.At
	}
	if err := h.keep(ctx, settingSiteSeen, kept); err != nil {
		return fmt.Errorf("keeping what was seen of the site: %w", err)
	}
	return nil
}

// lookAtSiteInTime looks at the site after an exchange that went well, four times an hour at most: without a line, nothing
// is told of it.
func (h *Hall) lookAtSiteInTime(ctx context.Context) {
	h.afterExchanges(ctx, siteAgain, func() {
		if err := h.LookAtSite(ctx, http.DefaultTransport); err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("looking at the website", "error", err.Error())
		}
	})
}
