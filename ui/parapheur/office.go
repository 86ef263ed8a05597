package parapheur

import (
	"context"

	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/pes"
	"alpi40.fr/airial/local/signature/validation"
	"alpi40.fr/airial/local/store"
	"alpi40.fr/airial/ui/shell"
	"alpi40.fr/airial/ui/widgets"
)

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	// Person is who works here; Desk is the parapheur of the present authority.
	Person(ctx context.Context) (string, error)
	Desk() *parapheur.Desk
	// Pages opens a document for the preview.
	Pages(ctx context.Context, d store.Digest) (widgets.Pages, error)
	// Flow reads an accounting flow of a folder, with the remarks on it.
	Flow(ctx context.Context, folder string, d store.Digest) (*pes.Flow, []pes.Remark, error)
	// Attachment opens a file that a flow carries.
	Attachment(ctx context.Context, a pes.Attachment) ([]byte, error)
	// Content gives a document's bytes.
	Content(ctx context.Context, d store.Digest) ([]byte, error)
	// Prepare looks at the chosen key and at a lot, before its PIN is asked for.
	Prepare(ctx context.Context, folders []parapheur.SeenFolder) (Prepared, error)
	// Sign signs a lot with the chosen key; pin is wiped.
	Sign(ctx context.Context, folders []parapheur.SeenFolder, pin []byte, progress shell.Progress) ([]parapheur.Result, error)
	// PageSize gives the size of a page of a PDF on the disk, in points, as displayed.
	PageSize(ctx context.Context, path string, page int) (width, height float64, err error)
	// File opens a file on the disk for the preview.
	File(ctx context.Context, path string) (widgets.Pages, error)
	// Add adds a file on the disk to a folder, as an annex.
	Add(ctx context.Context, folder, path string) error
	// NoteReceipt keeps Hélios's answer, a file on the disk, in the folder of its flow.
	NoteReceipt(ctx context.Context, folder, path string) error
	// Import makes a folder of files on the disk and sends it on its route. An answer of Hélios
	// alone makes none: it is noted in the folder of its flow, which is given.
	Import(ctx context.Context, n NewFolder) (id string, answer bool, err error)
	// Carry asks the third party now what became of what is on its way; CarryTrouble is why it
	// could not be reached lately, nil when it could.
	Carry(ctx context.Context) error
	CarryTrouble(ctx context.Context) error
	Reviewer
	// Validate judges the signatures of a document, without network; ValidateFile those of a file on the disk.
	Validate(ctx context.Context, d parapheur.Document) (validation.Report, error)
	ValidateFile(ctx context.Context, path string) (validation.Report, error)
	// Slip prints the signing slip.
	Slip(ctx context.Context, id string) ([]byte, error)
	// Views are the searches that were kept on this computer; KeepViews keeps them.
	Views(ctx context.Context) ([]SavedView, error)
	KeepViews(ctx context.Context, all []SavedView) error
	// Bundle gathers all that proves a folder, for whoever asks for it later: a ZIP.
	Bundle(ctx context.Context, id string) ([]byte, error)
	Archiver
	Comparer
	FlowPrinter
}

// Reviewer is what the page asks of the legality review for a folder that goes there.
type Reviewer interface {
	// Review tells what is known of the act before it leaves.
	Review(ctx context.Context, folder string) (Review, error)
	// SendPrepared has the act transmitted as it was prepared; TakeBackLegality takes that back.
	SendPrepared(ctx context.Context, folder string) error
	TakeBackLegality(ctx context.Context, folder string) error
	// StampedCopy makes a copy of an act that was received, stamped with its receipt.
	StampedCopy(ctx context.Context, folder string) ([]byte, error)
}

// Review is the transmission of a folder's act, before it leaves.
type Review struct {
	ID       string // of the act, on the page of the legality review
	Prepared bool   // what is to be transmitted was said
}

// SavedView is a search that a person keeps under a name.
type SavedView struct {
	Name  string          `json:"name"`
	Query parapheur.Query `json:"query"`
}

// Prepared is what is known before a PIN is asked for.
type Prepared struct {
	// Token names the chosen key; Tries are those it has left, below 0 when unknown.
	Token string
	Tries int
	// ByItself: the reader or the system asks for the PIN.
	ByItself bool
	// Failed are the folders that could not be signed with it.
	Failed []parapheur.Result
}
