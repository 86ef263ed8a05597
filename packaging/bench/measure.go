package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"alpi40.fr/airial/packaging/bench/pairs"
)

const tags = "migrated_fynedo,x11"

// house is where the runner works: the sources and the folder of what it makes.
type house struct {
	root  string // of the repository
	out   string // bench/
	pairs int
	quick bool
	log   io.Writer
	built map[string]string // package → its test program
	known map[string]sample // what was run → what it gave
}

// sample is one measure by name and unit.
type sample map[string]map[string][]float64

// read takes what benchmarks printed, in Go's format; lines that are not are passed over.
func (s sample) read(text []byte, file string) error {
	r := benchfmt.NewReader(bytes.NewReader(text), file)
	for r.Scan() {
		result, ok := r.Result().(*benchfmt.Result)
		if !ok {
			continue // a unit's metadata, or a line that is not one
		}
		name := plain(string(result.Name.Full()))
		if s[name] == nil {
			s[name] = map[string][]float64{}
		}
		for _, v := range result.Values {
			s[name][v.Unit] = append(s[name][v.Unit], v.Value)
		}
	}
	return r.Err()
}

// plain is a result's name without the number of processors at its end.
func plain(name string) string {
	if at := strings.LastIndexByte(name, '-'); at > 0 {
		if _, err := strconv.Atoi(name[at+1:]); err == nil && !strings.Contains(name[at:], "/") {
			return name[:at]
		}
	}
	return name
}

// errAbsent says that a peer is not on this machine.
var errAbsent = errors.New("n’est pas installé")

// measure runs one line and gives what came of it; what stops it becomes its note.
func (h *house) measure(ctx context.Context, l Line) Result {
	began := time.Now()
	out := Result{Line: l}
	if err := h.measured(ctx, l, &out); err != nil {
		out.Note = err.Error()
	}
	out.Took = time.Since(began).Seconds()
	return out
}

func (h *house) measured(ctx context.Context, l Line, out *Result) error {
	for _, program := range l.Needs {
		if !there(program) {
			return fmt.Errorf("%s %w", program, errAbsent)
		}
	}
	env := append(unset(l.Env), pairs.Number+"="+strconv.Itoa(h.pairs))
	if h.quick {
		env = append(env, l.Quick...)
	}
	got, err := h.run(ctx, l.Package, l.Module, l.Bench, cmp.Or(l.Time, "1x"), l.runs(h.pairs), env)
	if err != nil {
		return err
	}
	values := got[l.Bench]
	ours, theirs := l.Ours, l.Theirs
	if ours == "" {
		for unit := range values {
			if rest, ok := strings.CutPrefix(unit, "airial-"); ok && len(values["peer-"+rest]) > 0 {
				ours, theirs = unit, "peer-"+rest
			}
		}
	}
	a := values[ours]
	if len(a) == 0 {
		return fmt.Errorf("la mesure %s n’a rien donné", l.Bench)
	}
	p := values[theirs]
	if l.Limit > 0 {
		p = slices.Repeat([]float64{l.Limit}, len(a))
	}
	if len(p) != len(a) {
		return fmt.Errorf("%d mesures d’Airial et %d de %s", len(a), len(p), l.Peer)
	}
	out.fill(cmp.Or(l.Unit, unitOf(ours)), a, p)
	return nil
}

// unset are the sizes that the line asks for, but those that who runs the bench has said.
func unset(env []string) (out []string) {
	for _, one := range env {
		if name, _, _ := strings.Cut(one, "="); os.Getenv(name) == "" {
			out = append(out, one)
		}
	}
	return out
}

// unitOf is what a measure counts in: what stands behind the last hyphen, tidied as benchfmt does.
func unitOf(metric string) string {
	unit := metric[strings.LastIndexByte(metric, '-')+1:]
	if unit == "sec/op" {
		return "s"
	}
	return unit
}

// run has one benchmark of a package run count times, and gives all its results.
func (h *house) run(ctx context.Context, pkg string, module bool, bench, lasting string, count int, env []string) (sample, error) {
	asked := strings.Join(append([]string{pkg, bench, lasting, strconv.Itoa(count)}, env...), " ")
	if got := h.known[asked]; got != nil {
		return got, nil // another line reads the same run
	}
	program, err := h.build(ctx, pkg, module)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(h.out, "pairs.txt")
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	pattern := "^Benchmark" + strings.ReplaceAll(bench, "/", "$/^") + "$"
	ctx, stop := context.WithTimeout(ctx, 20*time.Minute)
	defer stop()
	c := exec.CommandContext(ctx, program, "-test.run=^$", "-test.bench="+pattern, "-test.benchtime="+lasting, "-test.count="+strconv.Itoa(count), "-test.timeout=19m")
	c.Dir = filepath.Dir(program)
	if !module {
		c.Dir = filepath.Join(h.root, pkg)
	}
	c.Env = append(append(os.Environ(), "LIBGL_ALWAYS_SOFTWARE=1", pairs.File+"="+file), env...)
	c.WaitDelay = 10 * time.Second // what it had started may hold its output open
	text, err := c.CombinedOutput()
	if err != nil {
		fmt.Fprintf(h.log, "%s: %v\n%s\n", bench, err, text)
		return nil, fmt.Errorf("la mesure s’est arrêtée: %w: %s", err, lastLine(text))
	}
	got := sample{}
	written, err := os.ReadFile(file)
	switch {
	case err == nil:
		err = got.read(written, file)
	case errors.Is(err, os.ErrNotExist):
		err = got.read(text, bench)
	}
	if err == nil && len(got) == 0 {
		err = fmt.Errorf("passée: %s", lastLine(text))
	}
	if err == nil {
		h.known[asked] = got
	}
	return got, err
}

// lastLine is what a program that stopped said: its last line that says something.
func lastLine(text []byte) string {
	said := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || line == "FAIL" || line == "PASS" || strings.HasPrefix(line, "exit status") || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "goos") {
			continue
		}
		said = line
	}
	return string([]rune(said)[:min(len([]rune(said)), 160)])
}

// build compiles the test program of a package, once.
func (h *house) build(ctx context.Context, pkg string, module bool) (string, error) {
	if done := h.built[pkg]; done != "" {
		return done, nil
	}
	dir := filepath.Join(h.out, "bin")
	if module {
		dir = filepath.Join(h.out, "peers")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	program := filepath.Join(dir, strings.ReplaceAll(strings.Trim(pkg, "./"), "/", "_")+".test")
	c := exec.CommandContext(ctx, "go", "test", "-c", "-tags", tags, "-o", program, "./"+pkg)
	c.Dir = h.root
	if module {
		if err := h.peersModule(ctx, dir); err != nil {
			return "", err
		}
		c.Dir, c.Args[len(c.Args)-1] = dir, "."
		c.Env = append(os.Environ(), "GOFLAGS=-mod=mod") // its own sums follow what ours requires
	}
	if text, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s ne se compile pas: %w: %s", pkg, err, lastLine(text))
	}
	h.built[pkg] = program
	return program, nil
}

// peersModule lays out the module of the peers that are Go libraries, which no go.mod of ours names.
func (h *house) peersModule(ctx context.Context, dir string) error {
	from := filepath.Join(h.root, "packaging", "bench", "peers")
	for source, name := range map[string]string{"go.mod": "go.mod", "go.sum": "go.sum", "lot_test.go.txt": "lot_test.go"} {
		text, err := os.ReadFile(filepath.Join(from, source))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	c := exec.CommandContext(ctx, "go", "mod", "edit", "-replace", "alpi40.fr/airial="+h.root)
	c.Dir = dir
	if text, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("peers: %w: %s", err, text)
	}
	return nil
}

// there tells whether a peer is on this machine: a program, or what npm brought.
func there(program string) bool {
	if name, ok := strings.CutPrefix(program, "npm:"); ok {
		_, err := os.Stat(filepath.Join(os.Getenv("AIRIAL_BENCH_NODE"), name))
		return err == nil
	}
	_, err := exec.LookPath(program)
	return err == nil
}
