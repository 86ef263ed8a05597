package pes

// Meaning says what signing this flow does, with its article, one sentence for each side
// that it has.
func (f *Flow) Meaning() []string {
	sides := map[Side]bool{}
	for _, b := range f.Bordereaux {
		sides[b.Side] = true
	}
	var out []string
	if sides[Spending] {
		out = append(out, "Signer un bordereau de mandats certifie le service fait et le caractère exécutoire des pièces justificatives (CGCT, art. D1617-23).")
	}
	if sides[Receipts] {
		out = append(out, "Signer un bordereau de titres rend les titres exécutoires (CGCT, art. D1617-23).")
	}
	return out
}
