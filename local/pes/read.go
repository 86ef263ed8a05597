package pes

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"alpi40.fr/airial/local/signature/xmltree"
)

// Limits of what is read.
const (
	maxBordereaux  = 20_000
	maxPieces      = 500_000
	maxLines       = 1_000_000
	maxAttachments = 50_000
	maxValue       = 4096
)

// Is tells from the first bytes whether a file is a flow to be signed, whatever its name.
func Is(raw []byte) bool {
	return bytes.Contains(raw[:min(len(raw), 8<<10)], []byte(Namespace)) && bytes.Contains(raw[:min(len(raw), 8<<10)], []byte("PES_Aller"))
}

// Read reads a flow. each, which may be nil, is told every bordereau when it ends, the
// flow's head being known by then; its error stops the reading. The bytes must not change
// afterwards. Errors: those of xmltree.Walk, ErrNotPES, ErrTooLarge.
func Read(raw []byte, each func(*Flow, *Bordereau) error) (*Flow, error) {
	r := &reader{flow: &Flow{Dematerialised: map[Side]bool{}}, each: each}
	if err := xmltree.Walk(raw, r.part); err != nil {
		return nil, err
	}
	return r.flow, nil
}

// reader keeps what is open while a flow is walked.
type reader struct {
	flow *Flow
	each func(*Flow, *Bordereau) error

	path []string
	// signature is the depth at which a signature began, 0 outside of one.
	signature int
	side      Side
	bordereau *Bordereau
	piece     *Piece
	line      *Line
	third     *Third
	reference *Reference
	attached  *Attachment

	pieces, lines int
}

func (r *reader) part(p xmltree.Part) error {
	switch {
	case p.Start:
		r.path = append(r.path, p.Name.Local)
		if len(r.path) == 1 {
			return r.root(p)
		}
		if r.signature == 0 {
			return r.open(p)
		}
	case p.End:
		defer func() { r.path = r.path[:len(r.path)-1] }()
		if r.signature == len(r.path) {
			r.signature = 0
			return nil
		}
		if r.signature == 0 {
			return r.close(p.Name.Local)
		}
	case r.attached != nil && r.signature == 0 && r.in("Fichier"):
		r.attached.encoded = append(r.attached.encoded, p.Text)
	}
	return nil
}

// in tells whether the innermost element is of that name.
func (r *reader) in(local string) bool { return r.path[len(r.path)-1] == local }

func (r *reader) under(local string) bool { return len(r.path) > 1 && r.path[len(r.path)-2] == local }

func (r *reader) root(p xmltree.Part) error {
	space := ""
	for _, a := range p.Attrs {
		if a.Name.Space == "xmlns" && a.Name.Local == p.Name.Space || a.Name.Space == "" && a.Name.Local == "xmlns" && p.Name.Space == "" {
			space = a.Value
		}
	}
	if p.Name.Local != "PES_Aller" || space != Namespace {
		return fmt.Errorf("its root is %s: %w", p.Name.Local, ErrNotPES)
	}
	r.flow.ID = p.Attr("Id")
	return nil
}

func (r *reader) open(p xmltree.Part) error {
	local := p.Name.Local
	switch {
	case local == "Signature":
		r.signature = len(r.path)
		if r.bordereau != nil {
			r.bordereau.Signed = true
		} else if len(r.path) == 2 {
			r.flow.Signed = true
		}
	case local == "PES_DepenseAller" && len(r.path) == 2:
		r.side = Spending
		r.flow.Dematerialised[Spending] = false
	case local == "PES_RecetteAller" && len(r.path) == 2:
		r.side = Receipts
		r.flow.Dematerialised[Receipts] = false
	case local == "Bordereau" && r.side != "" && len(r.path) == 3:
		if len(r.flow.Bordereaux) >= maxBordereaux {
			return fmt.Errorf("more than %d bordereaux: %w", maxBordereaux, ErrTooLarge)
		}
		r.bordereau = &Bordereau{Side: r.side, ID: p.Attr("Id")}
		r.flow.Bordereaux = append(r.flow.Bordereaux, r.bordereau)
	case local == "Piece" && r.bordereau != nil && r.under("Bordereau"):
		if r.pieces++; r.pieces > maxPieces {
			return fmt.Errorf("more than %d pieces: %w", maxPieces, ErrTooLarge)
		}
		r.piece = &Piece{}
		r.bordereau.Pieces = append(r.bordereau.Pieces, r.piece)
	case local == "LigneDePiece" && r.piece != nil:
		if r.lines++; r.lines > maxLines {
			return fmt.Errorf("more than %d lines: %w", maxLines, ErrTooLarge)
		}
		r.line = &Line{}
		r.piece.Lines = append(r.piece.Lines, r.line)
	case local == "Tiers" && r.line != nil && r.under("LigneDePiece"):
		r.line.Thirds = append(r.line.Thirds, Third{})
		r.third = &r.line.Thirds[len(r.line.Thirds)-1]
	case local == "PJRef":
		r.reference = &Reference{}
	case local == "PJ" && r.bordereau == nil && (r.under("PES_PJ") || r.under("PES_Aller")):
		if len(r.flow.Attachments) >= maxAttachments {
			return fmt.Errorf("more than %d attachments: %w", maxAttachments, ErrTooLarge)
		}
		r.flow.Attachments = append(r.flow.Attachments, Attachment{})
		r.attached = &r.flow.Attachments[len(r.flow.Attachments)-1]
	case local == "Fichier" && r.attached != nil:
		r.attached.Media = p.Attr("MIMEType")
	default:
		for _, a := range p.Attrs {
			if a.Name.Local == "V" && a.Name.Space == "" {
				if len(a.Value) > maxValue {
					return fmt.Errorf("%s is of %d characters: %w", local, len(a.Value), ErrTooLarge)
				}
				r.value(local, strings.TrimSpace(a.Value))
			}
		}
	}
	return nil
}

func (r *reader) close(local string) error {
	switch {
	case local == "Bordereau" && r.bordereau != nil && len(r.path) == 3:
		b := r.bordereau
		r.bordereau, r.piece, r.line = nil, nil, nil
		if r.each != nil {
			return r.each(r.flow, b)
		}
	case local == "Piece" && r.under("Bordereau"):
		r.piece = nil
	case local == "LigneDePiece":
		r.line = nil
	case local == "Tiers" && r.under("LigneDePiece"):
		r.third = nil
	case local == "PJRef" && r.reference != nil:
		switch {
		case r.line != nil:
			r.line.References = append(r.line.References, *r.reference)
		case r.piece != nil:
			r.piece.References = append(r.piece.References, *r.reference)
		}
		r.reference = nil
	case local == "PJ" && r.attached != nil && (r.under("PES_PJ") || r.under("PES_Aller")):
		r.attached = nil
	}
	return nil
}

// value puts a value where it belongs: the innermost thing that is open.
func (r *reader) value(local, v string) {
	var to *string
	switch {
	case r.reference != nil:
		to = r.reference.field(local)
	case r.attached != nil:
		to = r.attached.field(local)
	case r.third != nil:
		r.third.locate(local, v)
		to = r.third.field(local)
	case r.line != nil:
		r.line.count(local, v)
		to = r.line.field(local)
	case r.piece != nil:
		to = r.piece.field(local)
	case r.bordereau != nil:
		r.bordereau.count(local, v)
		to = r.bordereau.field(local)
	case local == "InfoDematerialisee" && r.side != "":
		r.flow.Dematerialised[r.side] = v == "1" || v == "true"
	case r.side == "":
		to = r.flow.field(local)
	}
	if to != nil && *to == "" {
		*to = v
	}
}

func (f *Flow) field(local string) *string {
	switch local {
	case "NomFic":
		return &f.Name
	case "TypFic":
		return &f.Type
	case "DteStr":
		return &f.Date
	case "IdPost":
		return &f.Post
	case "LibellePoste":
		return &f.PostLabel
	case "IdColl":
		return &f.Siret
	case "CodCol":
		return &f.Authority
	case "CodBud":
		return &f.Budget
	case "LibelleColBud":
		return &f.Label
	}
	return nil
}

func (b *Bordereau) field(local string) *string {
	switch local {
	case "Exer":
		return &b.Exercise
	case "IdBord":
		return &b.Number
	case "DteBordEm":
		return &b.Date
	case "TypBord":
		return &b.Type
	}
	return nil
}

// count reads the figures of a bordereau; what is no figure counts nothing, and is remarked by Check.
func (b *Bordereau) count(local, v string) {
	switch local {
	case "NbrPce":
		b.Count, _ = strconv.Atoi(v)
	case "MtCumulAnnuel":
		b.Cumulative, _ = ParseAmount(v)
	case "MtBordHT", "MtBordHt": // spending and receipts do not write it alike
		b.Net, _ = ParseAmount(v)
	case "MtBordTVA":
		b.VAT, _ = ParseAmount(v)
	}
}

func (p *Piece) field(local string) *string {
	switch local {
	case "IdPce":
		return &p.Number
	case "TypPce":
		return &p.Type
	case "NatPce":
		return &p.Nature
	case "Obj", "ObjPce":
		return &p.Object
	case "CodServ":
		return &p.Service
	case "DteEch":
		return &p.Due
	case "NumeroFacture":
		return &p.Invoice
	}
	return nil
}

func (l *Line) field(local string) *string {
	switch local {
	case "IdLigne":
		return &l.Number
	case "Nature":
		return &l.Account
	case "Fonction":
		return &l.Function
	case "Operation":
		return &l.Operation
	case "Facture":
		return &l.Invoice
	case "ModRegl":
		return &l.Payment
	case "IdMarche":
		return &l.Market
	}
	return nil
}

func (l *Line) count(local, v string) {
	switch local {
	case "MtHT":
		l.Net, _ = ParseAmount(v)
	case "MtTVA":
		l.VAT, _ = ParseAmount(v)
	case "LibVir1", "LibVir2", "ObjLignePce":
		l.Label = strings.TrimSpace(l.Label + " " + v)
	}
}

func (t *Third) field(local string) *string {
	switch local {
	case "RefTiers":
		return &t.Reference
	case "CatTiers":
		return &t.Category
	case "NatJur":
		return &t.Legal
	case "Civilite":
		return &t.Civility
	case "Nom":
		return &t.Name
	case "ComplNom":
		return &t.Complement
	case "Prenom":
		return &t.FirstName
	case "IdTiers":
		return &t.Siret
	case "IBAN":
		return &t.Account.IBAN
	case "BIC":
		return &t.Account.BIC
	case "TitCpte":
		return &t.Account.Holder
	case "LibBanc":
		return &t.Account.Bank
	case "CodeEtab":
		return &t.Account.Code
	case "CodeGuic":
		return &t.Account.Branch
	case "IdCpte":
		return &t.Account.Number
	case "CleRib":
		return &t.Account.Key
	}
	return nil
}

// locate adds a line of address; the town stands on the line of its postcode.
func (t *Third) locate(local, v string) {
	switch {
	case v == "":
	case local == "Adr1", local == "Adr2", local == "Adr3", local == "CP":
		t.Address = append(t.Address, v)
	case local == "Ville" && len(t.Address) > 0:
		t.Address[len(t.Address)-1] += " " + v
	}
}

func (r *Reference) field(local string) *string {
	switch local {
	case "Support":
		return &r.Support
	case "IdUnique":
		return &r.ID
	case "NomPJ":
		return &r.Name
	}
	return nil
}

func (a *Attachment) field(local string) *string {
	switch local {
	case "IdUnique":
		return &a.ID
	case "NomPJ":
		return &a.Name
	case "TypePJ":
		return &a.Type
	case "Description":
		return &a.Description
	}
	return nil
}
