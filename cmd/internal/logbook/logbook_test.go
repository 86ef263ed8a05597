package logbook

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var morning = time.Date(2026, 11, 28, 8, 30, 0, 0, time.UTC)

// The test's own program is the one that stops suddenly.
func TestMain(m *testing.M) {
	if dir := os.Getenv("AIRIAL_TEST_CRASH"); dir != "" {
		if _, err := Open(dir, "1.2.3", morning, os.Stderr); err != nil {
			panic(err)
		}
		panic("un arrêt voulu par l’essai")
	}
	os.Exit(m.Run())
}

func TestSuddenStopIsToldOnce(t *testing.T) {
	dir := t.TempDir()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "AIRIAL_TEST_CRASH="+dir)
	if err := command.Run(); err == nil {
		t.Fatal("it did not stop suddenly")
	}
	l, err := Open(dir, "1.2.3", morning, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(l.Crash, "airial 1.2.3 ") || !strings.Contains(l.Crash, "un arrêt voulu par l’essai") || !strings.Contains(l.Crash, "logbook.TestMain") {
		t.Errorf("the report:\n%s", l.Crash)
	}
	l.Log.Info("un échange", "n", 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, logFile))
	if err != nil || !strings.Contains(string(log), "un échange") {
		t.Errorf("%v\n%s", err, log)
	}
	if kept, err := filepath.Glob(filepath.Join(dir, "crash-*.txt")); err != nil || len(kept) != 1 {
		t.Errorf("kept: %v, %v", kept, err)
	}
	again, err := Open(dir, "1.2.3", morning, os.Stderr)
	if err != nil || again.Crash != "" {
		t.Errorf("told twice: %q, %v", again.Crash, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

// The log turns over: what is old goes into files beside it, and the disk is not filled.
func TestLogTurnsOver(t *testing.T) {
	dir := t.TempDir()
	l, err := Open(dir, "1.2.3", morning, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("un échange qui se raconte longuement ", 500)
	for range (maxLog<<20)/len(line) + 2 {
		l.Log.Info(line)
	}
	l.Log.Info("la dernière ligne")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// What is old is compressed beside the program.
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		all, err := filepath.Glob(filepath.Join(dir, "airial*"))
		if err == nil && len(all) == 2 && strings.HasSuffix(all[0], ".log.gz") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v, %v", all, err)
		}
	}
	now, err := os.ReadFile(filepath.Join(dir, logFile))
	if err != nil || len(now) > 1<<20 || !strings.Contains(string(now), "la dernière ligne") {
		t.Errorf("the log of now: %d bytes, %v", len(now), err)
	}
}

// A computer that was switched off leaves the head of a report and nothing to tell.
func TestSwitchedOff(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, crashFile), []byte("airial 1.2.3 linux/amd64\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Open(dir, "1.2.3", morning, os.Stderr)
	if err != nil || l.Crash != "" {
		t.Errorf("%q, %v", l.Crash, err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestOldReportsGo(t *testing.T) {
	dir := t.TempDir()
	for i := range 8 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("crash-2026010%d-000000.txt", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := forget(dir); err != nil {
		t.Fatal(err)
	}
	kept, err := filepath.Glob(filepath.Join(dir, "crash-*"))
	if err != nil || len(kept) != keptCrashes || !strings.Contains(kept[0], "20260103") {
		t.Errorf("%v, %v", kept, err)
	}
}

// Where nothing can be written, the program runs on and logs elsewhere.
func TestReadOnlyProfile(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	l, err := Open(filepath.Join(blocked, "logs"), "1.2.3", morning, &other)
	if err == nil || l == nil {
		t.Fatal("no error, or no log")
	}
	l.Log.Warn("noté ailleurs")
	if !strings.Contains(other.String(), "noté ailleurs") {
		t.Error(other.String())
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
