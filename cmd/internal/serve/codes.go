package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// giveCodes makes enrolment codes: [DURÉE [NOMBRE [MOTS]]].
func giveCodes(ctx context.Context, s *embedded.Server, authority string, args []string, out io.Writer) error {
	var o server.CodeOptions
	if len(args) > 0 {
		days, err := strconv.Atoi(strings.TrimSuffix(args[0], "j"))
		if err != nil || !strings.HasSuffix(args[0], "j") {
			return errUsage
		}
		o.Life = time.Duration(days) * 24 * time.Hour
		if days == 0 {
			return errUsage
		}
	}
	if len(args) > 1 {
		var err error
		if o.Count, err = strconv.Atoi(args[1]); err != nil || o.Count == 0 {
			return errUsage
		}
		o.Note = strings.Join(args[2:], " ")
	}
	codes, err := s.NewCodes(ctx, authority, o)
	if errors.Is(err, server.ErrCodeOptions) {
		return fmt.Errorf("il se donne de 1 à %d codes à la fois, pour 30 jours au plus, avec cent caractères de MOTS (%w)", server.MaxCodes, err)
	}
	for _, code := range codes {
		fmt.Fprintln(out, code)
	}
	return err
}

// listCodes tells the codes that wait for a computer; none of them can be told again.
func listCodes(ctx context.Context, s *embedded.Server, authority string, out io.Writer) error {
	codes, err := s.Codes(ctx, authority)
	for i := range codes {
		c := &codes[i]
		fmt.Fprintf(out, "%s  jusqu’au %s  %s\n", c.Mark(), c.Expires.Local().Format("02/01/2006 15:04"), c.Note)
	}
	return err
}
