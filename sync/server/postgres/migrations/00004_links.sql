-- +goose Up
-- Files sent to people who have but a browser, and asked of them (package share). A link is found by
-- its id alone, since a browser knows no authority: the table is whole on one node, as those of the directory.
CREATE TABLE link (
  id        TEXT COLLATE "C" PRIMARY KEY,
  authority TEXT COLLATE "C" NOT NULL REFERENCES authority (id),
  body      BYTEA NOT NULL                      -- the link as JSON, whole
);
CREATE INDEX link_by_authority ON link (authority);
