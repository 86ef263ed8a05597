// Command bench measures Airial beside its peers, on the same inputs and in turn, and writes one table:
//
//	go run ./packaging/bench                   all lines (make bench)
//	go run ./packaging/bench -lines signature  some: a regular expression over group, name and peer
//	go run ./packaging/bench -quick            the short ones, against the ratios that are kept
//
// Each figure stands beside a peer that does the same work, or beside a limit that nobody passes. Lines are
// data (table.go); what they name are benchmarks of the packages themselves, which make their pairs with
// packaging/bench/pairs. A peer that is not on this machine is a line that says so.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"alpi40.fr/airial/packaging/bench/pairs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// Report is a whole run, as results.json keeps it.
type Report struct {
	Machine string
	Commit  string
	At      time.Time
	Load    string   // of the machine, before and after
	Sizes   []string // the variables that change the inputs
	Peers   []string
	Took    float64 // seconds
	Results []Result
	Growths []Growth
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := flags.String("lines", "", "lignes à mesurer: expression sur «groupe nom pair»")
	quick := flags.Bool("quick", false, "les lignes courtes seules, contre les rapports gardés")
	keep := flags.Bool("keep", false, "avec -quick: garde les rapports mesurés; sinon: le tableau complet dans RESULTS.md")
	again := flags.String("again", "", "lignes à mesurer de nouveau dans le tableau du dernier passage complet, dont les autres lignes restent")
	resume := flags.Bool("resume", false, "reprend un passage interrompu: ce qui est déjà mesuré pour ce commit le reste")
	out := flags.String("out", "bench", "dossier de ce qui est fait")
	if err := flags.Parse(args); err != nil {
		return err
	}
	chosen, err := regexp.Compile("(?i)" + *only)
	if err != nil {
		return fmt.Errorf("-lines: %w", err)
	}
	if *again != "" {
		if chosen, err = regexp.Compile("(?i)" + *again); err != nil {
			return fmt.Errorf("-again: %w", err)
		}
	}
	if *keep && !*quick && *only != "" {
		return errors.New("-keep veut toutes les lignes: le tableau des sources est complet")
	}
	root, err := rootOf()
	if err != nil {
		return err
	}
	folder, err := filepath.Abs(*out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(folder, "log.txt"))
	if err != nil {
		return err
	}
	defer log.Close()
	h := &house{root: root, out: folder, pairs: pairs.Size(pairs.Number, 5), quick: *quick, log: log, built: map[string]string{}, known: map[string]sample{}}
	if *quick {
		return h.quickly(ctx, chosen, *keep)
	}
	if *again != "" {
		return h.again(ctx, chosen, *keep)
	}
	return h.wholly(ctx, chosen, *resume, *keep)
}

// again measures some lines of the last run anew; each says at which commit.
func (h *house) again(ctx context.Context, chosen *regexp.Regexp, keep bool) error {
	r, err := h.last()
	if err != nil {
		return err
	}
	commit := h.commit(ctx)
	for _, l := range lines {
		if !chosen.MatchString(l.chosenBy()) {
			continue
		}
		one := h.measure(ctx, l)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Println(lineOf(one))
		if commit != r.Commit {
			one.Commit = commit
		}
		r.replace(one)
		if err := h.write(r, keep); err != nil {
			return err
		}
	}
	for _, c := range curves {
		if !chosen.MatchString("croissance " + c.Name) {
			continue
		}
		one := h.grow(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		fmt.Println(growthLine(one))
		if commit != r.Commit {
			one.Commit = commit
		}
		r.replaceGrowth(one)
		if err := h.write(r, keep); err != nil {
			return err
		}
	}
	return nil
}

// last is the last complete run: that of this checkout, else the one that the sources keep.
func (h *house) last() (r Report, err error) {
	for _, file := range []string{filepath.Join(h.out, results), filepath.Join(h.kept(), results)} {
		text, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(text, &r)
		}
		if err != nil {
			return r, fmt.Errorf("%s: %w", file, err)
		}
		return r, nil
	}
	return r, errors.New("aucun passage complet n’est gardé: «make bench» en fait un")
}

// replace puts a line in the place of what was measured of it before.
func (r *Report) replace(one Result) {
	for i, former := range r.Results {
		if former.Package == one.Package && former.Bench == one.Bench && former.Name == one.Name {
			r.Results[i] = one
			return
		}
	}
	r.Results = append(r.Results, one)
}

// replaceGrowth does so for a curve.
func (r *Report) replaceGrowth(one Growth) {
	for i, former := range r.Growths {
		if former.Package == one.Package && former.Bench == one.Bench {
			r.Growths[i] = one
			return
		}
	}
	r.Growths = append(r.Growths, one)
}

// results is the file of all that a run gave.
const results = "results.json"

// kept is the folder of what the sources keep.
func (h *house) kept() string { return filepath.Join(h.root, "packaging", "bench") }

// wholly measures and writes the table, after each line what there is so far.
func (h *house) wholly(ctx context.Context, chosen *regexp.Regexp, resume, keep bool) error {
	r := Report{Machine: machine(), Commit: h.commit(ctx), At: time.Now(), Load: load(), Peers: versions(ctx), Sizes: sizes()}
	file := filepath.Join(h.out, results)
	known := Report{}
	if resume {
		if text, err := os.ReadFile(file); err == nil {
			if err := json.Unmarshal(text, &known); err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
		}
		if known.Commit != r.Commit {
			known = Report{}
		}
	}
	began := time.Now()
	for _, l := range lines {
		if !chosen.MatchString(l.chosenBy()) || ctx.Err() != nil {
			continue
		}
		one, found := known.result(l)
		if !found {
			one = h.measure(ctx, l)
			fmt.Println(lineOf(one))
		}
		r.Results = append(r.Results, one)
		if err := h.write(r, false); err != nil {
			return err
		}
	}
	for _, c := range curves {
		if !chosen.MatchString("croissance "+c.Name) || ctx.Err() != nil {
			continue
		}
		one, found := known.growth(c)
		if !found {
			one = h.grow(ctx, c)
			fmt.Println(growthLine(one))
		}
		r.Growths = append(r.Growths, one)
		if err := h.write(r, false); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("arrêté; «make bench RESUME=1» reprend là: %w", ctx.Err())
	}
	r.Took = time.Since(began).Seconds()
	r.Load += ", puis " + load()
	if err := h.write(r, keep); err != nil {
		return err
	}
	fmt.Println("\nEn " + quantity(r.Took/60, "min") + ". Tableau: " + filepath.Join(h.out, "table.txt") + "; courbes: ratios.svg, growth.svg; tout: results.json; ce qu’ont dit les mesures qui se sont arrêtées: log.txt.")
	return nil
}

// result finds what was measured of a line before, when it was.
func (r Report) result(l Line) (Result, bool) {
	for _, one := range r.Results {
		if one.Bench == l.Bench && one.Package == l.Package && one.Name == l.Name && one.Note == "" {
			return one, true
		}
	}
	return Result{}, false
}

func (r Report) growth(c Curve) (Growth, bool) {
	for _, one := range r.Growths {
		if one.Bench == c.Bench && one.Package == c.Package && one.Note == "" {
			return one, true
		}
	}
	return Growth{}, false
}

// write writes all that is made of a report; keep also puts the table into the sources.
func (h *house) write(r Report, keep bool) error {
	text, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	files := map[string]string{results: string(text) + "\n", "table.txt": table(r), "ratios.svg": ratiosChart(r.Results), "growth.svg": growthChart(r.Growths)}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(h.out, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	if !keep {
		return nil
	}
	for name, content := range map[string]string{"RESULTS.md": markdown(r), results: files[results]} {
		if err := os.WriteFile(filepath.Join(h.kept(), name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// rootOf is the folder of go.mod.
func rootOf() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "FyneApp.toml")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("à lancer dans le dépôt d’Airial")
		}
		dir = filepath.Dir(dir)
	}
}

func (h *house) commit(ctx context.Context) string {
	c := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty")
	c.Dir = h.root
	out, err := c.Output()
	if err != nil {
		return "sans git"
	}
	return strings.TrimSpace(string(out))
}

// former are the variables of sizes that had their names before this program.
var former = []string{"AIRIAL_ACTS", "AIRIAL_DECEASED", "AIRIAL_MAIL", "AIRIAL_LAPTOPS"}

// sizes are the variables of this run that change the inputs.
func sizes() (all []string) {
	for _, one := range os.Environ() {
		name, _, _ := strings.Cut(one, "=")
		if (strings.HasPrefix(name, "AIRIAL_BENCH_") || slices.Contains(former, name)) && name != "AIRIAL_BENCH_NODE" && name != "AIRIAL_BENCH_LIBREOFFICE" {
			all = append(all, one)
		}
	}
	slices.Sort(all)
	return all
}

// machine is what the figures were made on.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
			}
		}
	}
	return fmt.Sprintf("%d cœurs (%s), %s, %s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version())
}

// load is the machine's load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	one, _, _ := strings.Cut(string(text), " ")
	return strings.Replace(one, ".", ",", 1)
}

// versions are those of the peers that Debian brought.
func versions(ctx context.Context) (all []string) {
	for _, name := range debian {
		out, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f=${Version}", name).Output()
		if version := strings.TrimSpace(string(out)); err == nil && version != "" {
			all = append(all, name+" "+version)
		}
	}
	return all
}
