-- +goose Up
-- What ends each chain and each stream stands in tables of its own, so that a batch
-- is placed without a search for each entry; the log's size stands in its head.
CREATE TABLE log_head (
  authority TEXT PRIMARY KEY REFERENCES authority (id),
  size      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO log_head SELECT a.id, coalesce((SELECT max(seq) FROM entry WHERE authority = a.id), 0) FROM authority a;

CREATE TABLE chain (
  authority TEXT NOT NULL,
  device    TEXT NOT NULL,
  number    INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  PRIMARY KEY (authority, device)
) STRICT, WITHOUT ROWID;
INSERT INTO chain SELECT authority, device, max(device_seq), hash FROM entry GROUP BY authority, device;

CREATE TABLE stream (
  authority TEXT NOT NULL,
  stream    TEXT NOT NULL,
  version   INTEGER NOT NULL,
  hash      BLOB NOT NULL,
  PRIMARY KEY (authority, stream)
) STRICT, WITHOUT ROWID;
INSERT INTO stream SELECT authority, stream, max(version), hash FROM entry WHERE contested = 0 GROUP BY authority, stream;

CREATE TABLE placed (
  authority  TEXT NOT NULL,
  seq        INTEGER NOT NULL CHECK (seq > 0),
  id         TEXT NOT NULL,
  contested  INTEGER NOT NULL,
  hash       BLOB NOT NULL,
  body       BLOB NOT NULL,                     -- the entry as JSON, whole
  PRIMARY KEY (authority, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO placed SELECT authority, seq, id, contested, hash, body FROM entry ORDER BY authority, seq;
DROP TABLE entry;
ALTER TABLE placed RENAME TO entry;
CREATE UNIQUE INDEX entry_by_id ON entry (authority, id);

CREATE TABLE device_place (
  id        TEXT PRIMARY KEY,
  authority TEXT NOT NULL REFERENCES authority (id)
) STRICT, WITHOUT ROWID;
INSERT INTO device_place SELECT id, authority FROM device;

CREATE TABLE seen (
  device   TEXT PRIMARY KEY,
  at       INTEGER NOT NULL,
  place    INTEGER NOT NULL,
  protocol INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE spent (
  token BLOB PRIMARY KEY,
  ends  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_end ON spent (ends);

CREATE TABLE blob (
  authority TEXT NOT NULL,
  digest    BLOB NOT NULL,
  size      INTEGER NOT NULL,
  PRIMARY KEY (authority, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE administrator (
  name     TEXT PRIMARY KEY,
  password TEXT NOT NULL,
  totp     TEXT NOT NULL,
  created  INTEGER NOT NULL,
  disabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  at        INTEGER NOT NULL,
  who       TEXT NOT NULL,
  act       TEXT NOT NULL,
  authority TEXT NOT NULL,
  detail    TEXT NOT NULL
) STRICT;
