-- +goose Up
-- Several mailboxes on one computer: each folder and letter is of one of them. What was kept before is of the first, whose
-- name is empty. The unique column becomes a key of both (account, line feed, name): the first account's are the names
-- themselves, so that nothing is written anew.
ALTER TABLE mail_folder RENAME COLUMN name TO key;
ALTER TABLE mail_folder ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE mail_folder ADD COLUMN name TEXT NOT NULL DEFAULT '';  -- as the server calls it
UPDATE mail_folder SET name = key;
CREATE INDEX mail_folder_of ON mail_folder (account, name);
ALTER TABLE mail_letter ADD COLUMN account TEXT NOT NULL DEFAULT '';
CREATE INDEX mail_letter_of ON mail_letter (account, state);
