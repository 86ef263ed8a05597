-- +goose Up
-- The hashes of the tree, 64 to a row: they only ever grow at their end.
CREATE TABLE log_block (
  authority TEXT NOT NULL,
  block     INTEGER NOT NULL,
  hashes    BLOB NOT NULL,                      -- 32 bytes each
  PRIMARY KEY (authority, block)
) STRICT, WITHOUT ROWID;
INSERT INTO log_block SELECT authority, place / 64, unhex(group_concat(hex(hash), '' ORDER BY place)) FROM log_hash GROUP BY authority, place / 64;
DROP TABLE log_hash;
