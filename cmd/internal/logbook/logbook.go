// Package logbook keeps what Airial notes of its own running: a log that turns over, and the report of a sudden stop. Both stay
// on this computer, in the place that the system has for them; nobody is sent anything.
//
//	Windows   %LOCALAPPDATA%\airial\logs, and the errors in the journal of events (source «Airial»)
//	Linux     $XDG_STATE_HOME/airial, else ~/.local/state/airial
//	macOS     ~/Library/Logs/airial
//
// What is logged names no person and holds no content: streams, numbers, reasons.
package logbook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

const (
	logFile     = "airial.log"
	crashFile   = "crash.txt"
	maxLog      = 5 // megabytes, then another begins
	keptLogs    = 5
	keptDays    = 90
	maxReport   = 64 << 10
	keptCrashes = 5
)

// Folder is where the log lies.
func Folder() (string, error) {
	if state := os.Getenv("XDG_STATE_HOME"); state != "" && runtime.GOOS != "windows" {
		return filepath.Join(state, "airial"), nil
	}
	switch runtime.GOOS {
	case "windows":
		cache, err := os.UserCacheDir()
		return filepath.Join(cache, "airial", "logs"), err
	case "darwin":
		home, err := os.UserHomeDir()
		return filepath.Join(home, "Library", "Logs", "airial"), err
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".local", "state", "airial"), err
}

// Logbook is an open log.
type Logbook struct {
	Log *slog.Logger
	// Crash is the report of the sudden stop that came before; empty when there was none.
	Crash string
	// Starts is how many starts before this one, in a row, did not come to a working window.
	Starts int
	dir    string
	file   *lumberjack.Logger
	crash  *os.File
}

// Open opens the log of a folder and has the runtime write the report of a sudden stop there. Where the folder cannot be
// written (a read-only profile), the log goes to other and the error says so: the program runs on. now dates the report of
// the former stop.
func Open(dir, version string, now time.Time, other io.Writer) (*Logbook, error) {
	l := &Logbook{Log: slog.New(slog.NewTextHandler(other, nil))}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return l, fmt.Errorf("making the folder of the log: %w", err)
	}
	var err error
	if l.Starts, err = begin(dir); err != nil {
		return l, err
	}
	l.dir = dir
	if l.Crash, err = former(dir, now); err != nil {
		return l, err
	}
	if l.crash, err = os.OpenFile(filepath.Join(dir, crashFile), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600); err != nil {
		return l, fmt.Errorf("opening the report of sudden stops: %w", err)
	}
	if _, err := fmt.Fprintf(l.crash, "airial %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, now.UTC().Format(time.RFC3339)); err != nil {
		return l, errors.Join(fmt.Errorf("opening the report of sudden stops: %w", err), l.crash.Close())
	}
	if err := debug.SetCrashOutput(l.crash, debug.CrashOptions{}); err != nil {
		return l, errors.Join(fmt.Errorf("keeping sudden stops: %w", err), l.crash.Close())
	}
	l.file = &lumberjack.Logger{Filename: filepath.Join(dir, logFile), MaxSize: maxLog, MaxBackups: keptLogs, MaxAge: keptDays, Compress: true}
	handler := slog.Handler(slog.NewTextHandler(l.file, nil))
	if events := systemEvents(); events != nil {
		handler = both{handler, events}
	}
	l.Log = slog.New(handler)
	l.Log.Info("start", "version", version, "system", runtime.GOOS+"/"+runtime.GOARCH)
	return l, nil
}

// Close ends the log after a stop that was wanted.
func (l *Logbook) Close() error {
	l.Came()
	if l.crash == nil {
		return nil
	}
	err := debug.SetCrashOutput(nil, debug.CrashOptions{})
	name := l.crash.Name()
	err = errors.Join(err, l.crash.Close(), os.Remove(name))
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

// former puts the report of the former run aside, when it stopped in the middle of something, and gives it. Its first line
// alone is that of a run that was killed from outside (the computer was switched off): there is nothing to tell then.
func former(dir string, now time.Time) (string, error) {
	path := filepath.Join(dir, crashFile)
	content, err := readUpTo(path, maxReport)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("reading the report of a sudden stop: %w", err)
	}
	first := 0
	for first < len(content) && content[first] != '\n' {
		first++
	}
	if first+1 >= len(content) {
		return "", nil
	}
	if err := os.Rename(path, filepath.Join(dir, "crash-"+now.UTC().Format("20060102-150405")+".txt")); err != nil {
		return "", fmt.Errorf("keeping the report of a sudden stop: %w", err)
	}
	return string(content), forget(dir)
}

// forget keeps the last reports alone.
func forget(dir string) error {
	all, err := filepath.Glob(filepath.Join(dir, "crash-*.txt")) // in the order of their days
	if err != nil {
		return fmt.Errorf("listing the reports: %w", err)
	}
	for len(all) > keptCrashes {
		if err := os.Remove(all[0]); err != nil {
			return fmt.Errorf("forgetting an old report: %w", err)
		}
		all = all[1:]
	}
	return nil
}

func readUpTo(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(f, most))
	return content, errors.Join(err, f.Close())
}

// both gives each record to two handlers.
type both [2]slog.Handler

func (b both) Enabled(ctx context.Context, level slog.Level) bool {
	return b[0].Enabled(ctx, level) || b[1].Enabled(ctx, level)
}

func (b both) Handle(ctx context.Context, r slog.Record) error {
	var errs []error
	for _, h := range b {
		if h.Enabled(ctx, r.Level) {
			errs = append(errs, h.Handle(ctx, r.Clone()))
		}
	}
	return errors.Join(errs...)
}

func (b both) WithAttrs(attrs []slog.Attr) slog.Handler {
	return both{b[0].WithAttrs(attrs), b[1].WithAttrs(attrs)}
}

func (b both) WithGroup(name string) slog.Handler {
	return both{b[0].WithGroup(name), b[1].WithGroup(name)}
}
