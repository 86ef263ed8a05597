package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

// Mode chooses the palette.
type Mode string

// The palettes; Auto follows the system.
const (
	Auto     Mode = "auto"
	Light    Mode = "light"
	Dark     Mode = "dark"
	Contrast Mode = "contrast"
)

// TextSize is one of three sizes of all texts.
type TextSize string

// The text sizes.
const (
	Normal  TextSize = "normal"
	Large   TextSize = "large"
	Largest TextSize = "largest"
)

// Fonts are the four faces as TrueType bytes. Nil faces fall back to the Noto Sans that comes with Fyne.
type Fonts struct{ Regular, Bold, Italic, BoldItalic []byte }

// Theme implements fyne.Theme. It is immutable: a change of mode or size is a new Theme given to the settings.
type Theme struct {
	mode  Mode
	scale float32
	fonts map[string]fyne.Resource
}

// New returns the theme. Unknown modes and sizes are Auto and Normal.
func New(mode Mode, size TextSize, f Fonts) *Theme {
	t := &Theme{mode: mode, scale: 1, fonts: map[string]fyne.Resource{}}
	switch size {
	case Large:
		t.scale = 1.25
	case Largest:
		t.scale = 1.5
	}
	for name, ttf := range map[string][]byte{"regular": f.Regular, "bold": f.Bold, "italic": f.Italic, "bolditalic": f.BoldItalic} {
		if ttf != nil {
			t.fonts[name] = fyne.NewStaticResource("airial-"+name+".ttf", ttf)
		}
	}
	return t
}

// Color gives a colour of Fyne or of this package; both palettes know all of them.
func (t *Theme) Color(n fyne.ThemeColorName, v fyne.ThemeVariant) color.Color {
	if c, ok := t.palette(v)[n]; ok {
		return c
	}
	return base.DefaultTheme().Color(n, v)
}

func (t *Theme) palette(v fyne.ThemeVariant) palette {
	switch {
	case t.mode == Contrast:
		return contrast
	case t.mode == Dark, t.mode != Light && v == base.VariantDark:
		return dark
	}
	return light
}

// Font gives the face of a style.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	name := "regular"
	switch {
	case s.Monospace, s.Symbol:
		return base.DefaultTheme().Font(s)
	case s.Bold && s.Italic:
		name = "bolditalic"
	case s.Bold:
		name = "bold"
	case s.Italic:
		name = "italic"
	}
	if f, ok := t.fonts[name]; ok {
		return f
	}
	return base.DefaultTheme().Font(s)
}

// Icon gives Fyne's icons.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return base.DefaultTheme().Icon(n) }

// Sizes of Airial's own, beside Fyne's.
const (
	SizeRow  fyne.ThemeSizeName = "airialRow"  // height of a two-line row
	SizeRail fyne.ThemeSizeName = "airialRail" // height of a rail entry
)

var sizes = map[fyne.ThemeSizeName]float32{
	base.SizeNameText: 14, base.SizeNameCaptionText: 12, base.SizeNameSubHeadingText: 17, base.SizeNameHeadingText: 23,
	base.SizeNameInlineIcon: 18, SizeRow: 46, SizeRail: 38,
}

var plain = map[fyne.ThemeSizeName]float32{
	base.SizeNamePadding: 4, base.SizeNameInnerPadding: 7, base.SizeNameLineSpacing: 4, base.SizeNameInputRadius: 6,
	base.SizeNameSelectionRadius: 6, base.SizeNameButtonRadius: 6, base.SizeNameScrollBar: 12, base.SizeNameScrollBarSmall: 4,
	base.SizeNameSeparatorThickness: 1, base.SizeNameInputBorder: 1, base.SizeNameSplitThickness: 6,
}

// Size gives a size in Fyne's units; texts and what holds them grow with the text size.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	if s, ok := sizes[n]; ok {
		return s * t.scale
	}
	if s, ok := plain[n]; ok {
		return s
	}
	return base.DefaultTheme().Size(n)
}

// Of gives a colour of the theme now in use.
func Of(n fyne.ThemeColorName) color.Color {
	s := fyne.CurrentApp().Settings()
	return s.Theme().Color(n, s.ThemeVariant())
}

// SizeOf gives a size of the theme now in use, with a fallback when another theme is installed.
func SizeOf(n fyne.ThemeSizeName) float32 {
	if s := fyne.CurrentApp().Settings().Theme().Size(n); s > 0 {
		return s
	}
	return sizes[n] + plain[n]
}
