package logbook

import (
	"bytes"
	"context"
	"log/slog"

	"golang.org/x/sys/windows/svc/eventlog"
)

// event is the number under which EventCreate.exe, which the MSI names as the source's messages, shows a text as it is.
const event = 1

// systemEvents writes errors to Windows' journal of events; nil where the source was not registered (no MSI).
func systemEvents() slog.Handler {
	log, err := eventlog.Open("Airial")
	if err != nil {
		return nil
	}
	return &events{log: log}
}

type events struct {
	log   *eventlog.Log
	attrs []slog.Attr
}

func (e *events) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (e *events) Handle(ctx context.Context, r slog.Record) error {
	var line bytes.Buffer
	if err := slog.NewTextHandler(&line, nil).WithAttrs(e.attrs).Handle(ctx, r); err != nil {
		return err
	}
	return e.log.Error(event, line.String())
}

func (e *events) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &events{log: e.log, attrs: append(append([]slog.Attr{}, e.attrs...), attrs...)}
}

func (e *events) WithGroup(string) slog.Handler { return e }
