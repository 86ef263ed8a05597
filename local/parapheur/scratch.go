package parapheur

import (
	"alpi40.fr/airial/local/store"
)

// scratch is the memory into which the documents of a lot are read, one after the other: one
// is held at a time, with room for what a signature or a timestamp adds to it. What read
// gives lasts until it is called again.
type scratch struct{ buf []byte }

// addedRoom is more than a visible signature with its timestamp takes, in bytes.
const addedRoom = 512 << 10

func (s *scratch) read(d *Desk, digest store.Digest) ([]byte, error) {
	content, err := d.j.Store().Blobs().ReadInto(s.buf, digest, MaxDocument, addedRoom)
	if err == nil {
		s.buf = content
	}
	return content, err
}
