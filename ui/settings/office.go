package settings

import (
	"context"
	"time"

	"alpi40.fr/airial/ui/shell"
)

// Office is what this page asks of the program. All methods run off the window's thread.
type Office interface {
	// State reads what the sections show.
	State(ctx context.Context) (State, error)
	// Enrol joins this computer to the authority's server with the short-lived code an administrator gave.
	Enrol(ctx context.Context, server, code string) error
	// Tokens lists the certificates that can sign through a PKCS#11 module or a PKCS#12 file (a path; empty: the known modules).
	Tokens(ctx context.Context, module string) ([]Certificate, error)
	// SetTimestamp keeps the address of the timestamping service; empty: none.
	SetTimestamp(ctx context.Context, address string) error
	// SetThirdParty keeps the trusted third party, without an address forgets it;
	// TryThirdParty asks whether it lets the town hall in.
	SetThirdParty(ctx context.Context, t ThirdParty) error
	TryThirdParty(ctx context.Context) error
	// SetMail keeps a mailbox, without a server forgets it; TryMail enters it.
	SetMail(ctx context.Context, m Mail) error
	TryMail(ctx context.Context, account string) error
	// SetRemindByMail has this computer remind people by mail of folders near their deadline, or no longer.
	SetRemindByMail(ctx context.Context, on bool) error
	// FindMail looks for the servers of an address; SignInMail has a person sign in with the browser, which browse opens.
	FindMail(ctx context.Context, address string) (Mail, error)
	SignInMail(ctx context.Context, account string, browse func(address string)) error
	// SetWatched keeps the folder whose files become folders of the parapheur; empty: none.
	SetWatched(ctx context.Context, dir string) error
	// Gateway tells how the door of business software stands; SetGateway opens it, or shuts it.
	Gateway(ctx context.Context) (Gateway, error)
	SetGateway(ctx context.Context, on bool, address string, secure bool) error
	// NewPassword draws the password of business software in place of the former, and gives it
	// this once; RevokePassword forgets it, which shuts the door.
	NewPassword(ctx context.Context) (string, error)
	RevokePassword(ctx context.Context) error
	// Trust adds the certification authorities of a file to the trusted ones, and gives their names.
	Trust(ctx context.Context, path string) ([]string, error)
	// InstallTrust takes a trust package of the disk.
	InstallTrust(ctx context.Context, path string) error
	// AskRenewal asks the agency for a new certificate in place of the chosen one.
	AskRenewal(ctx context.Context) error
	// UseToken keeps the certificate chosen for signing.
	UseToken(ctx context.Context, c Certificate) error
	// Backup writes one encrypted file under dir and returns its path.
	Backup(ctx context.Context, dir string, progress shell.Progress) (string, error)
	// Release tells the version of Airial that this computer is offered.
	Release(ctx context.Context) (Release, error)
	// FetchRelease brings its installer onto this computer, and gives its path.
	FetchRelease(ctx context.Context) (string, error)
	// RecoverySheet is the PDF to print and keep in a sealed envelope at the town hall.
	RecoverySheet() shell.Document
}

// State is what the sections show.
type State struct {
	Enrolled     bool
	Server       string
	Device       string // the name under which the server knows this computer
	Devices      []Device
	Certificate  Certificate
	Module       string // what holds the chosen key
	Timestamp    string // the timestamping service
	Watched      string // the watched folder
	ThirdParty   ThirdPartyState
	Mails        []Mail    // without their passwords
	RemindByMail bool      // this computer reminds people of folders near their deadline
	TrustVersion int       // of the trust package, 0 for none
	TrustMade    time.Time // when it was made
	TrustOld     bool      // it no longer vouches for anything
	Trusted      []string  // the trusted authorities, beside those of the program
	FlowSchemas  string    // where the official schemas of accounting flows are, "" for nowhere
	LastBackup   time.Time // zero: never
	Version      string
	DataDir      string
}

// Release is a newer version of Airial. Version is empty when there is none; Withdrawn: the agency took back the one
// that runs.
type Release struct {
	Version, Day string // Day as 2026-12-01
	Notes        []string
	Withdrawn    bool
}

// Device is a computer of the authority.
type Device struct {
	Name          string
	Enrolled      time.Time
	Here, Revoked bool
}

// Certificate is one signing certificate on a token.
type Certificate struct {
	Module, Slot, Label string
	Holder, Issuer      string
	// Serial, the end of it, tells two certificates of one holder apart; Authenticates: it is made to say who
	// is there rather than to sign.
	Serial        string
	Authenticates bool
	// Store: it is in the certificate store of Windows.
	Store    bool
	NotAfter time.Time // unset: a PKCS#12 file, which tells nothing before it is opened
	Renewal  shell.Renewal
}

// Look is the appearance chosen, kept in the preferences under "look.mode" and "look.size"; apply takes effect at once.
type Look interface{ Apply(mode, size string) }
