package desktop

import (
	"errors"
	"os"
	"testing"

	"alpi40.fr/airial/ui/shell"
)

// The dialogs of Windows are made and take what is asked of them, down to the last step before they are shown.
func TestDialogsAreMade(t *testing.T) {
	for name, work := range map[string]func() error{
		"open": func() error {
			return onDialog(t.Context(), classOpen, interfaceOpen, func(o *object) error {
				return errors.Join(prepare(o, "Choisir un fichier signé", filesOnly|pathMustExist|fileMustExist|pickMany), setTypes(o, []string{".pdf", ".p7s"}))
			})
		},
		"folder": func() error {
			return onDialog(t.Context(), classOpen, interfaceOpen, func(o *object) error {
				return prepare(o, "Choisir un dossier", filesOnly|pathMustExist|pickFolders)
			})
		},
		"save": func() error {
			return onDialog(t.Context(), classSave, interfaceSave, func(o *object) error {
				return errors.Join(prepare(o, "Enregistrer", filesOnly|askOverwrite), o.text(methodSetFileName, "Bordereau — n° 12.pdf"), setTypes(o, []string{".pdf"}), o.text(methodSetExtension, "pdf"))
			})
		},
	} {
		if err := work(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A person, or a script, answers the dialogs: AIRIAL_TEST_DIALOG says which is shown.
func TestDialogIsAnswered(t *testing.T) {
	d := New("")
	switch os.Getenv("AIRIAL_TEST_DIALOG") {
	case "open":
		paths, err := d.Pick(t.Context(), shell.Files{Title: "Choisir", Extensions: []string{".pdf"}, Many: true})
		t.Logf("%q, %v", paths, err)
	case "folder":
		paths, err := d.Pick(t.Context(), shell.Files{Title: "Choisir", Folder: true})
		t.Logf("%q, %v", paths, err)
	case "save":
		path, err := d.SavePath(t.Context(), "Enregistrer", "Bordereau.pdf")
		t.Logf("%q, %v", path, err)
	default:
		t.Skip("nobody is there to answer")
	}
}
