-- +goose Up
-- The parcels that laptops fetch, by kind; their contents lie with the documents.
CREATE TABLE parcel (
  kind    TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  digest  BLOB NOT NULL
) STRICT;
