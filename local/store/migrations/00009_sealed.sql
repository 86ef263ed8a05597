-- +goose Up
-- Which entries are sealed under a subject's key: asked for at the arrival of each key (package journal).
-- Their data begins with {"$sealed":{"subject":"…".
CREATE INDEX entry_sealed ON entry (substr(data, 1, 300)) WHERE substr(data, 1, 11) = x'7b22247365616c6564223a';
