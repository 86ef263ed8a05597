package explain_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/explain"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/sync/mail"
)

// A trial of the mail says which server is wrong, and what may be.
func TestWordsOfATrialOfTheMail(t *testing.T) {
	for _, c := range []struct {
		sending bool
		cause   error
		want    string
	}{
		{false, mail.ErrOffline, "Le serveur de réception imap.mairie.example:993 ne répond pas."},
		{true, mail.ErrOffline, "Le serveur d’envoi imap.mairie.example:993 ne répond pas."},
		{true, mail.ErrPassword, "Le serveur d’envoi imap.mairie.example:993 refuse l’identifiant ou le mot de passe."},
		{false, mail.ErrSignIn, "La messagerie demande une connexion par le navigateur."},
		{true, mail.ErrNoTLS, "Ce serveur de courrier n’offre pas de connexion chiffrée."},
	} {
		err := fmt.Errorf("trying: %w", &mail.TrialError{Address: "imap.mairie.example:993", Sending: c.sending, Cause: fmt.Errorf("%w: closed", c.cause)})
		if got := explain.Words(err); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v: %s", err, got)
		}
	}
}

// nobody is whom the test's second process runs as: root may write everywhere.
const nobody = 65534

func TestMain(m *testing.M) {
	if dir := os.Getenv("AIRIAL_TEST_INSTALLATION"); dir != "" {
		fmt.Print(explain.Words(openOnce(context.Background(), dir)))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// openOnce opens an installation and its data, as a start does.
func openOnce(ctx context.Context, dir string) error {
	phrase := func(context.Context) ([]byte, error) { return []byte("une longue phrase de passe"), nil }
	o, err := office.Open(ctx, office.Options{Dir: dir, Passphrase: phrase, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{Dir: filepath.Join(dir, "halls", "214000001"), Now: time.Now})
	if err == nil {
		err = db.Close()
	}
	return errors.Join(err, o.Close())
}

// as opens the installation as somebody who may not write in folders of others, and gives the words of what came of it.
func as(t *testing.T, dir string) string {
	t.Helper()
	program := filepath.Join(filepath.Dir(dir), "essai")
	content, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(program, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), "AIRIAL_TEST_INSTALLATION="+dir)
	if os.Getuid() == 0 {
		unprivileged(c)
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("rights are lists there")
	}
	reach := func(dir string, mode os.FileMode) string {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
		return dir
	}
	home, err := os.MkdirTemp("", "airial-essai-") // a test's own folder is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	reach(home, 0o755)
	said := as(t, filepath.Join(home, "jamais fait"))
	if !strings.Contains(said, "ne peut pas écrire") || !strings.Contains(said, "installateur") || !strings.Contains(said, "intact") {
		t.Errorf("a profile that cannot be written: %q", said)
	}

	// The data are there, and the profile became read-only since.
	data := filepath.Join(home, "airial")
	if err := openOnce(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	err = filepath.Walk(data, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		if info.IsDir() {
			return os.Chmod(path, 0o555)
		}
		return os.Chmod(path, 0o444)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.Walk(data, func(path string, _ os.FileInfo, _ error) error { return os.Chmod(path, 0o755) })
	})
	if said := as(t, data); !strings.Contains(said, "lecture seule") && !strings.Contains(said, "ne permet pas") || !strings.Contains(said, "intact") {
		t.Errorf("data that became read-only: %q", said)
	}
}

// deepFolder makes a folder at the end of a path of so many long names.
func deepFolder(t *testing.T, names int) string {
	t.Helper()
	dir := t.TempDir()
	for range names {
		dir = filepath.Join(dir, strings.Repeat("dossier de la commune ", 4))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// What the system says of a file is told with what is safe and what to do, by whatever road it comes.
func TestWordsOfTheSystem(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("é", 300))
	_, tooLong := os.Create(long)
	deep, deeper := deepFolder(t, 4), deepFolder(t, 6)
	if err := openOnce(t.Context(), filepath.Join(deep, "airial")); err != nil || len(deep) < 300 {
		t.Errorf("an installation at the end of %d characters: %v", len(deep), err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{tooLong, "trop long"},
		{openOnce(t.Context(), filepath.Join(deeper, "airial")), "trop long"},
		{&os.PathError{Op: "open", Path: "/mairie", Err: syscall.EROFS}, "lecture seule"},
		{fmt.Errorf("opening: %w", store.ErrNewer), "plus récente"},
		{fmt.Errorf("opening: %w", store.ErrReadOnly), "lecture seule"},
	} {
		var told *explain.Told
		if err := explain.Error(c.err); !errors.As(err, &told) || !strings.Contains(told.What, c.want) || told.Safe == "" || told.Todo == "" {
			t.Errorf("%v: %+v", c.err, told)
		}
	}
}
