package serve

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/administration"
	"alpi40.fr/airial/sync/server/hosted"
)

// console is who acts by the command line, in the audit log.
const console = "console"

// administrator keeps the accounts of the administration page.
func administrator(ctx context.Context, s *hosted.Server, args []string, out io.Writer) error {
	note := func(act, name string) error {
		_, err := s.Storage.NoteAct(ctx, server.AuditLine{At: time.Now().UTC(), Who: console, Act: act, Detail: name})
		return err
	}
	switch {
	case args[0] == "add" && len(args) == 2:
		if err := note("administrator.made", args[1]); err != nil {
			return err
		}
		a, err := administration.NewAccount(ctx, s.Storage, args[1], "Airial", time.Now(), rand.Reader)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "Compte de %s. Ceci n’est dit qu’une fois :\n  mot de passe   %s\n  codes à usage unique, à saisir dans une application   %s\n  la même chose en adresse   %s\n", a.Name, a.Password, a.Secret, a.Address)
		return nil
	case args[0] == "list" && len(args) == 1:
		all, err := s.Storage.Administrators(ctx)
		for _, a := range all {
			state := "ouvert"
			if a.Disabled {
				state = "fermé"
			}
			fmt.Fprintln(out, a.Name, state)
		}
		return err
	case args[0] == "disable" && len(args) == 2:
		a, err := s.Storage.Administrator(ctx, args[1])
		if err != nil {
			return fmt.Errorf("compte %s : %w", args[1], err)
		}
		if err := note("administrator.disable", a.Name); err != nil {
			return err
		}
		a.Disabled = true
		return s.Storage.PutAdministrator(ctx, a)
	}
	return errUsage
}
