package theme_test

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	base "fyne.io/fyne/v2/theme"

	"alpi40.fr/airial/ui/theme"
)

func luminance(c color.Color) float64 {
	r, g, b, _ := c.RGBA()
	channel := func(v uint32) float64 {
		s := float64(v) / 0xffff
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b)
}

func ratio(a, b color.Color) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// TestContrast holds WCAG 2.1: texts at 4.5 (1.4.3), borders and focus at 3 (1.4.11), on each ground they stand on.
func TestContrast(t *testing.T) {
	test.NewTempApp(t)
	grounds := []fyne.ThemeColorName{base.ColorNameBackground, theme.ColorRail, base.ColorNameOverlayBackground, base.ColorNameSelection}
	texts := []fyne.ThemeColorName{base.ColorNameForeground, theme.ColorMuted, theme.ColorDone, theme.ColorWaiting, theme.ColorLate,
		theme.ColorRefused, base.ColorNamePrimary, base.ColorNameHyperlink}
	for _, mode := range []theme.Mode{theme.Light, theme.Dark, theme.Contrast} {
		th := theme.New(mode, theme.Normal, theme.Fonts{})
		get := func(n fyne.ThemeColorName) color.Color { return th.Color(n, base.VariantLight) }
		check := func(text, ground fyne.ThemeColorName, least float64) {
			if r := ratio(get(text), get(ground)); r < least {
				t.Errorf("%s: %s on %s: %.2f, want %.1f", mode, text, ground, r, least)
			}
		}
		for _, g := range grounds {
			for _, x := range texts {
				check(x, g, 4.5)
			}
			check(theme.ColorRing, g, 3)
		}
		check(base.ColorNamePlaceHolder, base.ColorNameInputBackground, 4.5)
		check(base.ColorNameForeground, base.ColorNameButton, 4.5)
		check(base.ColorNameForegroundOnPrimary, base.ColorNamePrimary, 4.5)
		check(base.ColorNameForegroundOnError, base.ColorNameError, 4.5)
		check(base.ColorNameForegroundOnSuccess, base.ColorNameSuccess, 4.5)
		check(base.ColorNameForegroundOnWarning, base.ColorNameWarning, 4.5)
		check(base.ColorNameInputBorder, base.ColorNameInputBackground, 3)
	}
}

func TestTextSizesGrow(t *testing.T) {
	var last float32
	for _, size := range []theme.TextSize{theme.Normal, theme.Large, theme.Largest} {
		got := theme.New(theme.Light, size, theme.Fonts{}).Size(base.SizeNameText)
		if got <= last {
			t.Errorf("%s: text of %v after %v", size, got, last)
		}
		last = got
	}
}

func TestIconsExist(t *testing.T) {
	for _, n := range []string{"home", "parapheur", "council", "civilstatus", "done", "waiting", "late", "refused"} {
		if theme.Icon(n) == nil {
			t.Errorf("no icon %q", n)
		}
	}
}
