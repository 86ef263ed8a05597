package lang

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed fr/*.json en/*.json
var files embed.FS

// Language is one of the window's.
type Language string

// The languages. What the law says, the documents, the dates and the help are in French in both.
const (
	InFrench  Language = "fr"
	InEnglish Language = "en"
)

// Catalogue gives texts by key. It may be used from any goroutine.
type Catalogue struct {
	texts    map[string]string
	borrowed []string         // keys of the texts that are in French for want of a translation
	one      func(n int) bool // whether a number takes the singular
	unknown  sync.Map         // the keys that were asked for and are not there
}

// Unknown lists the keys that were asked for so far and have no text: some are made as the program runs, where no reading of
// the sources finds them.
func (c *Catalogue) Unknown() (keys []string) {
	c.unknown.Range(func(key, _ any) bool {
		keys = append(keys, key.(string))
		return true
	})
	slices.Sort(keys)
	return keys
}

// French returns the French catalogue, or an error naming the broken file or the key given twice.
func French() (*Catalogue, error) { return load(files, InFrench) }

// In returns the catalogue of a language; one that is not known is French, and so is a text that was not translated yet.
// Errors: those of French.
func In(l Language) (*Catalogue, error) {
	c, err := French()
	if err != nil || l != InEnglish {
		return c, err
	}
	english, err := load(files, InEnglish)
	if err != nil {
		return nil, err
	}
	for key, text := range c.texts {
		if _, translated := english.texts[key]; !translated {
			english.texts[key] = text
			english.borrowed = append(english.borrowed, key)
		}
	}
	return english, nil
}

// Untranslated are the keys of the texts that are in French for want of a translation, in no order.
func (c *Catalogue) Untranslated() []string { return slices.Clone(c.borrowed) }

// Keys are those of all texts, plural forms apart, in no order.
func (c *Catalogue) Keys() iter.Seq[string] { return maps.Keys(c.texts) }

func load(fsys fs.FS, l Language) (*Catalogue, error) {
	files, err := fs.Glob(fsys, string(l)+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("listing texts: %w", err)
	}
	c := &Catalogue{texts: map[string]string{}, one: func(n int) bool { return n > -2 && n < 2 }}
	written := Typography
	if l == InEnglish {
		c.one = func(n int) bool { return n == 1 }
		written = func(s string) string { return strings.ReplaceAll(s, "'", "’") }
	}
	for _, name := range files {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading texts %s: %w", name, err)
		}
		var texts map[string]string
		if err := json.Unmarshal(raw, &texts); err != nil {
			return nil, fmt.Errorf("reading texts %s: %w", path.Base(name), err)
		}
		for k, v := range texts {
			if _, twice := c.texts[k]; twice {
				return nil, fmt.Errorf("reading texts %s: key %q stands in two files", path.Base(name), k)
			}
			c.texts[k] = written(v)
		}
	}
	return c, nil
}

// Has tells whether a key, or its plural forms, exists.
func (c *Catalogue) Has(key string) bool {
	if _, ok := c.texts[key]; ok {
		return true
	}
	_, one := c.texts[key+".one"]
	_, other := c.texts[key+".other"]
	return one && other
}

// Text gives the text of a key. args are pairs of name and value: Text("home.count", "n", 3). Values may be strings,
// whole numbers or times (a day with its hour). An unknown key is returned between brackets, which a test forbids.
func (c *Catalogue) Text(key string, args ...any) string {
	text, ok := c.texts[c.form(key, args)]
	if !ok {
		c.unknown.Store(key, true)
		return "[" + key + "]"
	}
	if len(args) < 2 {
		return text
	}
	pairs := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), show(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

func (c *Catalogue) form(key string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != "n" {
			continue
		}
		n, isInt := args[i+1].(int)
		if !isInt {
			break
		}
		form := key + ".other"
		if c.one(n) {
			form = key + ".one"
		}
		if _, ok := c.texts[form]; ok {
			return form
		}
	}
	return key
}

func show(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int:
		return Number(v)
	case time.Time:
		return DayHour(v)
	}
	return fmt.Sprint(v)
}

const (
	narrow = "\u202f" // narrow no-break space
	wide   = "\u00a0" // no-break space
)

var spaces = strings.NewReplacer(" ;", narrow+";", " !", narrow+"!", " ?", narrow+"?", " :", wide+":",
	"« ", "«"+narrow, " »", narrow+"»", "n° ", "n°"+wide, " %", narrow+"%", " €", narrow+"€", "'", "’")

// Typography sets the no-break spaces and the curved apostrophes of French in a text typed plainly.
func Typography(s string) string { return spaces.Replace(s) }

// Number writes a whole number in French: thousands apart by a narrow no-break space.
func Number(n int) string {
	s := strconv.Itoa(n)
	sign := ""
	if n < 0 {
		sign, s = "−", s[1:]
	}
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + narrow + s[i:]
	}
	return sign + s
}
