package desk

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"alpi40.fr/airial/cmd/internal/demo"
	"alpi40.fr/airial/cmd/internal/office"
	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store/keys"
	"alpi40.fr/airial/packaging/bench/pairs"
	"alpi40.fr/airial/sync/client"
)

// folderRing is a keyring in a folder, for one that is open without a desktop.
type folderRing string

func (r folderRing) path(account string) string { return filepath.Join(string(r), account) }
func (r folderRing) Get(_, account string) (string, error) {
	text, err := os.ReadFile(r.path(account))
	if errors.Is(err, os.ErrNotExist) {
		return "", keys.ErrKeyMissing
	}
	return string(text), err
}
func (r folderRing) Set(_, account, secret string) error {
	return os.WriteFile(r.path(account), []byte(secret), 0o600)
}
func (r folderRing) Delete(_, account string) error { return os.Remove(r.path(account)) }

// deskOf fills home with an authority whose mayor has folders to sign.
func deskOf(b *testing.B, home string) {
	b.Helper()
	ctx := b.Context()
	b.Setenv("XDG_CONFIG_HOME", home)
	stop, address, code, err := serveCommune(ctx, filepath.Join(b.TempDir(), "server"))
	if err != nil {
		b.Fatal(err)
	}
	dir, err := office.Folder()
	if err != nil {
		b.Fatal(err)
	}
	o, err := office.Open(ctx, office.Options{Dir: dir, Keyring: folderRing(home), Now: time.Now, Rand: rand.Reader})
	if err != nil {
		b.Fatal(err)
	}
	h, err := o.Enrol(ctx, client.Server{URL: address}, code, "Poste d’essai")
	if err != nil {
		b.Fatal(err)
	}
	mayor := authority.NewMayor("Mme", "Maïté", "Fictive")
	if mayor.ID, err = h.People.Put(ctx, "essai", mayor); err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(h.People.Describe(ctx, mayor.ID, authority.NewCommune(h.ID(), "Commune d’essai", "Essai", "40998", 850)), h.SetPerson(ctx, mayor.ID)); err != nil {
		b.Fatal(err)
	}
	for i := range pairs.Size("AIRIAL_BENCH_FOLDERS", 10_000) {
		id, err := h.Folders.Import(ctx, mayor.ID, parapheur.Import{Title: fmt.Sprintf("Dossier de mesure n° %d", i), Kind: parapheur.Letter, Route: parapheur.UsualRoute()[1:],
			Files: []parapheur.File{{Name: "lettre.pdf", Content: demo.Letter, Pages: 2}}})
		if err == nil {
			err = h.Folders.Send(ctx, mayor.ID, id)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(o.Close(), stop()); err != nil {
		b.Fatal(err)
	}
}

// tellDrawn lays over the desk what tells when the first folders are drawn: a
// picture is asked for when it is painted.
func tellDrawn(d *desk) {
	told := false
	var drawn *canvas.Raster
	drawn = canvas.NewRaster(func(w, h int) image.Image {
		there := false
		v := view{}
		v.walk(d.w.Canvas().Content(), fyne.Position{}, nil, nil)
		for _, t := range v.texts {
			there = there || strings.Contains(t.text, "Dossier de mesure")
		}
		switch {
		case told:
		case there:
			told = true
			fmt.Println("drawn")
		default:
			time.AfterFunc(time.Millisecond, func() { fyne.Do(drawn.Refresh) })
		}
		return image.NewRGBA(image.Rect(0, 0, w, h))
	})
	d.w.SetContent(container.NewStack(d.w.Content(), container.NewWithoutLayout(drawn)))
	drawn.Resize(fyne.NewSize(1, 1))
}

// benchPlay waits to be let go.
func benchPlay(context.Context, *desk) error {
	var b [1]byte
	_, _ = os.Stdin.Read(b[:])
	return nil
}

// shown starts a program on a screen and gives how long its first frame took and,
// once it has come to rest, its resident memory in bytes.
func shown(b *testing.B, display string, env []string, name string) (first time.Duration, resident int64) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, name)
	command.Env = append(append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", "DISPLAY="+display), env...)
	in, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "drawn" {
	}
	first = time.Since(start)
	time.Sleep(8 * time.Second)
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", command.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			resident = kb << 10
		}
	}
	if err := errors.Join(in.Close(), command.Wait()); err != nil {
		b.Fatal(err)
	}
	return first, resident
}

// BenchmarkFirstFrame opens a bare Fyne window and the desk of a mayor for whom
// 10,000 folders wait (AIRIAL_BENCH_FOLDERS says another number), one after the other: from the start of the program to the
// first frame that shows folders. Medians.
func BenchmarkFirstFrame(b *testing.B) {
	if _, err := exec.LookPath("Xvfb"); err != nil {
		b.Skip("Xvfb is not installed")
	}
	home := b.TempDir()
	bare := filepath.Join(home, "bare")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-tags", "migrated_fynedo,x11", "-o", bare, "./testdata/bare").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	deskOf(b, home)
	const display = ":97"
	screen := exec.CommandContext(b.Context(), "Xvfb", display, "-screen", "0", "1366x768x24")
	if err := screen.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _ = screen.Process.Kill(); _ = screen.Wait() }()
	time.Sleep(time.Second)
	env := []string{"HOME=" + home, "XDG_CONFIG_HOME=" + home, "XDG_CACHE_HOME=" + home}
	measured := append(env, "AIRIAL_TEST_WINDOW=bench", "AIRIAL_TEST_JOB=bench")
	shown(b, display, measured, os.Args[0]) // what is compiled once and kept
	var bares, desks []time.Duration
	var least, most int64
	for range pairs.Size(pairs.Number, 5) {
		one, alone := shown(b, display, env, bare)
		two, resident := shown(b, display, measured, os.Args[0])
		bares, desks, most = append(bares, one), append(desks, two), max(most, resident)
		least = max(least, alone)
		pairs.Add(b, "s", two.Seconds(), one.Seconds())
		pairs.Add(b, "MiB", float64(resident)/(1<<20), float64(alone)/(1<<20))
	}
	slices.Sort(bares)
	slices.Sort(desks)
	bareTime, deskTime := bares[len(bares)/2], desks[len(desks)/2]
	b.ReportMetric(float64(bareTime.Milliseconds()), "bare-ms")
	b.ReportMetric(float64(deskTime.Milliseconds()), "desk-ms")
	b.ReportMetric(float64(deskTime)/float64(bareTime), "ratio")
	b.ReportMetric(float64(most)/(1<<20), "resident-MiB")
	b.ReportMetric(float64(least)/(1<<20), "bare-MiB")
	b.ReportMetric(0, "ns/op")
}
