package draftimport

import (
	"regexp"
	"strings"

	"alpi40.fr/airial/local/council"
	"alpi40.fr/airial/local/typeset"
	"alpi40.fr/airial/local/typeset/french"
)

// Draft is what was made of a file.
type Draft struct {
	Text  council.Text
	Left  Left
	Aside []string // lines that a deliberation is printed with anyway: head, presence, signatures
}

// Read reads a file into a draft. The error is an *Unreadable.
func Read(content []byte) (Draft, error) {
	lines, left, err := Lines(content)
	if err != nil {
		return Draft{}, err
	}
	s := splitter{}
	s.draft.Left = left
	for _, l := range lines {
		s.take(l)
	}
	s.closeTable()
	s.ensureTitle()
	if len(s.draft.Text.Blocks) == 0 {
		return Draft{}, refuse("Ce document ne contient aucun texte.", nil)
	}
	return s.draft, nil
}

// stage is where in a deliberation one is.
type stage int

const (
	before stage = iota // the head
	reasons
	articles
	after // signatures and remedies
)

type splitter struct {
	draft    Draft
	stage    stage
	numbered bool // the articles say «Article 2»
	rows     [][]string
	table    int
}

var (
	head     = regexp.MustCompile(`(?i)^(république française|liberté|départements?\b|arrondissement|canton|commune d|mairie d|extraits? du registre|délibérations? (du|n°|n )|séance|l’an |nombre de|membres|date de|présents?|étaient présents|absents?|excusés?|pouvoirs?|procurations?|secrétaire|a été (élue?|nommée?)|le conseil municipal[^.]{0,80}(légalement|dûment) convoqué|convocation|affichage|votants|numéro)`)
	subject  = regexp.MustCompile(`(?i)^objet\s*[:–-]\s*`)
	visa     = regexp.MustCompile(`(?i)^vus?\s+`)
	ground   = regexp.MustCompile(`(?i)^consid[ée]rant\s+`)
	decides  = regexp.MustCompile(`(?i)^(le conseil (municipal|communautaire|syndical|d’administration)\b.*délibér|après en avoir délibéré|d[ée]cide\s*[:,]?\s*$|le conseil (municipal|communautaire|syndical)[^.]{0,120}d[ée]cide\s*:?\s*$)`)
	numeral  = regexp.MustCompile(`(?i)^article\s+(\d+|premier|unique|[ivx]+)\s*(er)?\s*[:.–—-]*\s*`)
	dash     = regexp.MustCompile(`^[-–—•*]\s*`)
	closing  = regexp.MustCompile(`(?i)^(fait et délibéré|ainsi (fait|délibéré)|pour extrait|pour copie|le maire\s*[,:]?$|la maire\s*[,:]?$|le président\s*[,:]?$|le secrétaire|la secrétaire|voies et délais|la présente délibération peut|délais? et voies|certifié exécutoire|acte rendu exécutoire|au registre (sont|suivent))`)
	reporter = regexp.MustCompile(`(?i)^rapporteur\s*[:–-]\s*`)
)

// firstMark is what is set off at the beginning of a line.
var firstMark = regexp.MustCompile(`^(?:__\*\*([^*]*)\*\*__|\*\*([^*]*)\*\*|__([^_]*)__)`)

// opens tells whether a line begins with a word of the form that a deliberation has.
func (s *splitter) opens(text string) bool {
	for _, form := range []*regexp.Regexp{subject, reporter, visa, ground, decides, numeral, closing, dash} {
		if at := form.FindStringIndex(text); at != nil && at[1] > 0 {
			return true
		}
	}
	return s.stage == before
}

func (s *splitter) add(kind council.BlockKind, text string) {
	s.draft.Text.Blocks = append(s.draft.Text.Blocks, council.Block{Kind: kind, Text: text})
}

func (s *splitter) aside(text string) { s.draft.Aside = append(s.draft.Aside, typeset.Unmarked(text)) }

func (s *splitter) take(l Line) {
	if l.Table > 0 {
		if l.Table != s.table {
			s.closeTable()
		}
		s.table, s.rows = l.Table, append(s.rows, l.Cells)
		return
	}
	s.closeTable()
	text := strings.ReplaceAll(strings.Join(strings.Fields(french.Clean(l.Text)), " "), "'", "’")
	text = strings.NewReplacer("{", "(", "}", ")").Replace(text) // a brace would be a variable
	if plain := typeset.Unmarked(text); plain != text && s.opens(plain) {
		text = firstMark.ReplaceAllString(text, "$1$2$3") // «**Vu** le code», «**Article 1er** :»: the word of the form is set by print
		if !s.opens(text) {
			text = plain
		}
	}
	switch {
	case text == "":
	case s.stage == after || closing.MatchString(text):
		s.stage = after
		s.aside(text)
	case subject.MatchString(text):
		s.add(council.BlockTitle, typeset.Unmarked(strings.TrimSpace(subject.ReplaceAllString(text, ""))))
		s.stage = max(s.stage, reasons)
	case reporter.MatchString(text):
		s.draft.Text.Reporter = typeset.Unmarked(strings.TrimSpace(reporter.ReplaceAllString(text, "")))
	case visa.MatchString(text) && s.stage < articles:
		s.add(council.BlockVisa, "Vu "+visa.ReplaceAllString(text, ""))
		s.stage = reasons
	case ground.MatchString(text) && s.stage < articles:
		s.add(council.BlockGround, "Considérant "+ground.ReplaceAllString(text, ""))
		s.stage = reasons
	case decides.MatchString(text):
		s.stage = articles
		s.aside(text)
	case s.stage == articles || numeral.MatchString(text):
		s.article(text)
	case s.stage == before && head.MatchString(text):
		s.aside(text)
	case s.stage == before && (l.Heading || !s.hasTitle()):
		if s.hasTitle() {
			s.add(council.BlockStatement, text)
			return
		}
		s.add(council.BlockTitle, typeset.Unmarked(text))
		s.stage = reasons
	default:
		if l.Bullet {
			text = "– " + dash.ReplaceAllString(text, "")
		}
		s.add(council.BlockStatement, text)
	}
}

// article takes a decision. Where articles are numbered, what has no number goes on with the one before.
func (s *splitter) article(text string) {
	s.stage = articles
	if numeral.MatchString(text) {
		s.numbered = true
		if text = strings.TrimSpace(numeral.ReplaceAllString(text, "")); text == "" {
			s.add(council.BlockArticle, "")
			return
		}
		s.add(council.BlockArticle, text)
		return
	}
	blocks := s.draft.Text.Blocks
	if last := len(blocks) - 1; s.numbered && last >= 0 && blocks[last].Kind == council.BlockArticle {
		blocks[last].Text = strings.TrimSpace(blocks[last].Text + " " + text)
		return
	}
	s.add(council.BlockArticle, dash.ReplaceAllString(text, ""))
}

func (s *splitter) hasTitle() bool { return len(s.draft.Text.Of(council.BlockTitle)) > 0 }

// closeTable ends the rows read so far. A table before the text (a head in two columns, who is there) is told aside.
func (s *splitter) closeTable() {
	rows := s.rows
	s.rows, s.table = nil, 0
	if len(rows) == 0 {
		return
	}
	if s.stage == before || s.stage == after {
		for _, cells := range rows {
			s.aside(strings.Join(cells, " | "))
		}
		return
	}
	s.add(council.BlockTable, council.TableText(rows))
}

// ensureTitle puts the title first, an empty one when there is none.
func (s *splitter) ensureTitle() {
	var title, rest []council.Block
	for _, b := range s.draft.Text.Blocks {
		switch {
		case b.Kind == council.BlockTitle && len(title) == 0:
			title = append(title, b)
		case b.Kind == council.BlockTitle:
			rest = append(rest, council.Block{Kind: council.BlockStatement, Text: b.Text})
		case b.Text != "":
			rest = append(rest, b)
		}
	}
	if len(rest) > 0 && len(title) == 0 {
		title = []council.Block{{Kind: council.BlockTitle}}
	}
	s.draft.Text.Blocks = append(title, rest...)
}
