-- +goose Up
-- The places of a stream's entries, each after a space: a new laptop is given whole streams before their
-- turn. The list of a very long stream ends early, and the stream is then not given so.
ALTER TABLE stream ADD COLUMN places TEXT NOT NULL DEFAULT '';
UPDATE stream SET places = p.places FROM (
  SELECT authority, convert_from(body, 'UTF8')::json ->> 'stream' AS stream, string_agg(' ' || seq, '' ORDER BY seq) AS places
  FROM entry GROUP BY 1, 2) AS p
WHERE p.authority = stream.authority AND p.stream = stream.stream;
