-- +goose Up
-- The journal: the only table whose loss would be a loss. Package journal
-- describes each column; tables of projections are made by the projections.
CREATE TABLE entry (
  place      INTEGER PRIMARY KEY,               -- order of arrival on this laptop
  id         TEXT    NOT NULL UNIQUE,
  authority  TEXT    NOT NULL,
  stream     TEXT    NOT NULL,
  version    INTEGER NOT NULL CHECK (version > 0),
  base       BLOB    NOT NULL,
  kind       TEXT    NOT NULL,
  schema     INTEGER NOT NULL,
  data       BLOB    NOT NULL,
  blobs      TEXT    NOT NULL,                  -- JSON array of hexadecimal SHA-256
  actor      TEXT    NOT NULL,
  device     TEXT    NOT NULL,
  device_seq INTEGER NOT NULL CHECK (device_seq > 0),
  at         INTEGER NOT NULL,                  -- microseconds since 1970, UTC
  prev       BLOB    NOT NULL,
  hash       BLOB    NOT NULL,
  sig        BLOB    NOT NULL,
  standing   TEXT    NOT NULL CHECK (standing IN ('pending', 'accepted', 'contested')),
  server_seq INTEGER UNIQUE,
  UNIQUE (device, device_seq)
) STRICT;
CREATE UNIQUE INDEX entry_by_stream ON entry (stream, version) WHERE standing <> 'contested';
CREATE INDEX entry_contested ON entry (stream) WHERE standing = 'contested';
CREATE INDEX entry_outgoing ON entry (device, device_seq) WHERE server_seq IS NULL;

-- Contested entries that a person has decided upon, and by which entry.
CREATE TABLE settled (
  entry TEXT PRIMARY KEY,
  by    TEXT NOT NULL
) STRICT;

-- Keys of the personal data that must be forgotten one day. A forgotten
-- subject keeps its row, without its key: that is the trace of the erasure.
CREATE TABLE subject (
  id        TEXT PRIMARY KEY,
  key       BLOB,
  forgotten INTEGER,                            -- microseconds since 1970, UTC
  sent      INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The Merkle log of the authority's accepted entries, as golang.org/x/mod/sumdb/tlog stores it.
CREATE TABLE log_hash (
  place INTEGER PRIMARY KEY,
  hash  BLOB NOT NULL
) STRICT;

-- Which version of which projection the derived tables are of.
CREATE TABLE projection (
  name    TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) STRICT;

-- What is being typed, before it becomes an entry.
CREATE TABLE scratch (
  key  TEXT PRIMARY KEY,
  body BLOB NOT NULL,
  at   INTEGER NOT NULL
) STRICT;

-- Settings of this laptop for this authority; never a secret in the clear.
CREATE TABLE setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Everything a person may look for.
CREATE TABLE search_document (
  place  INTEGER PRIMARY KEY,
  kind   TEXT NOT NULL,
  ref    TEXT NOT NULL,
  stream TEXT NOT NULL,
  title  TEXT NOT NULL,
  body   TEXT NOT NULL,
  at     INTEGER NOT NULL,
  UNIQUE (kind, ref)
) STRICT;
CREATE INDEX search_by_stream ON search_document (stream);
CREATE VIRTUAL TABLE search_index USING fts5 (
  title, body, content = 'search_document', content_rowid = 'place',
  tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
);
-- +goose StatementBegin
CREATE TRIGGER search_added AFTER INSERT ON search_document BEGIN
  INSERT INTO search_index (rowid, title, body) VALUES (new.place, new.title, new.body);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER search_removed AFTER DELETE ON search_document BEGIN
  INSERT INTO search_index (search_index, rowid, title, body) VALUES ('delete', old.place, old.title, old.body);
END;
-- +goose StatementEnd
