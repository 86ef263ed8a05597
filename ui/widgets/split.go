package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// Offsets remembers where a person put the bars between panes; shell.Preferences is one.
type Offsets interface {
	Float(key string, fallback float64) float64
	SetFloat(key string, value float64)
}

// Panes sets two or three panes side by side, with their widths remembered under key. offset is the first pane's share,
// then the second's share of the rest. Call the returned function when the page is hidden to keep what was moved.
func Panes(memory Offsets, key string, offsets []float64, panes ...fyne.CanvasObject) (content fyne.CanvasObject, remember func()) {
	var splits []*container.Split
	content = panes[len(panes)-1]
	for i := len(panes) - 2; i >= 0; i-- {
		s := container.NewHSplit(panes[i], content)
		s.Offset = memory.Float(splitKey(key, i), offsets[i])
		splits, content = append([]*container.Split{s}, splits...), s
	}
	return content, func() {
		for i, s := range splits {
			memory.SetFloat(splitKey(key, i), s.Offset)
		}
	}
}

func splitKey(key string, i int) string { return "split." + key + "." + string(rune('0'+i)) }
