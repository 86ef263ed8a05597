package mailbox

import (
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Warning is a reason to look twice at a message.
type Warning struct {
	Kind WarningKind
	// Shown is what the message shows, True what stands behind it.
	Shown, True string
}

// WarningKind is what is odd.
type WarningKind string

// The kinds of warnings.
const (
	// NameIsAddress: the sender's name is an address, and not the sender's.
	NameIsAddress WarningKind = "name"
	// OddLetters: the address has letters that look like others.
	OddLetters WarningKind = "letters"
	// NearlyOurs: the domain is the town hall's but for a letter or two.
	NearlyOurs WarningKind = "near"
	// AnswersElsewhere: an answer would go to another domain than the sender's.
	AnswersElsewhere WarningKind = "reply"
	// Broken: the message is damaged or was made to be unreadable.
	Broken WarningKind = "broken"
	// Program: an attachment is a program, or opens as one.
	Program WarningKind = "program"
)

// Suspicions are the reasons to look twice at a message; own are the town hall's domains, if known.
func Suspicions(p Parsed, own ...string) (out []Warning) {
	from, domain := p.From, domainOf(p.From.Address)
	if p.Damaged {
		out = append(out, Warning{Kind: Broken})
	}
	if at := strings.IndexByte(from.Name, '@'); at > 0 && at < len(from.Name)-1 && !strings.Contains(strings.ToLower(from.Name), strings.ToLower(from.Address)) {
		out = append(out, Warning{NameIsAddress, from.Name, from.Address})
	}
	if odd(domain) {
		ascii, err := idna.ToASCII(domain)
		if err != nil {
			ascii = domain
		}
		shown, err := idna.ToUnicode(domain)
		if err != nil {
			shown = domain
		}
		out = append(out, Warning{OddLetters, shown, ascii})
	}
	if imitated := imitates(domain, own); imitated != "" {
		out = append(out, Warning{NearlyOurs, imitated, domain})
	}
	if reply := domainOf(p.Reply.Address); reply != "" && domain != "" && reply != domain {
		out = append(out, Warning{AnswersElsewhere, from.Address, p.Reply.Address})
	}
	for _, f := range p.Files {
		if IsProgram(f.Name) {
			out = append(out, Warning{Kind: Program, Shown: f.Name})
		}
	}
	return out
}

// imitates gives which of the town hall's domains another is nearly, and is not; empty for none.
func imitates(domain string, own []string) (imitated string) {
	for _, o := range own {
		switch o = strings.ToLower(o); {
		case o == "":
		case domain == o || strings.HasSuffix(domain, "."+o):
			return ""
		case imitated == "" && near(domain, o):
			imitated = o
		}
	}
	return imitated
}

func domainOf(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(address[at+1:]))
}

// odd: letters outside ASCII, as such or in punycode (RFC 3492); French domains have hardly any.
func odd(domain string) bool {
	return strings.Contains(domain, "xn--") || strings.IndexFunc(domain, func(r rune) bool { return r > unicode.MaxASCII }) >= 0
}

// near: two different domains that differ by one or two letters; short ones by one.
func near(a, b string) bool {
	allowed := 2
	if len(b) < 12 {
		allowed = 1
	}
	if len(a) > 253 || len(a)-len(b) > allowed || len(b)-len(a) > allowed {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(row[j]+1, row[j-1]+1, cost)
		}
	}
	return row[len(b)] <= allowed
}

// programs are the endings of what Windows runs when it is opened.
var programs = []string{".exe", ".com", ".scr", ".bat", ".cmd", ".pif", ".js", ".jse", ".vbs", ".vbe", ".wsf", ".hta", ".msi", ".ps1", ".lnk", ".jar", ".reg", ".iso", ".img", ".vhd", ".docm", ".xlsm", ".pptm", ".url", ".chm"}

// IsProgram tells whether a file of that name is a program, or opens as one.
func IsProgram(name string) bool {
	name = strings.ToLower(name)
	for _, p := range programs {
		if strings.HasSuffix(name, p) {
			return true
		}
	}
	return false
}
