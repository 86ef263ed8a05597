package office

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	agency "alpi40.fr/airial/local/services"
	"alpi40.fr/airial/local/typeset/french"
)

// Catalogue is what the agency offers: its own once it came, else the model of the program. It
// is not to be changed.
func (o *Office) Catalogue(ctx context.Context) (*agency.Catalogue, error) {
	if c := o.catalogueRead(); c != nil {
		return c, nil
	}
	var c *agency.Catalogue
	p, err := o.Parcel(ctx, agency.CatalogueKind)
	if err == nil {
		c, err = agency.OfParcel(p)
	}
	if err != nil { // none, or one that was damaged on the disk: the next exchange brings it again
		if c, err = agency.Model(); err != nil {
			return nil, err
		}
	}
	o.parcels.mu.Lock()
	defer o.parcels.mu.Unlock()
	o.parcels.catalogue = c
	return c, nil
}

func (o *Office) catalogueRead() *agency.Catalogue {
	o.parcels.mu.Lock()
	defer o.parcels.mu.Unlock()
	return o.parcels.catalogue
}

// Notice is the urgent notice of this moment, empty for none. It waits for nothing: it is what
// was read last.
func (o *Office) Notice() string {
	c := o.catalogueRead()
	if c == nil {
		return ""
	}
	for _, n := range c.Now(o.o.Now()) {
		if n.Urgent {
			return c.Agency.Name + french.Clean(" : ") + n.Title
		}
	}
	return ""
}

// Diagnose describes this computer for the assistance: versions, disk, exchanges. Nothing of what
// the town hall keeps is in it: no name, no title, no content.
func (h *Hall) Diagnose(ctx context.Context) (string, error) {
	o := h.office
	var out strings.Builder
	line := func(what, value string, args ...any) {
		fmt.Fprintf(&out, "%s : %s\n", what, fmt.Sprintf(value, args...))
	}
	at := func(t time.Time) string {
		if t.IsZero() {
			return "jamais"
		}
		return t.Format("02/01/2006 15:04:05 MST")
	}
	now := o.o.Now()
	line("Airial", "%s", Version)
	line("Système", "%s %s, %d processeurs, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	line("Date de l’ordinateur", "%s", at(now))
	if free, total, err := h.Store.Blobs().Room(); err == nil {
		line("Disque", "%d Mo libres sur %d", free>>20, total>>20)
	} else {
		line("Disque", "inconnu (%v)", err)
	}
	size, files := int64(0), 0
	err := filepath.WalkDir(o.hallDir(h.id), func(_ string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || ctx.Err() != nil {
			return ctx.Err() // a file that has just gone is none
		}
		if info, err := e.Info(); err == nil {
			size, files = size+info.Size(), files+1
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("measuring what is kept: %w", err)
	}
	line("Données", "%d Mo, %d fichiers", size>>20, files)
	s := h.Sync.Status()
	line("Dernier échange réussi", "%s", at(s.LastSuccess))
	line("En attente", "%d à envoyer, %d à recevoir", s.Out, max(s.In, 0))
	line("Échanges suspendus", "%v", s.Paused)
	if s.Err != nil {
		line("Dernier trouble des échanges", "%v", s.Err)
	}
	if s.Clock != 0 {
		line("Écart avec l’horloge du serveur", "%s", s.Clock.Round(time.Second))
	}
	if t := o.Trusted(); t.Version > 0 {
		line("Paquet de confiance", "n° %d, périmé : %v", t.Version, t.Old)
	} else {
		line("Paquet de confiance", "aucun")
	}
	if c, err := o.Catalogue(ctx); err == nil {
		line("Catalogue des services", "n° %d", c.Version)
	}
	boxes, err := h.MailAccounts(ctx)
	if err != nil {
		return "", err
	}
	for _, a := range boxes {
		if m := h.MailStatus(a.ID); m.Trouble != nil {
			line("Trouble de la messagerie", "%v", m.Trouble)
		} else {
			line("Messagerie", "dernier passage %s", at(m.Last))
		}
	}
	return out.String(), nil
}
