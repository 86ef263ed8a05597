package manifest

import (
	"errors"
	"fmt"
	"strings"

	"alpi40.fr/airial/local/civilstatus"
	"alpi40.fr/airial/local/rule"
)

// Register is a digitised register that is about to be imported.
type Register struct {
	Name    string // of its list or of its folder
	Dir     string // where its images are
	Commune string
	// Key recognises the list, so that the corrections of one that was closed come back.
	Key   string
	Lines []Line
	Files *Files
}

// Fault is the problem of a scan that was not kept, told at the first of its
// lines. Where the page of another line is there in its place, it says so.
func Fault(lines []Line, at int, err error) Problem {
	p := Problem{At: at, Column: Number, Stops: true, Why: err.Error()}
	if r := rule.Find(err); r != nil {
		p.Why, p.Cure = r.Why, r.Cure
	}
	var wrong *civilstatus.WrongPage
	if !errors.As(err, &wrong) {
		return p
	}
	p.Column = File
	for _, l := range lines {
		if strings.EqualFold(l.Values[SHA256], wrong.Digest.String()) {
			p.Cure = fmt.Sprintf("C’est celui que la ligne %d annonce («%s») : les deux fichiers semblent intervertis.", l.N, l.Values[File])
		}
	}
	return p
}
