-- +goose Up
CREATE TABLE authority (
  id   TEXT PRIMARY KEY,
  name TEXT NOT NULL
) STRICT;

CREATE TABLE code (
  hash      BLOB PRIMARY KEY,
  authority TEXT NOT NULL REFERENCES authority (id),
  expires   INTEGER NOT NULL                    -- microseconds since 1970, UTC
) STRICT;

CREATE TABLE device (
  id        TEXT PRIMARY KEY,
  authority TEXT NOT NULL REFERENCES authority (id),
  name      TEXT NOT NULL,
  signature BLOB NOT NULL,
  exchange  BLOB NOT NULL,
  enrolled  INTEGER NOT NULL,
  revoked   INTEGER
) STRICT;
CREATE INDEX device_by_authority ON device (authority, id);

CREATE TABLE entry (
  authority  TEXT NOT NULL REFERENCES authority (id),
  seq        INTEGER NOT NULL CHECK (seq > 0),
  id         TEXT NOT NULL,
  stream     TEXT NOT NULL,
  version    INTEGER NOT NULL,
  contested  INTEGER NOT NULL,
  device     TEXT NOT NULL,
  device_seq INTEGER NOT NULL,
  hash       BLOB NOT NULL,
  body       BLOB NOT NULL,                     -- the entry as JSON, whole
  PRIMARY KEY (authority, seq),
  UNIQUE (authority, id),
  UNIQUE (authority, device, device_seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entry_by_stream ON entry (authority, stream, version) WHERE contested = 0;

CREATE TABLE log_hash (
  authority TEXT NOT NULL,
  place     INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  PRIMARY KEY (authority, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE subject (
  authority TEXT NOT NULL REFERENCES authority (id),
  id        TEXT NOT NULL,
  key       BLOB,                               -- NULL once forgotten
  place     INTEGER NOT NULL,                   -- order of the last change
  PRIMARY KEY (authority, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX subject_by_place ON subject (authority, place);
