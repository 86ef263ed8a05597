package help

import "strings"

// Passage is a section of a page of the guide, in words.
type Passage struct {
	Page, Title string // the page's name, and its title
	Part        string // the section's; empty for the page's beginning
	Text        string
}

// Passages gives the whole guide by its sections, but for the contents.
func Passages() (all []Passage) {
	g, err := readGuide()
	if err != nil {
		return nil // a test holds that the guide can be read
	}
	for _, t := range g.topics[1:] {
		p := Passage{Page: t.id, Title: t.title}
		var lines []string
		end := func() {
			if p.Text = strings.Join(lines, "\n"); p.Text != "" {
				all = append(all, p)
			}
			lines = nil
		}
		for _, b := range t.blocks {
			switch b.kind {
			case heading:
				end()
				p.Part = b.text()
			case link:
			case item, numbered:
				lines = append(lines, "– "+b.text())
			default:
				lines = append(lines, b.text())
			}
		}
		end()
	}
	return all
}
