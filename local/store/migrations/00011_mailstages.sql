-- +goose Up
-- Of a mailbox that is taken for the first time, the beginnings of its messages come before the rest of them, and are searched after
-- they can be read.
ALTER TABLE mail_message ADD COLUMN rest INTEGER NOT NULL DEFAULT 0; -- 1: its beginning alone is here yet; state is 'head'
CREATE INDEX mail_begun ON mail_message (folder, uid) WHERE rest = 1;
CREATE TABLE mail_unsearched (
  message INTEGER PRIMARY KEY REFERENCES mail_message (id) ON DELETE CASCADE
) STRICT;
