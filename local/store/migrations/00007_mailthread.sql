-- +goose Up
-- Which letters each message of the mailbox answers or follows (RFC 5322 §3.6.4), so that a conversation is found from any of its messages.
CREATE TABLE mail_reference (
  message INTEGER NOT NULL REFERENCES mail_message (id) ON DELETE CASCADE,
  ref     TEXT    NOT NULL,
  PRIMARY KEY (message, ref)
) STRICT;
CREATE INDEX mail_reference_to ON mail_reference (ref);
