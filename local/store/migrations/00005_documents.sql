-- +goose Up
-- The documents that the journal names, and where each is: package sync/client moves them.
CREATE TABLE document (
  digest BLOB    PRIMARY KEY,
  state  TEXT    NOT NULL CHECK (state IN ('owed', 'kept', 'wanted', 'away')),
  stream TEXT    NOT NULL,                      -- whose entry named it last
  place  INTEGER NOT NULL,                      -- of that entry in the server's order; 0 while it has none
  at     INTEGER NOT NULL,                      -- microseconds since 1970, UTC: when that entry was written
  size   INTEGER,                               -- bytes; unknown for what was never here
  held   INTEGER NOT NULL DEFAULT 0,            -- microseconds since 1970, UTC: since when the server is known to keep it; 0: not known
  upload TEXT    NOT NULL DEFAULT ''            -- where on the server a sending has begun
) STRICT, WITHOUT ROWID;
CREATE INDEX document_by_state ON document (state, place);
CREATE INDEX document_unsure ON document (state) WHERE held = 0;
CREATE INDEX document_by_stream ON document (stream);

-- Streams whose documents a person keeps on this laptop, whatever the room.
CREATE TABLE document_pin (
  stream TEXT PRIMARY KEY
) STRICT;

INSERT INTO document (digest, state, stream, place, at)
SELECT unhex(b.value), 'kept', e.stream, coalesce(e.server_seq, 0), e.at
FROM entry e, json_each(e.blobs) b WHERE unhex(b.value) IS NOT NULL
ORDER BY e.place
ON CONFLICT (digest) DO UPDATE SET stream = excluded.stream, place = excluded.place, at = excluded.at;
UPDATE document SET state = 'wanted' WHERE digest IN (
  SELECT unhex(w.value) FROM setting s, json_each(s.value) w WHERE s.key = 'sync.wanted' AND s.value <> '');
-- What is not known to have arrived is asked for again by its digest: nothing is sent twice.
UPDATE document SET state = 'owed' WHERE state = 'kept' AND digest IN (
  SELECT unhex(b.value) FROM entry e, json_each(e.blobs) b WHERE e.server_seq IS NULL AND e.standing <> 'accepted');
DELETE FROM setting WHERE key = 'sync.wanted' OR key LIKE 'upload.%';
