-- +goose Up
-- The places of a stream's entries, each after a space: a new laptop is given whole streams before their
-- turn. The list of a very long stream ends early, and the stream is then not given so.
ALTER TABLE stream ADD COLUMN places TEXT NOT NULL DEFAULT '';
UPDATE stream SET places = p.places FROM (
  SELECT authority, stream, group_concat(' ' || seq, '') AS places FROM (
    SELECT authority, json_extract(CAST(body AS TEXT), '$.stream') AS stream, seq FROM entry ORDER BY authority, seq)
  GROUP BY authority, stream) AS p
WHERE p.authority = stream.authority AND p.stream = stream.stream;
