package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/store/keys"
)

// health is what doctor found, as its JSON says it.
type health struct {
	Version string `json:"version"`
	Folder  string `json:"folder"`
	Sound   bool   `json:"sound"`
	// Trouble is why the installation does not open, in words; then nothing was examined.
	Trouble     string            `json:"trouble,omitempty"`
	Authorities []authorityHealth `json:"authorities"`
}

type authorityHealth struct {
	ID      string  `json:"id"`
	Faults  []fault `json:"faults"`
	Away    int     `json:"away"`    // documents that are on the server alone
	Entries int     `json:"entries"` // of its journal
	Devices int     `json:"devices"`
	Log     int64   `json:"log"` // how far the server's log was verified
}

type fault struct {
	What   string `json:"what"`
	Detail string `json:"detail"`
	Cure   string `json:"cure"`
}

// runDoctor answers whatever it finds, an installation that does not open included: who asks is a tool.
func runDoctor(ctx context.Context, args []string, out io.Writer) error {
	f := flags("doctor", out)
	dir := f.String("dir", "", "dossier de l’installation")
	asJSON := f.Bool("json", false, "répond en JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	h, found := diagnose(ctx, *dir)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if *asJSON {
		return errors.Join(found, answerJSON(out, h))
	}
	h.tell(out)
	return found
}

// diagnose examines the installation of a folder. Its error says that something was found.
func diagnose(ctx context.Context, dir string) (h health, err error) {
	h = health{Version: office.Version, Authorities: []authorityHealth{}}
	o, err := options(dir)
	if err != nil {
		return h.stopped(err)
	}
	h.Folder = o.Dir
	if !keys.Created(o.Dir) { // nobody opened Airial here yet, and examining makes nothing
		h.Sound = true
		return h, nil
	}
	opened, err := office.Open(ctx, o)
	if err != nil {
		return h.stopped(err)
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	ids, err := opened.Authorities()
	if err != nil {
		return h.stopped(err)
	}
	wrong := 0
	for _, id := range ids {
		i, err := opened.Examine(ctx, id)
		if err != nil {
			return h, err
		}
		h.Authorities = append(h.Authorities, told(&i))
		wrong += len(h.Authorities[len(h.Authorities)-1].Faults)
	}
	if h.Sound = wrong == 0; !h.Sound {
		err = fmt.Errorf("%d anomalie(s)", wrong)
	}
	return h, err
}

func (h health) stopped(err error) (health, error) {
	h.Trouble = explain.Words(err)
	return h, err
}

// told gives what was found of an authority, each thing with its cure.
func told(i *office.Illness) authorityHealth {
	a := authorityHealth{ID: i.Authority, Faults: []fault{}, Away: i.Away, Entries: i.Entries, Devices: i.Devices, Log: i.Log}
	if i.Opening != nil {
		a.Faults = append(a.Faults, fault{"ouverture", i.Opening.Error(), explain.Words(i.Opening)})
	}
	for _, x := range i.Faults {
		a.Faults = append(a.Faults, fault{x.What, x.Detail, "ouvrez Airial en mode de secours (airial --safe), qui répare, ou restaurez la dernière sauvegarde : airialctl restore"})
	}
	if i.Journal != nil {
		a.Faults = append(a.Faults, fault{"journal", i.Journal.Error(), "ne travaillez plus sur cet ordinateur et prévenez l’assistance"})
	}
	return a
}

func (h health) tell(out io.Writer) {
	if len(h.Authorities) == 0 && h.Trouble == "" {
		fmt.Fprintln(out, "Aucune collectivité sur cet ordinateur :", h.Folder)
	}
	for _, a := range h.Authorities {
		fmt.Fprintf(out, "Collectivité %s\n", a.ID)
		for _, x := range a.Faults {
			fmt.Fprintf(out, "  ✗ %s : %s ; %s\n", x.What, x.Detail, x.Cure)
		}
		if len(a.Faults) == 0 {
			fmt.Fprintln(out, "  ✓ base de données et documents intacts")
			fmt.Fprintf(out, "  ✓ journal : %d entrées de %d appareils, journal du serveur vérifié jusqu’à %d\n", a.Entries, a.Devices, a.Log)
		}
		if a.Away > 0 {
			fmt.Fprintf(out, "  · %d document(s) sur le serveur seulement\n", a.Away)
		}
	}
}

func answerJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
