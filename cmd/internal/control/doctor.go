package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"alpi40.fr/airial/cmd/internal/office"
)

// health is what doctor found, as its JSON says it.
type health struct {
	Version     string            `json:"version"`
	Sound       bool              `json:"sound"`
	Authorities []authorityHealth `json:"authorities"`
}

type authorityHealth struct {
	ID      string  `json:"id"`
	Faults  []fault `json:"faults"`
	Entries int     `json:"entries"` // of its journal
	Devices int     `json:"devices"`
	Log     int64   `json:"log"` // how far the server's log was verified
}

type fault struct {
	What   string `json:"what"`
	Detail string `json:"detail"`
	Cure   string `json:"cure"`
}

func runDoctor(ctx context.Context, args []string, out io.Writer) error {
	f := flags("doctor", out)
	dir := f.String("dir", "", "dossier de l’installation")
	asJSON := f.Bool("json", false, "répond en JSON")
	if err := parse(f, args); err != nil {
		return err
	}
	h := health{Version: office.Version, Authorities: []authorityHealth{}}
	wrong := 0
	err := each(ctx, *dir, func(_ *office.Office, hall *office.Hall) error {
		a, err := examine(ctx, hall)
		h.Authorities = append(h.Authorities, a)
		wrong += len(a.Faults)
		return err
	})
	if err != nil {
		return err
	}
	h.Sound = wrong == 0
	if *asJSON {
		err = answerJSON(out, h)
	} else {
		h.tell(out)
	}
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%d anomalie(s)", wrong)
	}
	return err
}

// examine checks the database, the documents and the journal of an authority.
func examine(ctx context.Context, h *office.Hall) (authorityHealth, error) {
	a := authorityHealth{ID: h.ID(), Faults: []fault{}}
	found, err := h.Store.Check(ctx, true)
	if err != nil {
		return a, err
	}
	for _, x := range found {
		cure := "restaurez la dernière sauvegarde : airialctl restore"
		if x.Missing {
			cure = "il reviendra à la prochaine synchronisation"
		}
		a.Faults = append(a.Faults, fault{x.What, x.Detail, cure})
	}
	proof, err := h.Verify(ctx)
	if err != nil {
		a.Faults = append(a.Faults, fault{"journal", err.Error(), "ne travaillez plus sur cet ordinateur et prévenez l’assistance"})
		return a, nil
	}
	a.Entries, a.Devices, a.Log = proof.Entries, proof.Devices, proof.LogSize
	return a, nil
}

func (h health) tell(out io.Writer) {
	for _, a := range h.Authorities {
		fmt.Fprintf(out, "Collectivité %s\n", a.ID)
		for _, x := range a.Faults {
			fmt.Fprintf(out, "  ✗ %s : %s ; %s\n", x.What, x.Detail, x.Cure)
		}
		if len(a.Faults) == 0 {
			fmt.Fprintln(out, "  ✓ base de données et documents intacts")
		}
		if a.Devices > 0 {
			fmt.Fprintf(out, "  ✓ journal : %d entrées de %d appareils, journal du serveur vérifié jusqu’à %d\n", a.Entries, a.Devices, a.Log)
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
