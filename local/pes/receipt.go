package pes

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"alpi40.fr/airial/local/signature/xmltree"
)

// Receipt is a PES_Acquit: what became of a flow at Hélios.
type Receipt struct {
	// File is the name of the flow that it answers.
	File, Date string
	// Siret and Budget are whose flow it was.
	Siret, Budget string
	Elements      []Element
}

// Element is the answer about one part of the flow.
type Element struct {
	// Domain is the label of what is answered: «Dépense», «PJ».
	Domain string
	OK     bool
	// Bordereau and Exercise, or Attachment, or Market name the part.
	Bordereau, Exercise, Attachment, Market string
	Errors                                  []Anomaly
}

// Anomaly is a reason of rejection; Piece and Line are "" when it is of the whole part.
type Anomaly struct{ Piece, Line, Code, Label string }

// Answers tells whether it is about a flow: by its name, or, when a third party has renamed
// the flow on the way, by its budget and the bordereaux.
func (r *Receipt) Answers(f *Flow) bool {
	if r.File != "" && r.File == f.Name {
		return true
	}
	if r.Siret == "" || r.Siret != f.Siret || r.Budget != f.Budget {
		return false
	}
	known := map[[2]string]bool{}
	for _, b := range f.Bordereaux {
		known[[2]string{b.Exercise, b.Number}] = true
	}
	found := false
	for _, e := range r.Elements {
		if e.Bordereau != "" && !known[[2]string{e.Exercise, e.Bordereau}] {
			return false
		}
		found = found || e.Bordereau != ""
	}
	return found
}

// maxElements bounds those of a receipt.
const maxElements = 200_000

// Accepted tells whether every part was.
func (r *Receipt) Accepted() bool {
	for _, e := range r.Elements {
		if !e.OK {
			return false
		}
	}
	return len(r.Elements) > 0
}

// IsReceipt tells from the first bytes whether a file is an answer of Hélios, whatever its name.
func IsReceipt(raw []byte) bool {
	head := bytes.TrimLeft(bytes.TrimPrefix(raw[:min(len(raw), 8<<10)], []byte("\xef\xbb\xbf")), " \t\r\n")
	return bytes.HasPrefix(head, []byte("<")) && receiptRoot.Match(head)
}

// receiptRoot finds the root's tag, whatever its prefix and its case.
var receiptRoot = regexp.MustCompile(`(?i)<([a-z0-9_.-]+:)?PES_ACQUIT[\s/>]`)

// ReadReceipt reads a PES_Acquit, of either version.
// Errors: those of xmltree.Walk, ErrNotPES, ErrTooLarge.
func ReadReceipt(raw []byte) (*Receipt, error) {
	out := &Receipt{}
	var path []string
	var at Anomaly // where the next anomaly stands
	open := false  // an anomaly is being read
	element := func() *Element { return &out.Elements[len(out.Elements)-1] }
	err := xmltree.Walk(raw, func(p xmltree.Part) error {
		local := p.Name.Local
		switch {
		case p.Start && len(path) == 0 && !strings.EqualFold(local, "PES_ACQUIT"):
			return fmt.Errorf("its root is %s: %w", local, ErrNotPES)
		case p.Start && local == "ElementACQUIT":
			if len(out.Elements) >= maxElements {
				return fmt.Errorf("more than %d answers: %w", maxElements, ErrTooLarge)
			}
			out.Elements = append(out.Elements, Element{})
			at = Anomaly{}
		case p.Start && local == "Erreur" && len(out.Elements) > 0:
			at.Code, at.Label, open = "", "", true
		case p.End && local == "Erreur" && open:
			if len(element().Errors) < maxElements {
				element().Errors = append(element().Errors, at)
			}
			open = false
		case p.End && local == "DetailLigne":
			at.Line = ""
		case p.End && local == "DetailPiece":
			at.Piece, at.Line = "", ""
		case p.Start && len(p.Attr("V")) > maxValue:
			return fmt.Errorf("%s is too long: %w", local, ErrTooLarge)
		case p.Start && len(out.Elements) == 0:
			switch local {
			case "NomFic":
				out.File = p.Attr("V")
			case "DteStr":
				out.Date = p.Attr("V")
			case "IdColl":
				out.Siret = strings.TrimSpace(p.Attr("V"))
			case "CodBud":
				out.Budget = strings.TrimSpace(p.Attr("V"))
			}
		case p.Start:
			receiptValue(element(), &at, local, strings.TrimSpace(p.Attr("V")))
		}
		if p.Start {
			path = append(path, local)
		} else if p.End {
			path = path[:len(path)-1]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func receiptValue(e *Element, at *Anomaly, local, v string) {
	switch local {
	case "DomaineAck":
		e.Domain = label("acquit", "DomaineAck", v)
	case "EtatAck":
		e.OK = v == "1" || v == "true"
	case "NumPiece":
		at.Piece = v
	case "NumLigne":
		at.Line = v
	case "NumAnoAck":
		at.Code = v
	case "LibelleAnoAck":
		at.Label = v
	case "NumBord":
		e.Bordereau = v
	case "ExerciceBord":
		e.Exercise = v
	case "IdUnique":
		e.Attachment = v
	case "IdMarche":
		e.Market = v
	}
}
