package office

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"alpi40.fr/airial/local/bell"
	"alpi40.fr/airial/local/publication"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/webpublish"
)

const (
	settingTarget  = "publication.target"
	settingSecret  = "publication.secret" // where there is no keyring; the database is encrypted
	settingSending = "publication.sending"

	secretService = "fr.alpi40.airial.site"
)

// Website is where the published acts are sent, and how the last sending went.
type Website struct {
	webpublish.Target
	HasSecret bool
	Sending   Sending
}

// Set tells whether there is anywhere to send to.
func (w Website) Set() bool { return w.Protocol != "" && w.Address != "" }

// Sending is what waits to be sent, and the last one's outcome.
type Sending struct {
	// Asked counts the requests, Done is the last one that was answered whole.
	Asked int `json:"asked,omitempty"`
	Done  int `json:"done,omitempty"`
	// Stuck: the last try failed for what another try does not mend.
	Stuck   bool      `json:"stuck,omitempty"`
	Last    time.Time `json:"last,omitzero"`
	Wrote   int       `json:"wrote,omitempty"`
	Removed int       `json:"removed,omitempty"`
	// Fault is why the last try failed, for the assistance.
	Fault string `json:"fault,omitempty"`
}

// Pending tells whether something waits to be sent.
func (s Sending) Pending() bool { return s.Asked != s.Done }

// ErrNoWebsite: nowhere to send to was set.
var ErrNoWebsite = errors.New("no website is set")

// Website reads what is set on this computer.
func (h *Hall) Website(ctx context.Context) (w Website, err error) {
	if err = h.setting(ctx, settingTarget, &w.Target); err != nil {
		return w, err
	}
	if err = h.setting(ctx, settingSending, &w.Sending); err != nil {
		return w, err
	}
	s, err := h.siteSecret(ctx)
	w.HasSecret = s != webpublish.Secret{}
	return w, err
}

// SetWebsite keeps where to send, and the secret when one is given. Another address is
// another server: its key is to be confirmed anew.
func (h *Hall) SetWebsite(ctx context.Context, t webpublish.Target, s *webpublish.Secret) error {
	now, err := h.Website(ctx)
	if err != nil {
		return err
	}
	t.HostKey = ""
	if t.Protocol == now.Protocol && t.Address == now.Address {
		t.HostKey = now.HostKey
	}
	if err := h.keep(ctx, settingTarget, t); err != nil || s == nil {
		return err
	}
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if ring := h.office.o.Keyring; ring != nil && ring.Set(secretService, h.id, string(text)) == nil {
		return h.keep(ctx, settingSecret, webpublish.Secret{})
	}
	return h.keep(ctx, settingSecret, s)
}

// siteSecret is in the keyring; in the encrypted database where there is none.
func (h *Hall) siteSecret(ctx context.Context) (s webpublish.Secret, err error) {
	if err := h.setting(ctx, settingSecret, &s); err != nil || s != (webpublish.Secret{}) || h.office.o.Keyring == nil {
		return s, err
	}
	text, err := h.office.o.Keyring.Get(secretService, h.id)
	if err != nil || text == "" {
		return s, nil // none was kept, or the keyring is locked: the server will say so
	}
	return s, json.Unmarshal([]byte(text), &s)
}

// SiteKey asks the website's server for its key, to be confirmed by a person.
func (h *Hall) SiteKey(ctx context.Context) (webpublish.Host, error) {
	w, err := h.Website(ctx)
	if err != nil {
		return webpublish.Host{}, err
	}
	return webpublish.HostKey(ctx, w.Target)
}

// ConfirmSiteKey pins the key that a person has compared.
func (h *Hall) ConfirmSiteKey(ctx context.Context, key string) error {
	w, err := h.Website(ctx)
	if err != nil {
		return err
	}
	w.Target.HostKey = key
	return h.keep(ctx, settingTarget, w.Target)
}

// TrySite connects to the website's server, and changes nothing there.
func (h *Hall) TrySite(ctx context.Context) error {
	w, err := h.Website(ctx)
	if err != nil {
		return err
	}
	if !w.Set() {
		return ErrNoWebsite
	}
	s, err := h.siteSecret(ctx)
	if err != nil {
		return err
	}
	return webpublish.Try(ctx, w.Target, s)
}

// QueueSite asks that the site be sent, as soon as there is a line. Without a website
// it does nothing: the folder is exported by hand.
func (h *Hall) QueueSite(ctx context.Context) error {
	w, err := h.Website(ctx)
	if err != nil || !w.Set() {
		return err
	}
	if err := h.changeSending(ctx, func(s *Sending) { s.Asked++; s.Stuck = false }); err != nil {
		return err
	}
	bell.Wake(h.siteQueued)
	return nil
}

// SendSite sends the site now. Without a line it stays queued, and the error says so.
func (h *Hall) SendSite(ctx context.Context, progress func(done, of int)) (out publication.Written, err error) {
	h.siteSending.Lock()
	defer h.siteSending.Unlock()
	w, err := h.Website(ctx)
	if err != nil {
		return out, err
	}
	if !w.Set() {
		return out, ErrNoWebsite
	}
	s, err := h.siteSecret(ctx)
	if err != nil {
		return out, err
	}
	site, err := h.Public.Site(ctx)
	if err != nil {
		return out, err
	}
	out, sent := webpublish.Send(ctx, w.Target, s, site, progress)
	kept := h.changeSending(context.WithoutCancel(ctx), func(state *Sending) {
		if state.Fault = ""; sent == nil {
			state.Done, state.Stuck, state.Last, state.Wrote, state.Removed = w.Sending.Asked, false, h.office.o.Now(), out.Wrote, out.Removed
			return
		}
		state.Fault = sent.Error()
		if state.Asked == state.Done {
			state.Asked++ // asked for by hand: it waits for the line as well
		}
		state.Stuck = !errors.Is(sent, webpublish.ErrOffline) && ctx.Err() == nil
	})
	if sent != nil {
		sent = fmt.Errorf("sending the site: %w", sent)
	}
	return out, errors.Join(sent, kept)
}

// siteEvery is how often what is queued is tried again.
const siteEvery = 30 * time.Second

// sendSiteInTime sends what is queued, until the hall is closed. While nothing is, nothing is looked at.
func (h *Hall) sendSiteInTime(ctx context.Context) {
	changed := h.Sync.Watch(ctx)
	again := time.NewTimer(siteEvery) // what a stop left
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		case <-h.siteQueued:
		case <-changed: // the line may be back
			if s := h.Sync.Status(); s.Running || s.Err != nil {
				continue
			}
		}
		w, err := h.Website(ctx)
		if err != nil || !w.Sending.Pending() || w.Sending.Stuck || h.Sync.Status().Paused {
			continue // another sending, and work taken up again, are told
		}
		again.Reset(siteEvery)
		if _, err := h.SendSite(ctx, nil); err != nil && ctx.Err() == nil {
			h.office.o.Log.Info("sending the site", "error", err.Error())
		}
	}
}

// changeSending changes what is kept of the sendings, in one transaction.
func (h *Hall) changeSending(ctx context.Context, change func(*Sending)) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error {
		var s Sending
		text, err := tx.Setting(settingSending)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), &s)
		}
		if err != nil {
			return err
		}
		change(&s)
		raw, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return tx.SetSetting(settingSending, string(raw))
	})
}

// setting reads into to what keep kept on this computer.
func (h *Hall) setting(ctx context.Context, key string, to any) error {
	return h.Store.View(ctx, func(tx *store.Tx) error {
		text, err := tx.Setting(key)
		if err == nil && text != "" {
			err = json.Unmarshal([]byte(text), to)
		}
		return err
	})
}

func (h *Hall) keep(ctx context.Context, key string, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("keeping %s: %w", key, err)
	}
	return h.Store.Update(ctx, func(tx *store.Tx) error { return tx.SetSetting(key, string(text)) })
}
