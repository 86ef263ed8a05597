package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/xsd"
)

const (
	source = "Schémas officiels du PES_v2"
	cure   = "Faites corriger le flux dans votre logiciel comptable, puis importez-le à nouveau."

	maxRemarks = 8
	maxValue   = 80 // characters of a value that are shown
)

// notCompared says why a document was not held against the schemas.
func notCompared(err error) pes.Remark {
	r := pes.Remark{Severity: pes.Tells, Code: "no-schema", Source: source}
	switch {
	case errors.Is(err, ErrMissing):
		r.Why = "Ce flux n’est pas comparé aux schémas officiels du PES : ils ne sont pas sur cet ordinateur."
		r.Cure = "Airial fait ses propres contrôles ; l’ALPI peut ajouter les schémas."
	case errors.Is(err, xsd.ErrDoctype):
		r.Severity, r.Code = pes.Stops, "schema"
		r.Why, r.Cure = "Ce flux commence par une déclaration de type (DOCTYPE), qu’un flux ne contient jamais.", cure
	case errors.Is(err, xsd.ErrTooLarge), errors.Is(err, xsd.ErrTooSlow):
		r.Severity = pes.Warns
		r.Why, r.Cure = "Ce flux est trop volumineux pour être comparé aux schémas officiels du PES.", "Vérifiez-le dans votre logiciel comptable avant de le signer."
	case errors.Is(err, xsd.ErrEncoding):
		r.Severity = pes.Warns
		r.Why, r.Cure = "Ce flux n’est pas comparé aux schémas officiels du PES : son jeu de caractères n’est pas connu ici.", "Vérifiez-le dans votre logiciel comptable avant de le signer."
	default:
		r.Severity = pes.Warns
		r.Why = "Ce flux n’est pas comparé aux schémas officiels du PES : ceux de cet ordinateur ne peuvent pas être lus."
		r.Cure = "Demandez à l’ALPI de les installer à nouveau ; Airial fait ses propres contrôles."
	}
	return r
}

// remarks give the first problems their words.
func remarks(problems []xsd.Problem) (out []pes.Remark) {
	for i, p := range problems {
		if i == maxRemarks {
			return append(out, pes.Remark{Severity: pes.Stops, Code: "schema", Why: "D’autres endroits de ce flux sont contraires aux schémas officiels.", Cure: cure, Source: source})
		}
		r := pes.Remark{Severity: pes.Stops, Code: "schema", Why: words(p), Cure: cure, Source: source}
		if p.Line > 0 {
			r.Where = fmt.Sprintf("Ligne %d", p.Line)
		}
		out = append(out, r)
	}
	return out
}

// The shapes of libxml2's messages, which name the element, perhaps its attribute, and what is wrong.
var (
	subject  = regexp.MustCompile(`(?s)^Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: (.*)$`)
	facet    = regexp.MustCompile(`(?s)^\[facet '(\w+)'\] (?:The value|The attribute value)?(.*)$`)
	value    = regexp.MustCompile(`(?s)^\s*'(.*?)' (?:is not|has more|is less|is greater|has a length|must be|does not)`)
	bound    = regexp.MustCompile(`(?s)'([^']*)'\)?\.?$`)
	expected = regexp.MustCompile(`(?s)Expected is (?:one of )?\( (.*) \)\.?$`)
	set      = regexp.MustCompile(`(?s)(\{.*\})\.?$`)
	quoted   = regexp.MustCompile(`(?s)'([^']*)'`)
	space    = regexp.MustCompile(`\{[^}]*\}|##other`)
)

// words say a problem as people do; what is not known is said in general words, with what libxml2 said.
func words(p xsd.Problem) string {
	if p.Malformed {
		return "Le fichier n’est pas du XML bien formé à partir d’ici : il est coupé ou abîmé."
	}
	m := subject.FindStringSubmatch(p.Message)
	if m == nil {
		return "Le flux est contraire aux schémas officiels" + said(p.Message)
	}
	element, attribute, what := "« "+m[1]+" »", m[2], m[3]
	if attribute != "" && attribute != "V" { // V is where all of PES's values are
		element += ", attribut « " + attribute + " »"
	}
	return element + " : " + reason(p.Code, what)
}

func said(message string) string {
	if message = short(message); message == "" {
		return "."
	}
	return " (" + message + ")."
}

// libxml2's codes for what XML Schema asks (xmlParserErrors, XML_SCHEMAV_*).
const (
	badType      = 1824
	emptyContent = 1841
	noElements   = 1842
	onlyElements = 1843
	noElement    = 1845
	badAttribute = 1866
	noAttribute  = 1867
	wants        = 1868
	badContent   = 1871
)

func reason(code int, what string) string {
	if f := facet.FindStringSubmatch(what); f != nil {
		return limited(f[1], f[2])
	}
	switch code {
	case badContent:
		return content(what)
	case badType:
		return "la valeur " + shown(what) + "n’est pas du type voulu."
	case wants:
		if name := quoted.FindStringSubmatch(what); name != nil {
			return "l’attribut « " + name[1] + " » manque."
		}
	case badAttribute, noAttribute:
		return "cet attribut n’est pas prévu ici."
	case emptyContent:
		return "cet élément doit être vide, et contient quelque chose."
	case noElements:
		return "un élément se trouve à l’intérieur, où il n’en faut pas."
	case onlyElements:
		return "du texte se trouve ici, où il n’en faut pas."
	case noElement:
		return "ce n’est pas un élément que les schémas prévoient au début d’un flux."
	}
	return "contraire aux schémas officiels" + said(what)
}

// content says what should have been there instead.
func content(what string) string {
	said := "cet élément n’est pas attendu ici"
	if strings.HasPrefix(what, "Missing") {
		said = "il manque un élément à l’intérieur"
	}
	if e := expected.FindStringSubmatch(what); e != nil {
		names := strings.Split(space.ReplaceAllString(e[1], ""), ", ")
		for i := range names {
			names[i] = strings.Trim(names[i], " *")
		}
		word := " ; il faudrait "
		if len(names) > 6 {
			names = append(names[:6], "…")
		}
		return said + word + "« " + strings.Join(names, " » ou « ") + " »."
	}
	return said + "."
}

// limited says which limit of its type a value does not keep.
func limited(name, what string) string {
	v, limit := shown(what), ""
	if m := bound.FindStringSubmatch(what); m != nil {
		limit = short(m[1])
	}
	switch name {
	case "totalDigits":
		return fmt.Sprintf("la valeur %sa trop de chiffres (%s au plus).", v, limit)
	case "fractionDigits":
		return fmt.Sprintf("la valeur %sa trop de chiffres après la virgule (%s au plus).", v, limit)
	case "maxLength":
		return fmt.Sprintf("la valeur %sest trop longue (%s caractères au plus).", v, limit)
	case "minLength":
		return fmt.Sprintf("la valeur %sest trop courte (%s caractères au moins).", v, limit)
	case "length":
		return fmt.Sprintf("la valeur %sn’a pas la longueur voulue (%s caractères).", v, limit)
	case "minInclusive", "minExclusive":
		return fmt.Sprintf("la valeur %sest trop petite (limite : %s).", v, limit)
	case "maxInclusive", "maxExclusive":
		return fmt.Sprintf("la valeur %sest trop grande (limite : %s).", v, limit)
	case "pattern":
		return fmt.Sprintf("la valeur %sn’a pas la forme voulue (%s).", v, limit)
	case "enumeration":
		choices := ""
		if m := set.FindStringSubmatch(what); m != nil {
			choices = " (" + short(strings.ReplaceAll(strings.Trim(m[1], "{}"), "'", "")) + ")"
		}
		return "la valeur " + v + "n’est pas de celles que les schémas prévoient" + choices + "."
	}
	return "contraire aux schémas officiels" + said(what)
}

// shown is the value that a message cites, with a space after it; "" when it cites none.
func shown(what string) string {
	if m := value.FindStringSubmatch(what); m != nil {
		return "« " + short(m[1]) + " » "
	}
	return ""
}

// short cuts a text that comes from outside.
func short(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if letters := []rune(text); len(letters) > maxValue {
		return string(letters[:maxValue]) + "…"
	}
	return text
}
