package gateway

import (
	"context"

	"alpi40.fr/airial/local/authority"
	"alpi40.fr/airial/local/parapheur"
	"alpi40.fr/airial/local/store"
)

// Office is what the door asks of the town hall.
type Office interface {
	// Types gives the authority's own types of folders.
	Types(ctx context.Context) ([]parapheur.FolderType, error)
	// Deposit makes a folder and sends it on its route, as one act.
	Deposit(ctx context.Context, d Deposit) error
	// Named gives the folder of an identifier; store.ErrNotFound.
	Named(ctx context.Context, id string) (*parapheur.Folder, error)
	// All gives the folders that came by the door, the latest changed first.
	All(ctx context.Context, limit int) ([]parapheur.Folder, error)
	// Town gives names.
	Town(ctx context.Context) (parapheur.Town, error)
	// Content gives a document.
	Content(ctx context.Context, d store.Digest) ([]byte, error)
	// Slip prints the signing slip of a folder, by its id in the parapheur.
	Slip(ctx context.Context, folder string) ([]byte, error)
	// Retrieve takes a folder that has come to its end off its author's pile.
	Retrieve(ctx context.Context, folder string) error
}

// Deposit is a folder that arrives.
type Deposit struct {
	// ID is the sender's own identifier, Type the id of a type, "" for none.
	ID, Type, Title string
	Deadline        authority.Day
	Files           []File
	Notes           []parapheur.Note
}

// File is one of its documents.
type File struct {
	Name    string
	Content []byte
	Annex   bool
}
