package pes

import "strings"

// maxWords bounds what Words gives, in bytes.
const maxWords = 128 << 10

// Words is what a person may look a flow up by: third parties, objects, invoices, files.
func (f *Flow) Words() string {
	var out strings.Builder
	seen := map[string]bool{}
	add := func(text string) {
		if text != "" && !seen[text] && out.Len()+len(text) < maxWords {
			seen[text] = true
			out.WriteString(text + "\n")
		}
	}
	add(f.Name)
	add(f.Label)
	for _, b := range f.Bordereaux {
		for _, p := range b.Pieces {
			add(p.Object)
			add(p.Invoice)
			for _, l := range p.Lines {
				add(l.Label)
				add(l.Invoice)
				for _, t := range l.Thirds {
					add(t.FullName())
				}
			}
		}
	}
	for _, a := range f.Attachments {
		add(a.Name)
		add(a.Description)
	}
	return out.String()
}
