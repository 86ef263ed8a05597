package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/ui/door"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/shell/desktop"
)

// shelter is the safe mode: it checks and repairs until the person opens the desk.
func (e *entrance) shelter(ctx context.Context) error {
	o, err := e.office(ctx)
	if err != nil {
		return err
	}
	why := e.safe
	var found []door.Finding
	for {
		remedy, err := ask(ctx, e, func(trouble error, answer func(door.Remedy)) door.Form {
			return door.Safe(e.text, why, found, trouble, answer)
		})
		if err != nil {
			return errors.Join(err, o.Close())
		}
		if remedy == door.OpenQuietly || remedy == door.OpenUsually {
			e.safe, e.quiet, e.held = "", remedy == door.OpenQuietly, o
			return nil
		}
		fyne.Do(func() { e.show(door.Wait(e.text, "door.safe.running")) })
		if found, err = e.remedy(ctx, o, remedy); ctx.Err() != nil {
			return errors.Join(ctx.Err(), o.Close())
		}
		e.trouble = err
	}
}

// remedy does what was chosen and tells what came of it, authority by authority.
func (e *entrance) remedy(ctx context.Context, o *office.Office, remedy door.Remedy) (said []door.Finding, err error) {
	ids, err := o.Authorities()
	if err != nil {
		return nil, err
	}
	if remedy == door.PutBack {
		return e.putBack(ctx, o, ids)
	}
	if len(ids) == 0 {
		return []door.Finding{e.good("door.safe.empty")}, nil
	}
	for _, id := range ids {
		switch remedy {
		case door.Examine:
			found, err := o.Examine(ctx, id)
			if err != nil {
				return said, err
			}
			said = append(said, e.illness(&found)...)
		case door.Rebuild:
			if err := o.RebuildLists(ctx, id); err != nil {
				return said, err
			}
			said = append(said, e.good("door.safe.rebuilt", "authority", id))
		case door.Repair:
			done, err := o.Repair(ctx, id)
			if err != nil {
				slog.Error("repairing", "authority", id, "error", err.Error())
				said = append(said, door.Finding{Text: e.text.Text("door.safe.unrepaired", "authority", id)})
				continue
			}
			said = append(said, e.good("door.safe.repaired", "authority", id, "kept", done.Kept))
			if len(done.Lost) > 0 {
				said = append(said, door.Finding{Text: e.text.Text("door.safe.lost", "authority", id, "tables", strings.Join(done.Lost, ", "))})
			}
		}
	}
	return said, nil
}

func (e *entrance) good(key string, args ...any) door.Finding {
	return door.Finding{Good: true, Text: e.text.Text(key, args...)}
}

// illness says in words what was found of an authority; the technical detail goes to the log.
func (e *entrance) illness(i *office.Illness) (said []door.Finding) {
	if i.Sound() {
		return []door.Finding{e.good("door.safe.sound", "authority", i.Authority, "n", i.Entries)}
	}
	tell := func(key string, args ...any) {
		said = append(said, door.Finding{Text: e.text.Text(key, append([]any{"authority", i.Authority}, args...)...)})
	}
	if i.Opening != nil {
		slog.Error("examining", "authority", i.Authority, "error", i.Opening.Error())
		tell("door.safe.shut")
		return said
	}
	count := map[string]int{}
	for _, f := range i.Faults {
		slog.Error("examining", "authority", i.Authority, "what", f.What, "detail", f.Detail)
		count[f.What]++
	}
	for _, what := range []string{"database", "references"} {
		if count[what] > 0 {
			tell("door.safe.fault." + what)
		}
	}
	if n := count["document"]; n > 0 {
		tell("door.safe.fault.document", "n", n)
	}
	if i.Journal != nil {
		slog.Error("examining", "authority", i.Authority, "error", i.Journal.Error())
		if count["database"] == 0 {
			tell("door.safe.fault.journal")
		}
	}
	return said
}

// backupName is what Airial calls a backup: its authority stands in it.
var backupName = regexp.MustCompile(`^airial-([0-9]{9})-.*\.age$`)

// putBack asks for a backup and puts it in the place of what is here. A person who gives up choosing it is where she was.
func (e *entrance) putBack(ctx context.Context, o *office.Office, ids []string) ([]door.Finding, error) {
	paths, err := desktop.New("").Pick(ctx, shell.Files{Title: e.text.Text("door.safe.pick"), Extensions: []string{".age"}})
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	id := ""
	if m := backupName.FindStringSubmatch(filepath.Base(paths[0])); m != nil {
		id = m[1]
	} else if len(ids) == 1 {
		id = ids[0]
	}
	if id == "" {
		return nil, &rule.Refusal{Why: e.text.Text("door.safe.which")}
	}
	aside, err := o.PutBack(ctx, id, paths[0])
	if err != nil {
		return nil, fmt.Errorf("restoring a backup: %w", err)
	}
	return []door.Finding{e.good("door.safe.restored", "authority", id, "aside", aside)}, nil
}
