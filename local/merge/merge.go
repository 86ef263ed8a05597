// Package merge is texts that several people write at the same time, apart or together: a text is the sum of
// updates, which come in any order, twice or late, and give the same text everywhere.
//
// The algorithm is that of Yjs (YATA), the most used library of its kind. It is written in JavaScript, and
// runs here in goja, an interpreter in Go, which has no file, no network and no clock: the same
// program as in every editor that uses Yjs, whose updates any of them reads. Each text has an interpreter of its own,
// which is stopped when an update makes it work for too long.
package merge

import (
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode"
	"unicode/utf16"

	_ "embed"

	"github.com/dop251/goja"
	"github.com/sergi/go-diff/diffmatchpatch"
)

//go:embed yjs.js
var yjs string

// surroundings is what Yjs expects of a browser: characters to bytes and back; randomness is not asked for,
// since the replica is given.
const surroundings = `
var console = { log: function () {}, warn: function () {}, error: function () {} };
var crypto = { subtle: {}, getRandomValues: function (a) { for (var i = 0; i < a.length; i++) a[i] = i + 1; return a; } };
function TextEncoder() {}
TextEncoder.prototype.encode = function (s) {
  var u = unescape(encodeURIComponent(s)), a = new Uint8Array(u.length);
  for (var i = 0; i < u.length; i++) a[i] = u.charCodeAt(i);
  return a;
};
function TextDecoder() {}
TextDecoder.prototype.decode = function (b) {
  var s = "";
  for (var i = 0; i < b.length; i++) s += String.fromCharCode(b[i]);
  return decodeURIComponent(escape(s));
};`

var program = sync.OnceValues(func() (*goja.Program, error) { return goja.Compile("yjs", surroundings+"\n"+yjs, false) })

// Errors, for errors.Is.
var (
	// ErrUpdate: an update cannot be read.
	ErrUpdate = errors.New("an update of a text cannot be read")
	// ErrTooLarge: a text, or an update, is larger than a note may be.
	ErrTooLarge = errors.New("a text is too large to be edited by several")
)

// Limits.
const (
	MaxText   = 200_000 // bytes
	MaxUpdate = 600_000 // bytes
	patience  = 10 * time.Second
)

// Text is one. It is used from one goroutine at a time.
type Text struct {
	vm         *goja.Runtime
	doc        goja.Value
	read, edit goja.Callable
}

// Open gives the text that updates make, in any order. replica names who edits it from here: a number
// drawn anew each time, so that no two editings have the same. Errors: ErrUpdate, ErrTooLarge.
func Open(replica uint32, updates [][]byte) (*Text, error) {
	p, err := program()
	if err != nil {
		return nil, fmt.Errorf("reading Yjs: %w", err)
	}
	t := &Text{vm: goja.New()}
	stop := t.limit()
	defer stop()
	if _, err := t.vm.RunProgram(p); err != nil {
		return nil, fmt.Errorf("starting Yjs: %w", err)
	}
	functions := t.vm.Get("airial").ToObject(t.vm)
	call := func(name string) goja.Callable {
		f, _ := goja.AssertFunction(functions.Get(name))
		return f
	}
	t.read, t.edit = call("text"), call("edit")
	all := make([]any, 0, len(updates))
	for _, u := range updates {
		if len(u) > MaxUpdate {
			return nil, ErrTooLarge
		}
		all = append(all, t.vm.NewArrayBuffer(append([]byte{}, u...)))
	}
	if t.doc, err = call("open")(nil, t.vm.ToValue(replica), t.vm.NewArray(all...)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUpdate, err)
	}
	return t, nil
}

// limit has the interpreter stop after a while.
func (t *Text) limit() (stop func()) {
	timer := time.AfterFunc(patience, func() { t.vm.Interrupt("too long") })
	return func() {
		timer.Stop()
		t.vm.ClearInterrupt()
	}
}

// String is the text.
func (t *Text) String() string {
	defer t.limit()()
	v, err := t.read(nil, t.doc)
	if err != nil {
		return ""
	}
	return v.String()
}

// Become makes the text say what is given, and returns the update by which other replicas do as much
// of it as they have not done; nil when it says so already. Errors: ErrTooLarge.
func (t *Text) Become(text string) ([]byte, error) { return t.Edit(Differ(t.String(), text)) }

// Edit is one change of a text: a place, how much goes from there, what comes. Places and lengths are in UTF-16 units, as
// Yjs counts ([Units]); each place is in the text as the edits before it left it.
type Edit struct {
	At, Gone int
	Added    string
}

// Edit makes changes of a text and returns the update that tells of them; nil for none. Errors: ErrTooLarge.
func (t *Text) Edit(edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return nil, nil
	}
	size := len(t.String())
	all := make([]any, len(edits))
	for i, e := range edits {
		size += len(e.Added) - e.Gone
		all[i] = t.vm.NewArray(e.At, e.Gone, e.Added)
	}
	if size > MaxText {
		return nil, ErrTooLarge
	}
	defer t.limit()()
	v, err := t.edit(nil, t.doc, t.vm.NewArray(all...))
	if err != nil {
		return nil, fmt.Errorf("editing a text: %w", err)
	}
	b, isBytes := v.Export().(goja.ArrayBuffer)
	if !isBytes {
		return nil, fmt.Errorf("editing a text: no update came")
	}
	if len(b.Bytes()) > MaxUpdate {
		return nil, ErrTooLarge
	}
	return append([]byte{}, b.Bytes()...), nil
}

// Units is the length of a text as edits count.
func Units(s string) int { return len(utf16.Encode([]rune(s))) }

// Differ gives the edits that make one text of another. Of the places where what comes may be said to begin, it is one between
// words: where somebody else takes the words around it away, it stays whole.
func Differ(from, to string) (out []Edit) {
	at := 0
	for _, d := range betweenWords(differences(from, to)) {
		n := Units(d.Text)
		switch d.Type {
		case diffmatchpatch.DiffEqual:
			at += n
		case diffmatchpatch.DiffDelete:
			out = append(out, Edit{At: at, Gone: n})
		case diffmatchpatch.DiffInsert:
			out = append(out, Edit{At: at, Added: d.Text})
			at += n
		}
	}
	return out
}

// betweenWords moves what comes («ot m» in «le m[ot m]aire») to where it is whole words, if it may be said so.
func betweenWords(all []diffmatchpatch.Diff) []diffmatchpatch.Diff {
	for i := 1; i+1 < len(all); i++ {
		before, d, after := &all[i-1], &all[i], &all[i+1]
		if d.Type != diffmatchpatch.DiffInsert || before.Type != diffmatchpatch.DiffEqual || after.Type != diffmatchpatch.DiffEqual {
			continue
		}
		s, n, at := []rune(before.Text+d.Text+after.Text), len([]rune(d.Text)), len([]rune(before.Text))
		for at > 0 && s[at-1] == s[at+n-1] {
			at--
		}
		edge := func(i int) bool {
			return i == 0 || i == len(s) || unicode.IsSpace(s[i-1]) || unicode.IsSpace(s[i])
		}
		// A word with the blank after it rather than the one before: two of them that come at one place, where somebody else takes
		// that blank away, do not run into each other.
		best := -1
		for ; ; at++ {
			if whole := edge(at) && edge(at+n); whole && (best < 0 || !unicode.IsSpace(s[at]) && unicode.IsSpace(s[best])) {
				best = at
			}
			if at+n >= len(s) || s[at] != s[at+n] {
				break
			}
		}
		if best >= 0 {
			before.Text, d.Text, after.Text = string(s[:best]), string(s[best:best+n]), string(s[best+n:])
		}
	}
	return all
}

func differences(from, to string) []diffmatchpatch.Diff {
	d := diffmatchpatch.New()
	return d.DiffMainRunes([]rune(from), []rune(to), false)
}

// Follow tells where a place of a text, in runes, stands in the text that it has become.
func Follow(from, to string, place int) int {
	at, now := 0, 0
	for _, d := range differences(from, to) {
		n := len([]rune(d.Text))
		switch d.Type {
		case diffmatchpatch.DiffEqual:
			if at+n >= place {
				return now + place - at
			}
			at, now = at+n, now+n
		case diffmatchpatch.DiffDelete:
			if at+n > place {
				return now
			}
			at += n
		case diffmatchpatch.DiffInsert:
			now += n
		}
	}
	return now
}
