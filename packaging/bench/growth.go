package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"alpi40.fr/airial/packaging/bench/pairs"
)

// grow runs a curve: each result of its benchmark is named by its size. Three runs, and the median of each; one where
// larger sizes were asked for, whose filling takes minutes.
func (h *house) grow(ctx context.Context, c Curve) Growth {
	began := time.Now()
	out := Growth{Curve: c}
	if err := h.grown(ctx, c, &out); err != nil {
		out.Note = err.Error()
	}
	out.Took = time.Since(began).Seconds()
	return out
}

func (h *house) grown(ctx context.Context, c Curve, out *Growth) error {
	runs := 3
	if os.Getenv(pairs.Growth) != "" {
		runs = 1
	}
	got, err := h.run(ctx, c.Package, false, c.Bench+"/.*", "0.2s", runs, unset(c.Env))
	if err != nil {
		return err
	}
	unit := cmp.Or(c.Unit, "sec/op")
	for name, values := range got {
		size, err := strconv.ParseFloat(path.Base(name), 64)
		if err != nil || len(values[unit]) == 0 {
			continue
		}
		out.Sizes = append(out.Sizes, size)
	}
	slices.Sort(out.Sizes)
	for _, size := range out.Sizes {
		cost := pairs.Median(got[c.Bench+"/"+strconv.FormatFloat(size, 'f', -1, 64)][unit])
		if cost <= 0 || math.IsNaN(cost) {
			return fmt.Errorf("rien de mesuré pour %s", number(size))
		}
		out.Costs = append(out.Costs, cost)
	}
	if len(out.Sizes) < 2 {
		return fmt.Errorf("une courbe veut deux tailles au moins")
	}
	out.Exponent = fit(out.Sizes, out.Costs)
	return nil
}
