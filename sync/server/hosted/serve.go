package hosted

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"filippo.io/age"
	"go.opentelemetry.io/otel/trace"

	"alpi40.fr/airial/sync/server/administration"
	"alpi40.fr/airial/sync/server/backup"
	"alpi40.fr/airial/sync/server/operations"
)

// Serve answers laptops on a listener, and all that the settings ask for beside it, until ctx ends or
// something fails. tell hears where each answers, in French.
func (s *Server) Serve(ctx context.Context, listener net.Listener, tell func(string)) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	parts, err := s.parts(ctx, listener, tell)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	var working sync.WaitGroup
	errs := make([]error, len(parts))
	for i, part := range parts {
		working.Go(func() {
			if errs[i] = part(ctx); errs[i] != nil {
				end() // the others end with it
			}
		})
	}
	working.Wait()
	return errors.Join(errs...)
}

// parts are what is to run, ready to.
func (s *Server) parts(ctx context.Context, listener net.Listener, tell func(string)) (parts []func(context.Context) error, err error) {
	var tracer trace.Tracer
	stopTraces := func() {}
	if s.Settings.Traces != "" {
		if tracer, stopTraces, err = operations.Traces(ctx, s.Settings.Traces, s.o.Version); err != nil {
			return nil, err
		}
	}
	handler := operations.Watch(s, operations.Options{Metrics: s.metrics, Tracer: tracer, Log: s.o.Log, Now: s.o.Now})
	parts = append(parts,
		func(ctx context.Context) error {
			defer stopTraces()
			return s.ServeHandler(ctx, listener, handler)
		},
		func(ctx context.Context) error { s.Run(ctx); return nil })
	if address := s.Settings.Operations; address != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err != nil {
			return nil, fmt.Errorf("listening for metrics: %w", err)
		}
		tell(fmt.Sprintf("mesures sur http://%s/metrics", l.Addr()))
		parts = append(parts, func(ctx context.Context) error { return plain(ctx, l, s.metrics.Handler(s)) })
	}
	if a := s.Settings.Administration; a != nil {
		page, err := s.page(ctx, a)
		if err != nil {
			return nil, err
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.Address)
		if err != nil {
			return nil, fmt.Errorf("listening for the administration: %w", err)
		}
		tell(fmt.Sprintf("administration sur https://%s/", l.Addr()))
		parts = append(parts, func(ctx context.Context) error { return s.ServePage(ctx, l, page) })
	}
	if b := s.Settings.Backup; b != nil {
		copies, err := s.Backup(b.Folder, b.Recipients)
		if err != nil {
			return nil, err
		}
		parts = append(parts, func(ctx context.Context) error {
			copies.Run(ctx, time.Duration(cmp.Or(b.Every, 60)*float64(time.Second)), time.Duration(cmp.Or(b.Whole, 24)*float64(time.Hour)), func(err error) {
				s.o.Log.Error("copying the server", "cause", err.Error())
			})
			return nil
		})
	}
	return parts, nil
}

func (s *Server) page(ctx context.Context, a *Administration) (*administration.Page, error) {
	o := administration.Options{Server: s.Server.Server, Storage: s.Storage, Quota: s.Limits().AuthorityBytes, CheckParcel: s.o.CheckParcel, Now: s.o.Now, Rand: s.o.Rand, Log: s.o.Log}
	if a.OIDC != nil {
		word, err := secret(s.o.Dir, a.OIDC.SecretFile, "ALPI_OIDC_SECRET", s.o.Getenv)
		if err != nil {
			return nil, err
		}
		asking, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		if o.OIDC, err = administration.NewProvider(asking, a.OIDC.Issuer, a.OIDC.ClientID, word, a.URL, a.OIDC.Administrators, &http.Client{Timeout: 20 * time.Second}); err != nil {
			return nil, err
		}
	}
	return administration.New(o)
}

// Backup prepares encrypted copies of a server on SQLite in a folder, for recipients (age1…).
func (s *Server) Backup(folder string, recipients []string) (*backup.Backup, error) {
	if s.Settings.Database != nil {
		return nil, fmt.Errorf("%w: PostgreSQL and the store are copied by their own means (see the runbook)", ErrSettings)
	}
	o := backup.Options{Dir: s.o.Dir, To: folder, Storage: s.Storage, Blobs: s.Blobs, Now: s.o.Now}
	for _, text := range recipients {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return nil, fmt.Errorf("%w: a recipient of the copies: %w", ErrSettings, err)
		}
		o.Recipients = append(o.Recipients, r)
	}
	return backup.New(o)
}

// plain answers without TLS, for a program on the same machine.
func plain(ctx context.Context, l net.Listener, handler http.Handler) error {
	h := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	ended := make(chan error, 1)
	go func() { ended <- h.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serving metrics: %w", err)
	case <-ctx.Done():
		err := h.Close()
		<-ended
		return err
	}
}
