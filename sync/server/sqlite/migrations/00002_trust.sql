-- +goose Up
-- The trust package that laptops fetch; its content lies with the documents.
CREATE TABLE trust_package (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  digest  BLOB NOT NULL
) STRICT;
