package deceased

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"

	"alpi40.fr/airial/local/civilstatus/names"
)

// Birth is a birth act that is looked for.
type Birth struct {
	Act                  string // its id
	LastName, FirstNames string
	Sex                  Sex  // 0 when it is not known
	Born                 Date // the year alone may be known
}

// Clue is what a birth act and a line agree or disagree on.
type Clue string

// The clues; what disagrees counts against.
const (
	SameName  Clue = "name"
	LikeName  Clue = "alike" // by ear
	SameFirst Clue = "first"
	OneFirst  Clue = "one-first"
	SameDay   Clue = "day"
	SameYear  Clue = "year" // the file knows no more
	SamePlace Clue = "place"
	OtherSex  Clue = "other-sex"
)

var weights = map[Clue]int{SameName: 35, LikeName: 20, SameFirst: 25, OneFirst: 15, SameDay: 25, SameYear: 8, SamePlace: 15, OtherSex: -30}

// Least is the score of a proposal that is worth a person's look; 100 is the most.
const Least = 60

// Match is a line that may be of a birth act.
type Match struct {
	Act    string
	Line   int64 // of the file, from 1
	Record Record
	Score  int
	Clues  []Clue
}

type birth struct {
	Birth
	last, sound string
	firsts      []string
}

// Births are those that are looked for, by their day.
type Births struct {
	all         []birth // in the order of their dates, those of a year alone before the others of that year
	starts      []int32 // where those of each place begin
	heads       []head  // of each: what is held against a line before memory is searched
	first, last int     // years
	code        string
	heard       map[string]string // the sounds of the last names that were met last
}

// The years that are looked for; others are never found.
const firstYear, lastYear = 1700, 2199

// maxHeard bounds the sounds that are remembered: the file has the same names again and again.
const maxHeard = 1 << 16

// NewBirths prepares births of a commune, whose official geographic code is given.
func NewBirths(code string, all []Birth) *Births {
	b := &Births{code: code, heard: map[string]string{}, first: lastYear, last: firstYear}
	for _, one := range all {
		last := names.Key(one.LastName)
		if last == "" || !one.Born.known() {
			continue
		}
		n := birth{Birth: one, last: last, sound: names.Sound(last), firsts: words(one.FirstNames)}
		if one.Born.Month == 0 || one.Born.Day == 0 {
			n.Born.Month, n.Born.Day = 0, 0
		}
		b.all = append(b.all, n)
		b.first, b.last = min(b.first, n.Born.Year), max(b.last, n.Born.Year)
	}
	slices.SortStableFunc(b.all, func(x, y birth) int { return b.place(x.Born) - b.place(y.Born) })
	b.starts = make([]int32, max(b.last-b.first+1, 0)*yearPlaces+1)
	for i := range b.all {
		b.heads = append(b.heads, headOf(b.all[i].firsts))
	}
	at := 0
	for place := range b.starts {
		for at < len(b.all) && b.place(b.all[at].Born) < place {
			at++
		}
		b.starts[place] = int32(at)
	}
	return b
}

func (d Date) known() bool {
	return d.Year >= firstYear && d.Year <= lastYear && d.Month >= 0 && d.Month <= 12 && d.Day >= 0 && d.Day <= 31
}

// yearPlaces is how many places a year has: sixteen months of thirty-two days.
const yearPlaces = 16 * 32

func (b *Births) place(d Date) int { return (d.Year-b.first)*yearPlaces + d.Month*32 + d.Day }

// span is some births: those of all between two places.
type span struct{ from, to int32 }

func (b *Births) between(from, to int) span { return span{b.starts[from], b.starts[to]} }

// head is the marks of the first names of a birth; one that has more of them than it holds is always read.
type head struct {
	marks [4]uint32 // 0 for none
	more  bool
}

func headOf(firsts []string) (h head) {
	for i, first := range firsts {
		if i == len(h.marks) {
			return head{more: true}
		}
		for k := range len(first) {
			h.marks[i] = mark(h.marks[i], first[k])
		}
	}
	return h
}

// mark adds a letter, in lower case, to the mark of a word (FNV-1).
func mark(m uint32, letter byte) uint32 {
	if m == 0 {
		m = 2166136261
	}
	return m*16777619 ^ uint32(letter)
}

// maxFirsts is how many first names of a line are held against the births before it is read whole.
const maxFirsts = 8

// marksOf gives the marks of the words of first names, and how many there are; one above maxFirsts when there are more.
func marksOf(firsts []byte) (all [maxFirsts]uint32, n int) {
	var m uint32
	for i := 0; i <= len(firsts); i++ {
		var c byte
		if i < len(firsts) {
			c = firsts[i]
		}
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			m = mark(m, c|0x20)
		case c == '\'':
		case m != 0:
			if n == maxFirsts {
				return all, n + 1
			}
			all[n], m = m, 0
			n++
		}
	}
	return all, n
}

func (h *head) may(all *[maxFirsts]uint32, n int) bool {
	if h.more || n > maxFirsts {
		return true
	}
	for i := range n {
		for _, m := range h.marks {
			if m == all[i] {
				return true
			}
		}
	}
	return false
}

// of gives the births that somebody born on a date may be: of that day, and those of whom the act tells the year alone.
func (b *Births) of(d Date) (day, year span) {
	if !d.known() || d.Year < b.first || d.Year > b.last {
		return span{}, span{}
	}
	from := b.place(Date{Year: d.Year})
	if d.Month == 0 || d.Day == 0 {
		return b.between(from, from+yearPlaces), span{}
	}
	return b.between(b.place(d), b.place(d)+1), b.between(from, from+1)
}

// may tells whether a line may be of one of the births, by its bytes: most lines are left at once. What is not plain is
// read.
func (b *Births) may(line []byte) bool {
	if len(line) < leastLine || !ascii(line[:sexAt]) {
		return true
	}
	d, ok := date(line[bornAt:codeAt])
	star := bytes.IndexByte(line[:sexAt], '*')
	if !ok || star < 0 {
		return true
	}
	day, year := b.of(d)
	if day.from == day.to && year.from == year.to {
		return false
	}
	firsts := line[star:sexAt]
	if slash := bytes.IndexByte(firsts, '/'); slash > 0 {
		firsts = firsts[:slash]
	}
	marks, n := marksOf(firsts)
	return b.anyOf(day, line[:star], &marks, n) || b.anyOf(year, line[:star], &marks, n)
}

// anyOf tells whether a line has a first name of one of some births, and a last name that is or sounds like theirs: no
// proposal is made without them.
func (b *Births) anyOf(some span, name []byte, marks *[maxFirsts]uint32, n int) bool {
	var memory [sexAt]byte
	var last []byte
	for i := some.from; i < some.to; i++ {
		if !b.heads[i].may(marks, n) {
			continue
		}
		if last == nil {
			last = lower(memory[:0], name)
		}
		if string(last) == b.all[i].last || b.sound(last) == b.all[i].sound {
			return true
		}
	}
	return false
}

// lower gives the letters of a name in plain characters, as names.Key does.
func lower(to, name []byte) []byte {
	for _, c := range name {
		switch {
		case c >= 'A' && c <= 'Z':
			to = append(to, c+'a'-'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			to = append(to, c)
		}
	}
	return to
}

func words(text string) (all []string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '\u00a0' }) {
		if k := names.Key(w); k != "" {
			all = append(all, k)
		}
	}
	return all
}

// Match compares a line with the births.
func (b *Births) Match(line int64, r Record) (all []Match) {
	last := names.Key(r.LastName)
	var firsts []string
	day, year := b.of(r.Born)
	for _, some := range []span{day, year} {
		for i := some.from; i < some.to; i++ {
			one := &b.all[i]
			if one.last != last && one.sound != b.sound([]byte(last)) {
				continue
			}
			if firsts == nil {
				firsts = words(r.FirstNames)
			}
			m := one.compare(r, last, firsts, b.code)
			if m.Line = line; m.Score >= Least {
				all = append(all, m)
			}
		}
	}
	return all
}

func (b *Births) sound(last []byte) string {
	s, ok := b.heard[string(last)]
	if !ok {
		if len(b.heard) == maxHeard {
			clear(b.heard)
		}
		s = names.Sound(string(last))
		b.heard[string(last)] = s
	}
	return s
}

func (one *birth) compare(r Record, last string, firsts []string, code string) Match {
	m := Match{Act: one.Act, Record: r}
	tell := func(c Clue) { m.Clues, m.Score = append(m.Clues, c), m.Score+weights[c] }
	if one.last == last {
		tell(SameName)
	} else {
		tell(LikeName)
	}
	switch {
	case len(one.firsts) > 0 && slices.Equal(one.firsts, firsts):
		tell(SameFirst)
	case slices.ContainsFunc(one.firsts, func(w string) bool { return slices.Contains(firsts, w) }):
		tell(OneFirst)
	default:
		return Match{} // another person born that day in that family: a twin
	}
	if one.Born == r.Born && r.Born.Day != 0 {
		tell(SameDay)
	} else {
		tell(SameYear)
	}
	if code != "" && code == r.BornCode {
		tell(SamePlace)
	}
	if one.Sex != 0 && one.Sex != r.Sex {
		tell(OtherSex)
	}
	m.Score = min(m.Score, 100)
	return m
}

// Told is how a reading went.
type Told struct {
	Lines, Wrong int64
	// FirstWrong are the numbers of the first lines that could not be read.
	FirstWrong []int64
}

// ErrNotFile: most of its first lines are none.
var ErrNotFile = errors.New("this is not the file of the deceased")

// trial is after how many lines a file is judged.
const trial = 1000

// Read reads a file to its end, in one pass and a memory that does not grow, and tells of each line that may be of one of
// the births, in their order. Lines are sifted on all processors, found and progress are called by Read itself. progress,
// when there is one, is told how many lines were read, from time to time. It wraps ErrNotFile.
func Read(ctx context.Context, file io.Reader, b *Births, found func(Match) error, progress func(lines int64)) (told Told, err error) {
	ctx, stop := context.WithCancel(ctx)
	s := sift(ctx, file, b, runtime.GOMAXPROCS(0))
	defer func() {
		stop()
		s.wait() // the file is its owner's again
	}()
	for piece := range s.inOrder {
		<-piece.done
		for _, k := range piece.kept {
			n := told.Lines + int64(k.n)
			line := piece.text[k.from:k.to]
			r, err := Parse(line)
			if err != nil {
				if told.Wrong++; len(told.FirstWrong) < 10 && len(line) > 0 {
					told.FirstWrong = append(told.FirstWrong, n)
				}
				continue
			}
			for _, m := range b.Match(n, r) {
				if err := found(m); err != nil {
					return told, err
				}
			}
		}
		before := told.Lines
		told.Lines += int64(piece.lines)
		if err := errors.Join(piece.err, ctx.Err(), judge(told)); err != nil {
			return told, err
		}
		if progress != nil && told.Lines/(100*trial) != before/(100*trial) {
			progress(told.Lines)
		}
		s.free <- piece
	}
	return told, errors.Join(ctx.Err(), judge(told))
}

func judge(t Told) error {
	if t.Lines > 0 && t.Wrong*2 > min(t.Lines, trial) {
		return ErrNotFile
	}
	return nil
}
