package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"time"
)

// Report is report.json: what each step did, and what it left.
type Report struct {
	Version string  `json:"version"`
	Held    bool    `json:"held"`
	Steps   []Step  `json:"steps"`
	Files   []Left  `json:"files"`
	Seconds float64 `json:"seconds"`
}

// Step is one step of the main job.
type Step struct {
	Number       int      `json:"number"`
	Name         string   `json:"name"`
	Held         bool     `json:"held"`
	Seen         []string `json:"seen"` // what was observed, in French
	Fault        string   `json:"fault,omitempty"`
	Milliseconds int64    `json:"milliseconds"`
}

// Left is a file left in the folder.
type Left struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

// play is the demonstration under way.
type play struct {
	out    string
	now    func() time.Time
	report Report
	step   *Step
}

// saw notes what a step observed.
func (p *play) saw(format string, args ...any) {
	p.step.Seen = append(p.step.Seen, fmt.Sprintf(format, args...))
}

// leave writes a file into the folder.
func (p *play) leave(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(p.out, name), content, 0o600); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	sum := sha256.Sum256(content)
	p.report.Files = append(p.report.Files, Left{Name: name, SHA256: hex.EncodeToString(sum[:]), Bytes: len(content)})
	return nil
}

// act runs one step; its failure ends the demonstration.
func (p *play) act(ctx context.Context, name string, do func(context.Context) error, tell func(Step)) error {
	p.report.Steps = append(p.report.Steps, Step{Number: len(p.report.Steps) + 1, Name: name, Seen: []string{}})
	p.step = &p.report.Steps[len(p.report.Steps)-1]
	began := p.now()
	err := do(ctx)
	p.step.Milliseconds = p.now().Sub(began).Milliseconds()
	p.step.Held = err == nil
	if err != nil {
		p.step.Fault = err.Error()
		err = fmt.Errorf("étape %d, %s : %w", p.step.Number, name, err)
	}
	if tell != nil {
		tell(*p.step)
	}
	return err
}

// write leaves report.json, whatever happened.
func (p *play) write() error {
	sort.Slice(p.report.Files, func(i, j int) bool { return p.report.Files[i].Name < p.report.Files[j].Name })
	text, err := json.MarshalIndent(p.report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(p.out, "report.json"), append(text, '\n'), 0o600)
}
