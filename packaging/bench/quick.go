package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// moved is how far a ratio may go from the one that is kept before it is told.
const moved = 0.15

// kept are the ratios that make bench-quick holds its own against.
//
//go:embed ratios.json
var kept []byte

// quickly measures the short lines with three pairs and tells which ratios moved.
func (h *house) quickly(ctx context.Context, chosen *regexp.Regexp, keep bool) error {
	before := map[string]float64{}
	if err := json.Unmarshal(kept, &before); err != nil {
		return fmt.Errorf("ratios.json: %w", err)
	}
	h.pairs = min(h.pairs, 3)
	now := map[string]float64{}
	began := time.Now()
	for _, l := range lines {
		if l.Quick == nil || !chosen.MatchString(l.chosenBy()) || ctx.Err() != nil {
			continue
		}
		r := h.measure(ctx, l)
		fmt.Println(comparison(r, before))
		if r.Note == "" {
			now[l.key()] = math.Round(r.Ratio.Median*1000) / 1000
		}
	}
	fmt.Println("En " + quantity(time.Since(began).Seconds(), "s") + ".")
	if !keep || ctx.Err() != nil {
		return ctx.Err()
	}
	for name, ratio := range before {
		if _, measured := now[name]; !measured {
			now[name] = ratio
		}
	}
	text, err := json.MarshalIndent(now, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(h.root, "packaging", "bench", "ratios.json"), append(text, '\n'), 0o644)
}

func (l Line) key() string { return l.Package + " " + l.Bench }

// comparison says what a line's ratio is and, when it moved, from what.
func comparison(r Result, before map[string]float64) string {
	head := fmt.Sprintf("  [%s] %s", r.Group, r.Name)
	if r.Note != "" {
		return head + ": " + r.Note
	}
	was, known := before[r.key()]
	switch change := r.Ratio.Median/was - 1; {
	case !known:
		return fmt.Sprintf("%s: %s, pas encore gardé", head, r.Ratio.times())
	case change > moved:
		return fmt.Sprintf("▲ [%s] %s: %s, de ×%s: mieux de %.0f %%", r.Group, r.Name, r.Ratio.times(), number(was), 100*change)
	case change < -moved:
		return fmt.Sprintf("▼ [%s] %s: %s, de ×%s: moins bien de %.0f %%", r.Group, r.Name, r.Ratio.times(), number(was), -100*change)
	}
	return fmt.Sprintf("%s: %s", head, r.Ratio.times())
}
