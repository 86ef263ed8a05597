package control_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"alpi40.fr/airial/cmd/internal/control"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/signature/token"
	"alpi40.fr/airial/sync/server"
	"alpi40.fr/airial/sync/server/embedded"
)

// The demonstration starts this very program as the token's helper.
func TestMain(m *testing.M) {
	if token.RunHelperIfAsked(os.Args[1:], os.Stdin, os.Stdout) {
		return
	}
	os.Exit(m.Run())
}

type report struct {
	Held  bool
	Steps []struct {
		Name string
		Held bool
	}
	Files []struct{ Name, SHA256 string }
}

func play(t *testing.T, args ...string) (dir string, r report) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "out")
	var out, fault bytes.Buffer
	if code := control.Main(context.Background(), append([]string{"demo", "--out", dir}, args...), &out, &fault); code != 0 {
		t.Fatalf("exit %d\n%s%s", code, out.String(), fault.String())
	}
	text, err := os.ReadFile(filepath.Join(dir, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	if !r.Held || len(r.Steps) != 8 || len(r.Files) < 9 {
		t.Fatalf("%+v", r)
	}
	return dir, r
}

// The main job holds on its own letter and on PDFs that other programs made;
// what it signs is verified by poppler and qpdf.
func TestDemoHoldsOnPDFsOfOtherPrograms(t *testing.T) {
	folder := t.TempDir()
	documents := map[string]string{"the demonstration's own letter": ""}
	gs := filepath.Join(folder, "ghostscript.pdf")
	if err := exec.Command("gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-sOutputFile="+gs, "-c",
		"/Helvetica findfont 18 scalefont setfont 72 700 moveto (Convention) show showpage 72 700 moveto (Annexe) show showpage").Run(); err == nil {
		documents["Ghostscript"] = gs
		packed := filepath.Join(folder, "objets.pdf")
		if err := exec.Command("qpdf", "--object-streams=generate", gs, packed).Run(); err == nil {
			documents["qpdf, object streams"] = packed
		}
	}
	for name, path := range documents {
		t.Run(name, func(t *testing.T) {
			var args []string
			signed := "signe-lettre-de-commande.pdf"
			if path != "" {
				args, signed = []string{"--document", path}, "signe-"+filepath.Base(path)
			}
			dir, _ := play(t, args...)
			verify(t, filepath.Join(dir, signed), 1)
			verify(t, filepath.Join(dir, "deliberation-signee.pdf"), 2)
		})
	}
}

func verify(t *testing.T, path string, signatures int) {
	t.Helper()
	if _, err := exec.LookPath("pdfsig"); err == nil {
		out, _ := exec.Command("pdfsig", "-nocert", path).CombinedOutput()
		if n := strings.Count(string(out), "Signature is Valid."); n != signatures {
			t.Errorf("pdfsig finds %d of %d signatures valid in %s:\n%s", n, signatures, path, out)
		}
	}
	if _, err := exec.LookPath("qpdf"); err == nil {
		if out, err := exec.Command("qpdf", "--check", path).CombinedOutput(); err != nil {
			t.Errorf("qpdf: %v\n%s", err, out)
		}
	}
}

func TestDemoNamesTheStepThatFails(t *testing.T) {
	text := filepath.Join(t.TempDir(), "texte.pdf")
	if err := os.WriteFile(text, []byte("ceci n’est pas un PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, fault bytes.Buffer
	dir := t.TempDir()
	if code := control.Main(context.Background(), []string{"demo", "--out", dir, "--document", text}, &out, &fault); code != 1 {
		t.Fatalf("exit %d", code)
	}
	if !strings.Contains(fault.String(), "étape 2") {
		t.Errorf("the step is not named: %s", fault.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "report.json")); err != nil {
		t.Error(err)
	}
}

// The installer's path: enrol, look, back up, restore, with a passphrase for want of a keyring.
func TestInstallersCommands(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	o := embedded.Options{Dir: filepath.Join(dir, "server"), Now: time.Now, Rand: rand.Reader}
	if err := embedded.Init(o, "alpi", []string{"127.0.0.1"}); err != nil {
		t.Fatal(err)
	}
	s, err := embedded.Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Serve(serving, listener) }()
	defer func() { stop(); <-done; s.Close() }()
	if err := s.AddAuthority(ctx, server.Authority{ID: "111111111", Name: "Commune d’essai"}); err != nil {
		t.Fatal(err)
	}
	code, err := s.NewCode(ctx, "111111111")
	if err != nil {
		t.Fatal(err)
	}
	phrase := filepath.Join(dir, "phrase")
	if err := os.WriteFile(phrase, []byte("une longue phrase de passe pour l’essai\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AIRIAL_PASSPHRASE_FILE", phrase)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "aucun"))
	home := filepath.Join(dir, "airial")
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := control.Main(ctx, args, &out, &out); code != want {
			t.Fatalf("%v: exit %d\n%s", args, code, out.String())
		}
		return out.String()
	}
	certificate := filepath.Join(dir, "server", "tls.crt")
	codeFile := filepath.Join(dir, "code")
	if err := os.WriteFile(codeFile, []byte(code+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(1, "enrol", "--dir", home, "--server", "https://"+listener.Addr().String(), "--code-file", codeFile, "--name", "poste") // its certificate is not trusted
	run(0, "enrol", "--dir", home, "--server", "https://"+listener.Addr().String(), "--certificate", certificate, "--code-file", codeFile, "--name", "poste")
	if said := run(0, "doctor", "--dir", home); !strings.Contains(said, "intacts") {
		t.Error(said)
	}
	if said := run(1, "gateway", "--dir", home, "--address", "127.0.0.1:8186"); !strings.Contains(said, "mot de passe") {
		t.Error(said)
	}
	// What the agency hands out, on a computer without a line.
	handed, err := s.MakeParcel("module-essai", map[string][]byte{"module.json": []byte(`{"title": "Essai", "pages": [{"title": "Une page", "text": "Un texte."}]}`)}, 4)
	if err != nil {
		t.Fatal(err)
	}
	colis := filepath.Join(dir, "colis.zip")
	if err := os.WriteFile(colis, handed, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := run(0, "parcel", "--dir", home, colis); !strings.Contains(said, "« module-essai » n° 4") {
		t.Error(said)
	}
	if said := run(1, "parcel", "--dir", home, colis); !strings.Contains(said, "déjà là") {
		t.Error(said)
	}
	run(1, "parcel", "--dir", home, codeFile)
	answersBusinessSoftware(t, home)
	archivesFolder(t, home, phrase, run)
	setsThirdParty(t, dir, home, run)
	backup := strings.TrimSpace(run(0, "backup", "--dir", home, "--to", dir))
	run(0, "restore", "--dir", home, "--from", backup, "--authority", "111111111", "--to", filepath.Join(dir, "restored"))
	run(1, "restore", "--dir", home, "--from", backup, "--authority", "111111111", "--to", filepath.Join(dir, "restored"))
	run(1, "restore", "--dir", home, "--from", phrase, "--authority", "111111111", "--to", filepath.Join(dir, "autre"))

	// The computer is lost: its recovery sheet opens the backup on a new one.
	sheet := filepath.Join(dir, "fiche")
	if err := os.WriteFile(sheet, []byte(recoveryCode(t, home, phrase)), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "neuf")
	run(1, "recover", "--dir", other, "--code-file", phrase)
	run(0, "recover", "--dir", other, "--code-file", sheet)
	run(0, "restore", "--dir", other, "--from", backup, "--authority", "111111111", "--to", filepath.Join(dir, "retrouvé"))
}

// answersBusinessSoftware opens the door from the command line, with a new password.
func answersBusinessSoftware(t *testing.T, home string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	from, to := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- control.Main(ctx, []string{"gateway", "--dir", home, "--address", address, "--new-password"}, to, to)
		to.Close()
	}()
	lines := bufio.NewScanner(from)
	var password, url string
	for url == "" && lines.Scan() {
		words := strings.Fields(lines.Text())
		if strings.HasPrefix(lines.Text(), "mot de passe") {
			password = words[len(words)-1]
		} else {
			url = words[len(words)-1]
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><echoRequest xmlns="http://www.adullact.org/spring-ws/iparapheur/1.0">bonjour</echoRequest></e:Body></e:Envelope>`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "text/xml")
	r.SetBasicAuth("compta", password)
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if text, err := io.ReadAll(w.Body); err != nil || !bytes.Contains(text, []byte("bonjour")) {
		t.Errorf("%s %v", text, err)
	}
	stop()
	if got := <-code; got != 0 {
		t.Errorf("exit %d", got)
	}
}

func recoveryCode(t *testing.T, home, phrase string) string {
	t.Helper()
	o, err := office.Open(context.Background(), office.Options{Dir: home, Now: time.Now, Rand: rand.Reader,
		Passphrase: func(context.Context) ([]byte, error) {
			text, err := os.ReadFile(phrase)
			return bytes.TrimSpace(text), err
		}})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	code, err := o.Recovery()
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestHelpAndMistakes(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 0, "airialctl demo"}, {[]string{"--help"}, 0, "COMMANDE"}, {[]string{"--version"}, 0, "airialctl"},
		{[]string{"demo"}, 2, "--out"}, {[]string{"inconnue"}, 2, "inconnue"}, {[]string{"verify", "/nulle/part.pdf"}, 1, "part.pdf"},
	} {
		var out bytes.Buffer
		if code := control.Main(context.Background(), c.args, &out, &out); code != c.code || !strings.Contains(out.String(), strings.Fields(c.says)[0]) {
			t.Errorf("%v: exit %d, %s", c.args, code, out.String())
		}
	}
}
