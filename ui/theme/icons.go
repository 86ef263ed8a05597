package theme

import (
	"embed"

	"fyne.io/fyne/v2"
	base "fyne.io/fyne/v2/theme"
)

//go:embed icons/*.svg
var iconFiles embed.FS

// Icon is one of Airial's icons by name (icons/<name>.svg), recoloured with the theme; nil when there is none.
func Icon(name string) fyne.Resource {
	svg, err := iconFiles.ReadFile("icons/" + name + ".svg")
	if err != nil {
		return nil
	}
	return base.NewThemedResource(fyne.NewStaticResource("airial-"+name+".svg", svg))
}
