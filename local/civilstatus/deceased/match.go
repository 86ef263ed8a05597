package deceased

import (
	"context"
	"errors"
	"io"
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
	byDay  map[uint32][]birth // AAAAMMJJ; of a year alone, AAAA0000
	byYear map[int][]birth
	code   string
	// days has a bit for each day on which somebody was born: most lines are left at once.
	days []uint64
}

// The years that the bits cover; others are never found.
const firstYear, lastYear = 1700, 2199

// NewBirths prepares births of a commune, whose official geographic code is given.
func NewBirths(code string, all []Birth) *Births {
	b := &Births{byDay: map[uint32][]birth{}, byYear: map[int][]birth{}, code: code, days: make([]uint64, (lastYear-firstYear+1)*16*32/64)}
	for _, one := range all {
		last := names.Key(one.LastName)
		if last == "" || one.Born.Year < firstYear || one.Born.Year > lastYear {
			continue
		}
		n := birth{one, last, names.Sound(last), words(one.FirstNames)}
		if one.Born.Month == 0 || one.Born.Day == 0 {
			n.Born.Month, n.Born.Day = 0, 0
		}
		b.byDay[n.Born.key()] = append(b.byDay[n.Born.key()], n)
		b.byYear[n.Born.Year] = append(b.byYear[n.Born.Year], n)
		b.mark(n.Born)
		if n.Born.Month == 0 { // a line of any day of the year may be theirs
			for month := range 13 {
				for day := range 32 {
					b.mark(Date{n.Born.Year, month, day})
				}
			}
			continue
		}
		b.mark(Date{n.Born.Year, 0, 0})
		b.mark(Date{n.Born.Year, n.Born.Month, 0})
	}
	return b
}

func (d Date) key() uint32 { return uint32(d.Year*10000 + d.Month*100 + d.Day) }

func (d Date) bit() int { return ((d.Year-firstYear)*16+d.Month)*32 + d.Day }

func (b *Births) mark(d Date) { b.days[d.bit()/64] |= 1 << (d.bit() % 64) }

// may tells whether a line may be of one of the births, by its day alone.
func (b *Births) may(line []byte) bool {
	if len(line) < leastLine {
		return true // to be told of
	}
	n := 0
	for _, c := range line[bornAt:codeAt] {
		if c < '0' || c > '9' {
			return true
		}
		n = n*10 + int(c-'0')
	}
	d := Date{n / 10000, n / 100 % 100, n % 100}
	if d.Year < firstYear || d.Year > lastYear || d.Month > 12 || d.Day > 31 {
		return d.Month > 12 || d.Day > 31
	}
	return b.days[d.bit()/64]&(1<<(d.bit()%64)) != 0
}

func words(text string) (all []string) {
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '\u00a0' }) {
		if k := names.Key(w); k != "" {
			all = append(all, k)
		}
	}
	return all
}

// of gives the births that a line may be of.
func (b *Births) of(r Record) []birth {
	if r.Born.Month == 0 || r.Born.Day == 0 {
		return b.byYear[r.Born.Year]
	}
	return append(b.byDay[r.Born.key()], b.byDay[Date{Year: r.Born.Year}.key()]...)
}

// Match compares a line with the births.
func (b *Births) Match(line int64, r Record) (all []Match) {
	last := names.Key(r.LastName)
	var firsts []string
	for _, one := range b.of(r) {
		if one.last != last && one.sound != names.Sound(last) {
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
	return all
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
// the births. progress, when there is one, is told how many lines were read, from time to time. It wraps ErrNotFile.
func Read(ctx context.Context, file io.Reader, b *Births, found func(Match) error, progress func(lines int64)) (told Told, err error) {
	in := newLines(file)
	for {
		line, err := in.next()
		told.Lines = in.n
		if errors.Is(err, io.EOF) {
			return told, judge(told)
		}
		if err != nil {
			return told, err
		}
		if in.n%trial == 0 {
			if err := errors.Join(ctx.Err(), judge(told)); err != nil {
				return told, err
			}
			if progress != nil && in.n%(100*trial) == 0 {
				progress(in.n)
			}
		}
		if in.n > trial && !b.may(line) {
			continue
		}
		r, err := Parse(line)
		if err != nil {
			if told.Wrong++; len(told.FirstWrong) < 10 && len(line) > 0 {
				told.FirstWrong = append(told.FirstWrong, in.n)
			}
			continue
		}
		for _, m := range b.Match(in.n, r) {
			if err := found(m); err != nil {
				return told, err
			}
		}
	}
}

func judge(t Told) error {
	if t.Lines > 0 && t.Wrong*2 > min(t.Lines, trial) {
		return ErrNotFile
	}
	return nil
}
