package desk

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"alpi40.fr/airial/ui/shell"
)

func TestSecondStartHandsOver(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	path := filepath.Join(t.TempDir(), "airial", "window.sock")
	first, alone := claim(ctx, path, asked{})
	if first == nil || !alone {
		t.Fatal("the first start is not the first")
	}
	came := make(chan asked, 1)
	go first.hear(ctx, func(a asked) { came <- a })
	want := asked{Files: []string{"/tmp/Devis – école.pdf"}, Link: "airial:parapheur/folder/0193"}
	if second, alone := claim(ctx, path, want); second != nil || alone {
		t.Error("a second window opens")
	}
	if got := <-came; !reflect.DeepEqual(got, want) {
		t.Errorf("handed over: %+v", got)
	}
	// Rubbish ends nothing.
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, alone := claim(ctx, path, want); alone {
		t.Error("a second window opens after rubbish")
	}
	<-came
}

// What a killed program left readable is erased by the next window, unless a demonstration stands beside.
func TestCopiesOfAFormerStart(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TMP", os.TempDir())
	former, _, err := handouts(true)
	if err != nil {
		t.Fatal(err)
	}
	demonstration, erase, err := handouts(false)
	if err != nil {
		t.Fatal(err)
	}
	erase()
	if _, err := os.Stat(former); err != nil {
		t.Errorf("a demonstration erased them: %v", err)
	}
	own, erase, err := handouts(true)
	if err != nil {
		t.Fatal(err)
	}
	erase()
	if _, err := os.Stat(former); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("they are left: %v", err)
	}
	for _, dir := range []string{demonstration, own} {
		if i, err := os.Stat(dir); err != nil || runtime.GOOS != "windows" && i.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// Two people of one computer, each in a session: each has a window of her own, and her later starts come to it.
func TestTwoPeopleOfOneComputer(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folders of a profile are the system's own there")
	}
	ctx, end := context.WithCancel(t.Context())
	defer end()
	session := func(home string) { t.Setenv("HOME", home); t.Setenv("XDG_CACHE_HOME", "") }
	secretary, mayor := t.TempDir(), t.TempDir()
	came := make(chan string, 2)
	for _, home := range []string{secretary, mayor} {
		session(home)
		own, alone := onlyWindow(ctx, asked{})
		if own == nil || !alone {
			t.Fatalf("no window of her own in %s", home)
		}
		go own.hear(ctx, func(a asked) { came <- home + " " + a.Link })
	}
	for _, home := range []string{secretary, mayor} {
		session(home)
		if _, alone := onlyWindow(ctx, asked{Link: "airial:parapheur"}); alone {
			t.Errorf("a second window in %s", home)
		} else if got := <-came; got != home+" airial:parapheur" {
			t.Errorf("came to another's window: %s", got)
		}
	}
}

func TestStartAfterAStop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "window.sock")
	if err := os.WriteFile(path, nil, 0o600); err != nil { // what a power cut leaves
		t.Fatal(err)
	}
	i, alone := claim(t.Context(), path, asked{})
	if i == nil || !alone {
		t.Fatal("what a former start left keeps the window from opening")
	}
	if err := i.listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestLinks(t *testing.T) {
	for link, want := range map[string]shell.Route{
		"airial:parapheur/folder/0193": {Page: "parapheur", Arg: "folder/0193"},
		"airial:parapheur":             {Page: "parapheur"},
		"airial://home/":               {Page: "home"},
	} {
		if got, ok := place(link); !ok || got != want {
			t.Errorf("%s: %+v, %v", link, got, ok)
		}
	}
	for _, link := range []string{"", "airial:", "https://exemple.fr", "airial:a b", "airial:\x00", "airial:" + string(make([]byte, 500))} {
		if got, ok := place(link); ok {
			t.Errorf("%.40q: %+v", link, got)
		}
	}
}

func TestArguments(t *testing.T) {
	a, file := arguments([]string{"airial:home", "/x/lettre.pdf", "/x/mairie.AIRIAL"})
	if want := (asked{Files: []string{"/x/lettre.pdf"}, Link: "airial:home"}); !reflect.DeepEqual(a, want) || file != "/x/mairie.AIRIAL" {
		t.Errorf("%+v, %s", a, file)
	}
}
