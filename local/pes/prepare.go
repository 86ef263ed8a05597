package pes

import (
	"fmt"

	"alpi40.fr/airial/local/signature/xmltree"
)

// Prepare gives the flow with InfoDematerialisee at 1 for each side that it has: Hélios
// rejects a signed flow that says otherwise, and the mark must stand before the signature.
// Every other byte is kept; a flow that is marked already comes back as it is.
// Errors: those of xmltree.Parse, ErrNotPES.
func Prepare(raw []byte) ([]byte, error) {
	d, err := xmltree.Parse(raw)
	if err != nil {
		return nil, err
	}
	if !d.Root().Is(Namespace, "PES_Aller") {
		return nil, ErrNotPES
	}
	var inserts []xmltree.Insert
	for _, names := range [][2]string{{"PES_DepenseAller", "EnTeteDepense"}, {"PES_RecetteAller", "EnTeteRecette"}} {
		head := d.Root().Child("", names[0]).Child("", names[1])
		if head.IsZero() {
			continue
		}
		if mark := head.Child("", "InfoDematerialisee"); !mark.IsZero() {
			if v := mark.Attr("V"); v != "1" && v != "true" {
				inserts = append(inserts, mark.SetAttr("V", "1"))
			}
			continue
		}
		version := head.Child("", "IdVer")
		if version.IsZero() {
			return nil, fmt.Errorf("%s has no IdVer: %w", names[1], ErrNotPES)
		}
		inserts = append(inserts, version.After(`<InfoDematerialisee V="1"/>`))
	}
	if len(inserts) == 0 {
		return raw, nil
	}
	return d.Edit(inserts...), nil
}

// Targets gives the identifiers of what is to be signed: each bordereau where all bear
// one, else the root; nil when there is none to sign by.
func (f *Flow) Targets() []string {
	var ids []string
	for _, b := range f.Bordereaux {
		if b.ID == "" {
			ids = nil
			break
		}
		ids = append(ids, b.ID)
	}
	if len(ids) == 0 && f.ID != "" {
		return []string{f.ID}
	}
	return ids
}
