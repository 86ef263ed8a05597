package theme

import (
	"embed"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

//go:embed icons/*.svg
var iconFiles embed.FS

//go:embed icons/airial.png
var emblem []byte

// Emblem is the program's own icon, of 256 pixels: a pine of the Landes in its clearing (packaging/icon).
func Emblem() fyne.Resource { return fyne.NewStaticResource("airial.png", emblem) }

// Icon is one of Airial's icons by name (icons/<name>.svg), recoloured with the theme; nil when there is none.
func Icon(name string) fyne.Resource {
	svg, err := iconFiles.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil
	}
	return base.NewThemedResource(fyne.NewStaticResource("airial-"+name+".svg", svg))
}
