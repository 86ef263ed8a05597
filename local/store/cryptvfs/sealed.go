package cryptvfs

import (
	"encoding/binary"

	lib "modernc.org/sqlite/lib"
)

// role is what SQLite uses a file for. Each role has a key of its own, so that the
// same page in the database and in its log has nothing in common on the disk.
type role int

const (
	roleMain role = iota
	roleWAL
	roleJournal
	roleTemp
)

const (
	unitSize    = 4096
	walHeader   = 32
	frameHeader = 24
	// magic begins every SQLite database. On the disk these 16 bytes are the head.
	magic    = "SQLite format 3\x00"
	headSize = len(magic)
)

// storage is the file below, which sees ciphertext only. The results are SQLite's
// codes; read fills what the file does not have with zeros and says
// SQLITE_IOERR_SHORT_READ, as sqlite3_io_methods.xRead must.
type storage interface {
	read(p []byte, off int64) int32
	write(p []byte, off int64) int32
	truncate(size int64) int32
	size() (int64, int32)
}

// sealed is one open file, encrypted. The bytes SQLite sees at an offset are the
// bytes at that offset on the disk, encrypted in granules: 16 bytes each, but the
// 24 bytes of a WAL frame's header, which are one. What SQLite writes apart never
// shares a granule in the main file and in the WAL, so that no write ever touches
// the ciphertext of other content; only the rollback journal and temporary files
// (4-byte fields between pages) are read back at the edges.
type sealed struct {
	role     role
	below    storage
	cipher   *xts
	head     [headSize]byte
	pageSize int64 // of the WAL; 0 until its header was seen
	// buffer gives n bytes of scratch memory that stay valid until the next call; nil
	// when memory is out.
	buffer func(n int) []byte
}

// unit is the data unit that holds the byte at pos. Its start is its tweak. A WAL
// is cut where SQLite cuts it (https://sqlite.org/fileformat2.html#walformat): its
// header, then a header and a page for each frame.
func (s *sealed) unit(pos int64) (start, size int64) {
	if s.role != roleWAL {
		return pos &^ (unitSize - 1), unitSize
	}
	if pos < walHeader {
		return 0, walHeader
	}
	frame := (pos - walHeader) / (frameHeader + s.pageSize)
	start = walHeader + frame*(frameHeader+s.pageSize)
	if pos < start+frameHeader {
		return start, frameHeader
	}
	return start + frameHeader, s.pageSize
}

// granule is the smallest range around pos that is encrypted on its own.
func (s *sealed) granule(pos int64) (from, to int64) {
	start, size := s.unit(pos)
	if size%blockSize != 0 {
		return start, start + size
	}
	from = start + (pos-start)&^(blockSize-1)
	return from, from + blockSize
}

// each calls f for the part of every data unit in p, which lies at off and covers
// whole granules.
func (s *sealed) each(p []byte, off int64, f func(part []byte, unit uint64, block int64)) {
	for len(p) > 0 {
		start, size := s.unit(off)
		n := min(start+size-off, int64(len(p)))
		f(p[:n], uint64(start), (off-start)/blockSize)
		p, off = p[n:], off+n
	}
}

// decrypt turns the ciphertext at off into what SQLite wrote there.
func (s *sealed) decrypt(p []byte, off int64) {
	if s.role == roleMain && off == 0 {
		// A hole at the head cannot be: the head is written before all else.
		copy(p, magic)
		s.cipher.open(p[headSize:min(len(p), unitSize)], 0, 1)
		p, off = p[min(len(p), unitSize):], unitSize
	}
	s.each(p, off, s.cipher.open)
}

// encrypt writes the ciphertext of src, which belongs at off, to dst.
func (s *sealed) encrypt(dst, src []byte, off int64) {
	if s.role == roleMain && off == 0 {
		n := min(len(src), unitSize)
		copy(dst, s.head[:])
		s.cipher.seal(dst[headSize:n], src[headSize:n], 0, 1)
		dst, src, off = dst[n:], src[n:], unitSize
	}
	s.each(src, off, func(part []byte, unit uint64, block int64) {
		s.cipher.seal(dst, part, unit, block)
		dst = dst[len(part):]
	})
}

// read is xRead: it fills p from off.
func (s *sealed) read(p []byte, off int64) int32 {
	if len(p) == 0 {
		return lib.SQLITE_OK
	}
	if rc := s.learnPageSize(off, len(p)); rc != lib.SQLITE_OK {
		return rc
	}
	end := off + int64(len(p))
	from, _ := s.granule(off)
	_, to := s.granule(end - 1)
	if from == off && to == end {
		rc := s.readGranules(p, off, end)
		s.notePageSize(p, off)
		return rc
	}
	whole := s.buffer(int(to - from))
	if whole == nil {
		return lib.SQLITE_NOMEM
	}
	rc := s.readGranules(whole, from, end)
	copy(p, whole[off-from:])
	s.notePageSize(p, off)
	return rc
}

// readGranules reads whole granules, of which the caller wants the bytes before end.
func (s *sealed) readGranules(p []byte, off, end int64) int32 {
	rc := s.below.read(p, off)
	if rc == lib.SQLITE_OK {
		s.decrypt(p, off)
		return rc
	}
	if rc != lib.SQLITE_IOERR_SHORT_READ {
		return rc
	}
	size, bad := s.below.size()
	if bad != lib.SQLITE_OK {
		return bad
	}
	// What is left of a granule cut in two cannot be decrypted: it is missing.
	if size > off {
		size, _ = s.granule(size)
	}
	have := min(max(size-off, 0), int64(len(p)))
	if have > 0 {
		s.decrypt(p[:have], off)
	}
	clear(p[have:])
	if end <= size {
		return lib.SQLITE_OK
	}
	return rc
}

// write is xWrite. p is SQLite's own memory and stays as it is.
func (s *sealed) write(p []byte, off int64) int32 {
	if len(p) == 0 {
		return lib.SQLITE_OK
	}
	if s.role == roleMain && !s.keepsHead(p, off) {
		return lib.SQLITE_IOERR_WRITE
	}
	s.notePageSize(p, off)
	if rc := s.learnPageSize(off, len(p)); rc != lib.SQLITE_OK {
		return rc
	}
	end := off + int64(len(p))
	from, firstEnd := s.granule(off)
	last, to := s.granule(end - 1)
	whole := s.buffer(int(to - from))
	if whole == nil {
		return lib.SQLITE_NOMEM
	}
	if from == off && to == end {
		s.encrypt(whole, p, off)
		return s.below.write(whole, off)
	}
	if from < off || end < firstEnd {
		if rc := s.readEdge(whole[:firstEnd-from], from); rc != lib.SQLITE_OK {
			return rc
		}
	}
	if end < to && last > from {
		if rc := s.readEdge(whole[last-from:], last); rc != lib.SQLITE_OK {
			return rc
		}
	}
	copy(whole[off-from:], p)
	s.encrypt(whole, whole, from)
	return s.below.write(whole, from)
}

// readEdge fetches what a granule holds already, when only a part of it is written.
func (s *sealed) readEdge(p []byte, off int64) int32 {
	rc := s.readGranules(p, off, off)
	if rc == lib.SQLITE_IOERR_SHORT_READ {
		return lib.SQLITE_OK
	}
	return rc
}

// keepsHead: the first 16 bytes of a database are constant; zeros are SQLite making
// room for a page that it writes later.
func (s *sealed) keepsHead(p []byte, off int64) bool {
	if off >= int64(headSize) {
		return true
	}
	return off == 0 && len(p) >= headSize && (string(p[:headSize]) == magic || isZero(p[:headSize]))
}

// truncate is xTruncate. A file keeps whole granules; a WAL is cut to the byte, as
// its frames are checked one by one. An emptied database keeps its head, which
// other connections know.
func (s *sealed) truncate(size int64) int32 {
	switch {
	case s.role == roleMain && size < int64(headSize):
		have, rc := s.below.size()
		if rc != lib.SQLITE_OK || have <= int64(headSize) {
			return rc
		}
		size = int64(headSize)
	case s.role != roleWAL:
		size = (size + blockSize - 1) &^ (blockSize - 1)
	}
	return s.below.truncate(size)
}

// size is xFileSize: a database that is nothing but its head is empty.
func (s *sealed) size() (int64, int32) {
	size, rc := s.below.size()
	if s.role == roleMain && size <= int64(headSize) {
		size = 0
	}
	return size, rc
}

// learnPageSize reads the header of a WAL that another connection began. Its page
// size holds for as long as any connection has the WAL open.
func (s *sealed) learnPageSize(off int64, n int) int32 {
	if s.role != roleWAL || s.pageSize != 0 || off+int64(n) <= walHeader {
		return lib.SQLITE_OK
	}
	header := s.buffer(walHeader)
	if header == nil {
		return lib.SQLITE_NOMEM
	}
	rc := s.readGranules(header, 0, walHeader)
	s.notePageSize(header, 0)
	if s.pageSize == 0 {
		// No valid header: SQLite takes nothing in this file for a frame.
		s.pageSize = unitSize
	}
	if rc == lib.SQLITE_IOERR_SHORT_READ {
		return lib.SQLITE_OK
	}
	return rc
}

func (s *sealed) notePageSize(p []byte, off int64) {
	if s.role != roleWAL || off != 0 || len(p) < walHeader {
		return
	}
	// The last bit of the magic number tells the byte order of the checksums.
	if binary.BigEndian.Uint32(p)&^1 != 0x377f0682 {
		return
	}
	size := int64(binary.BigEndian.Uint32(p[8:]))
	if size >= 512 && size <= 65536 && size&(size-1) == 0 {
		s.pageSize = size
	}
}
