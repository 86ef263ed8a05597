package parapheur

import (
	"time"

	"alpi40.fr/airial/local/rule"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/typeset"
)

// MayArchive tells whether a folder can be handed over to the electronic archive: what
// still changes is not archived (code du patrimoine, art. L211-1 and L212-6: archives are what
// was made or received, and the authority keeps its own).
func MayArchive(f *Folder) error {
	switch {
	case f.Conflict:
		return &rule.Refusal{Why: "Un désaccord est encore à trancher dans ce dossier.", Cure: "Tranchez-le, puis archivez le dossier."}
	case f.State != Done:
		return &rule.Refusal{Article: "Code du patrimoine, art. L212-6", Why: "Seul un dossier terminé s’archive.", Cure: "Attendez la fin de son circuit."}
	}
	return nil
}

// Ended is when the last act on a folder was done.
func (f *Folder) Ended() time.Time {
	at := f.Created
	for _, e := range f.History {
		switch e.Kind {
		case KindApproved, KindSigned, KindSent, KindForwarded, KindAcknowledged, KindUnfiled:
			at = e.At
		}
	}
	return at
}

// Words is what an event of the folder is, in words.
func (f *Folder) Words(e Event) string { return eventName(f, e) }

// Verdicts joins what a folder knows of a document's signatures with what a validation found,
// as the slip prints them.
func (d *Desk) Verdicts(f *Folder, t Town, doc Document, r validation.Report) []typeset.SlipSignature {
	return verdicts(f, t, doc, r, d)
}
