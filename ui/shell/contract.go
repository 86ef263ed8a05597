package shell

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"alpi40.fr/airial/ui/lang"
	"alpi40.fr/airial/ui/widgets"
)

// PageName names a page of the rail, for example "parapheur".
type PageName string

// Route says where one is: a page and, in it, one thing ("folder/0193…", empty for the page itself). Comparable.
type Route struct {
	Page PageName
	Arg  string
}

// Page is one place of the rail. All its methods are called on the window's thread.
type Page interface {
	// Route returns the route now shown, kept in the history when the page is left.
	Route() Route
	// Title returns the page's title in French, shown in the window's title and the history.
	Title() string
	// Content returns the page's objects, always the same one.
	Content() fyne.CanvasObject
	// Show tells that the page is now in view at that route; it loads what it needs with [Load].
	Show(Route)
	// Hide tells that the page is left. Its loads are cancelled by the shell.
	Hide()
}

// Finder is a page with a filter field of its own: Ctrl+F.
type Finder interface{ Find() }

// Printer is a page that can print what it shows: Ctrl+P.
type Printer interface{ PrintPage() }

// Dropper is a page that takes files dropped on the window. It returns false when it has no use for them now.
type Dropper interface{ Drop(paths []string) bool }

// Draft is a page where text is typed; SaveDraft is called before it is left and before the window
// closes. It hands the text to [Host.Run]: a closing window waits for it.
type Draft interface{ SaveDraft() }

// Focuser is a page that says which object takes the focus when it is shown, and which panes F6 goes through.
type Focuser interface{ Panes() []fyne.Focusable }

// Entry places a page in the rail. Icon is one of ui/theme; TitleKey a key of ui/lang. New runs at the first visit.
// Badge, if any, counts what waits in the page; it runs off the window's thread, after each change of the journal.
// A page with Foot stands at the bottom of the rail. A page with Under belongs to another that stands before it: the
// rail shows it, set in, while one is in that page or in one of its own, and counts it with that page otherwise. Ctrl and a digit open the others.
// Commands are found by the search field from anywhere. Find, if any, answers the search field at once, on the
// window's thread; what it finds without a Kind is of the page's title.
type Entry struct {
	Route    Route
	Icon     fyne.Resource
	TitleKey string
	New      func(Host) Page
	Badge    func(context.Context) (int, error)
	Foot     bool
	Under    PageName
	Commands []Command
	Find     func(words string) []Found
}

// Command is something that a page does, found by the search field under its label: the page is opened, then Run called
// with it, on the window's thread.
type Command struct {
	LabelKey string
	Run      func(Page)
}

// Authority is the town hall (or CCAS, syndicate…) whose data are shown.
type Authority struct{ ID, Name, Person string }

// Progress tells how far a long action is; total 0 means unknown. May be called from any goroutine.
type Progress func(done, total int, what string)

// Action is something a person started. While an action with the same ID runs, a second Run of it is ignored.
// Run works off the window's thread and must end soon after ctx is done; Done is called on the thread after success;
// Failed, if set, replaces the error panel.
type Action struct {
	ID     string
	Label  string
	Run    func(ctx context.Context, progress Progress) error
	Done   func()
	Failed func(error)
}

// Question asks for a text in a panel over the page: the reason of a refusal, a name. Required refuses an empty answer.
type Question struct {
	Title, Why, Placeholder, Yes string
	Lines                        int
	Required, Dangerous          bool
	// Plain: yes or no, without a word to write.
	Plain bool
}

// PINRequest asks for a token's PIN. TriesLeft below 0 means unknown. Err is the former try's trouble, in French.
type PINRequest struct {
	Token, What string
	TriesLeft   int
	Err         string
	// Title, Hint and Yes are the words of a secret that is no PIN; empty: a PIN's.
	Title, Hint, Yes string
}

// Files restricts what a person may pick.
type Files struct {
	Title      string
	Extensions []string // ".pdf", lower case; empty: all
	Many       bool
	Folder     bool // a folder is wanted, and no file
}

// Document is a file that can be opened, saved or printed; Open gives its bytes and runs off the window's thread.
type Document struct {
	Name string // suggested file name, with its extension
	Open func(context.Context) (io.ReadCloser, error)
}

// Meaning is one of the four things a colour may say, always with an icon and a word.
type Meaning int

// The four meanings, and plain information.
const (
	Info Meaning = iota
	Done
	Waiting
	Late
	Refused
)

// Preferences keeps small things of the window (offsets, sizes) on this computer.
type Preferences interface {
	Float(key string, fallback float64) float64
	SetFloat(key string, value float64)
	String(key, fallback string) string
	SetString(key, value string)
	Bool(key string, fallback bool) bool
	SetBool(key string, value bool)
}

// Host is what the shell offers a page. Its methods are called on the window's thread, callbacks come on it as well.
type Host interface {
	// Go shows a route; the history remembers the present one.
	Go(Route)
	// Back returns to where one came from.
	Back()
	// Load runs query off the thread and applies its result, unless the page was left or another Load of the same slot
	// was started since. An error shows the error panel. Pages call the typed [Load].
	Load(slot string, query func(context.Context) (any, error), apply func(any))
	// Run runs an action with progress, cancellation, a guard against a second click and the error panel.
	Run(Action)
	// Ask asks for a text; answer is not called when the person gives up.
	Ask(q Question, answer func(string))
	// AskPIN asks for a PIN, in a modal dialog. The callee wipes the bytes after use.
	AskPIN(r PINRequest, answer func(pin []byte))
	// PickFiles lets the person choose files; picked gets their paths and is not called when she gives up.
	PickFiles(f Files, picked func(paths []string))
	// Save lets the person choose where a document is written.
	Save(Document)
	// OpenPath hands a file that is on this computer to the program that the system has for it.
	OpenPath(path string)
	// OpenPDF opens a document with the system's reader; Print sends it to the system's printing.
	OpenPDF(Document)
	Print(Document)
	// DragOut takes documents, from a drag that has begun and whose button is still held, to the program that the person lets them
	// go over.
	DragOut(...Document)
	// Browse opens an address of the web in the system's browser: https alone, or http on this computer.
	Browse(address string)
	// Toast says in one line that something happened. undo may be nil.
	Toast(m Meaning, text string, undo func())
	// Fail shows the error panel.
	Fail(error)
	// Authority tells whose data are shown.
	Authority() Authority
	// Changes calls changed, soon after and at most a few times a second, when a stream with one of these prefixes
	// ("folder/", "sitting/") changed, as long as the page is in view.
	Changes(prefixes []string, changed func())
	// Text gives the French text of a key; see [lang.Catalogue.Text].
	Text(key string, args ...any) string
	// Lang gives the catalogue itself, for dates and numbers.
	Lang() *lang.Catalogue
	// Now is the clock.
	Now() time.Time
	// Schedule runs a function on the window's thread, from any goroutine. It is for ui/widgets, which take a scheduler.
	Schedule(func())
	// Preferences keeps small settings of the page on this computer.
	Preferences() Preferences
}

// Load runs query off the window's thread and applies its result on it. See [Host.Load].
func Load[T any](h Host, slot string, query func(context.Context) (T, error), apply func(T)) {
	h.Load(slot,
		func(ctx context.Context) (any, error) { return query(ctx) },
		func(v any) {
			found, _ := v.(T) // an interface may hold nothing
			apply(found)
		})
}

// SyncError tells why the last exchange with the server failed, as a person must understand it.
type SyncError int

// The kinds of trouble. Offline is not one for the person: the work goes on.
const (
	SyncFine SyncError = iota
	SyncOffline
	SyncPaused // by the person, who works offline
	SyncNotEnrolled
	SyncRevoked
	SyncUntrusted   // the server's certificate is not the expected one
	SyncVersion     // this version of the program is too old for the server
	SyncServerFault // the server answered nonsense or an error
	SyncDiskFull
	SyncLocal  // this computer's own files cannot be read or written
	SyncClock  // this computer's clock is too far from the server's, or before what it wrote already
	SyncPortal // the network wants one to sign in on a page first
)

// SyncStatus is the state of the exchanges at one moment.
type SyncStatus struct {
	LastSuccess time.Time // zero: never
	Out, In     int       // entries and documents that wait to be sent, to be received
	Behind      int       // entries of the past that are still to come; the newest are here
	Running     bool
	Error       SyncError
	Detail      string // technical detail for the assistance, may be empty
	NextTry     time.Time
	Conflicts   int
	Trust       TrustStatus
	// Notice is what the agency wants all to know at once, empty for nothing.
	Notice string
	// Metered: the line is paid by what it carries, and large documents wait for another.
	Metered bool
}

// TrustStatus is the state of what this computer judges signatures by.
type TrustStatus struct {
	Version int // of the trust package, 0 for none
	Made    time.Time
	Old     bool // it no longer vouches for anything
	Refused bool // the server's last one could not be taken: this one stays
}

// SyncState is all the window knows of the network. Watch sends after each change of the status until ctx is done.
type SyncState interface {
	Status() SyncStatus
	Watch(ctx context.Context) <-chan struct{}
	SyncNow(ctx context.Context) error
	// SetOnline(false) suspends the exchanges at once, SetOnline(true) takes them up again. It only sets a mark.
	SetOnline(online bool)
}

// Company tells who else has the same thing before the eyes, on other computers and while there is a line.
type Company interface {
	// Attend says what whoever works here looks at: a stream of the journal, empty for none. It only sets a mark.
	Attend(stream string)
	// With gives the names of the others who look at it; it runs off the window's thread.
	With(ctx context.Context, stream string) ([]string, error)
}

// CompanyStream is told like a stream of the journal when others came or left.
const CompanyStream = "company"

// Attend says that a page shows a stream of the journal which several may read and write at once, and has show told the names
// of the others, now and whenever they change, until the page is left or attends to something else. An empty stream attends
// to nothing.
func Attend(h Host, stream string, show func(names []string)) {
	if a, ok := h.(attender); ok {
		a.attend(stream, show)
	}
}

// CompanyWords says who else has a text before the eyes, those left out who are said to write it; empty for nobody.
func CompanyWords(h Host, names, writing []string) string {
	var others []string
	for _, n := range names {
		if !slices.Contains(writing, n) {
			others = append(others, n)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return h.Text("shell.company", "n", len(others), "names", strings.Join(others, ", "))
}

// SayCompany shows what is said of who writes a text, and who reads it besides; nothing to say takes no room.
func SayCompany(h Host, caption *widgets.CaptionText, said, names, writing []string) {
	if words := CompanyWords(h, names, writing); words != "" {
		said = append(slices.Clip(said), words)
	}
	caption.SetText(strings.Join(said, " "))
	if len(said) == 0 {
		caption.Hide()
	} else {
		caption.Show()
	}
}

type attender interface {
	attend(stream string, show func(names []string))
}

// SyncStream is told like a stream of the journal when the state of the exchanges has changed.
const SyncStream = "sync"

// TrustStream is told like a stream of the journal when what signatures are judged by has changed.
const TrustStream = "trust"

// Changes tells the names of the journal's streams that changed, after commit, until ctx is done.
type Changes interface {
	Subscribe(ctx context.Context) <-chan string
}

// Authorities lists the authorities on this computer and switches between them.
type Authorities interface {
	Current() Authority
	All() []Authority
	// Switch opens another authority; it runs off the window's thread. The shell then drops all pages.
	Switch(ctx context.Context, id string) error
}

// Found is one result of the search field. Kind is a word ("Dossier"), Title and Detail plain text.
type Found struct {
	Route               Route
	Kind, Title, Detail string
	run                 func(Page)
}

// Searcher answers the search field; it runs off the window's thread.
type Searcher interface {
	Search(ctx context.Context, words string, limit int) ([]Found, error)
}

// Explained is an error that can tell a person what happened, what is safe and what to do, each a French sentence.
type Explained interface {
	error
	Explain() (what, safe, todo string)
}
