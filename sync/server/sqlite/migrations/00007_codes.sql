-- +goose Up
-- What an enrolment code is for, in the administrator's words, and when it was made.
ALTER TABLE code ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE code ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
