-- +goose Up
-- What is added to the search is added to its index by the program (package store): a statement with a trigger opens a savepoint, at
-- which FTS5 writes a segment for that one document. What is removed still goes by a trigger.
DROP TRIGGER IF EXISTS search_added;
