-- +goose Up
-- The mail kept on this laptop (package mailbox): a copy of the server's, which may be fetched again, except letters and deeds.
CREATE TABLE mail_folder (
  id        INTEGER PRIMARY KEY,
  name      TEXT    NOT NULL UNIQUE,            -- as the server calls it
  delimiter TEXT    NOT NULL,
  role      TEXT    NOT NULL,                   -- inbox, sent, drafts, archive, junk, trash or none
  validity  INTEGER NOT NULL DEFAULT 0,         -- UIDVALIDITY; 0: never looked into
  next      INTEGER NOT NULL DEFAULT 0,         -- UIDNEXT when it was last whole
  modseq    INTEGER NOT NULL DEFAULT 0,         -- HIGHESTMODSEQ then; 0: the server has none
  messages  INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE mail_message (
  id          INTEGER PRIMARY KEY,
  folder      INTEGER NOT NULL REFERENCES mail_folder (id) ON DELETE CASCADE,
  uid         INTEGER NOT NULL,                 -- negative: moved here, and not yet on the server
  state       TEXT    NOT NULL CHECK (state IN ('listed', 'whole', 'head')),
  size        INTEGER NOT NULL,
  at          INTEGER NOT NULL,                 -- microseconds since 1970, UTC: when the server received it
  seen        INTEGER NOT NULL,
  flagged     INTEGER NOT NULL,
  answered    INTEGER NOT NULL,
  attachments INTEGER NOT NULL DEFAULT 0,
  subject     TEXT    NOT NULL DEFAULT '',
  sender      TEXT    NOT NULL DEFAULT '',
  address     TEXT    NOT NULL DEFAULT '',
  snippet     TEXT    NOT NULL DEFAULT '',
  message_id  TEXT    NOT NULL DEFAULT '',
  UNIQUE (folder, uid)
) STRICT;
CREATE INDEX mail_by_time ON mail_message (folder, at, id);
CREATE INDEX mail_unseen ON mail_message (folder) WHERE seen = 0;
CREATE INDEX mail_listed ON mail_message (folder, uid) WHERE state = 'listed';
CREATE INDEX mail_by_message_id ON mail_message (message_id);

CREATE TABLE mail_body (
  message INTEGER PRIMARY KEY REFERENCES mail_message (id) ON DELETE CASCADE,
  raw     BLOB NOT NULL
) STRICT;

-- What a person did and the server does not know yet, in order.
CREATE TABLE mail_deed (
  id      INTEGER PRIMARY KEY,
  message INTEGER NOT NULL,
  folder  INTEGER NOT NULL REFERENCES mail_folder (id) ON DELETE CASCADE, -- where the server has it
  uid     INTEGER NOT NULL,
  kind    TEXT    NOT NULL,
  target  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX mail_deed_by_message ON mail_deed (folder, uid);

-- Letters being written or sent: the laptop's own.
CREATE TABLE mail_letter (
  id      TEXT    PRIMARY KEY,
  state   TEXT    NOT NULL CHECK (state IN ('draft', 'queued', 'sending', 'doubtful', 'refused', 'sent')),
  data    BLOB    NOT NULL,                     -- JSON
  raw     BLOB,                                 -- what leaves, from the moment it is queued
  changed INTEGER NOT NULL,
  trouble TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE mail_letter_file (
  letter  TEXT    NOT NULL REFERENCES mail_letter (id) ON DELETE CASCADE,
  place   INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  content BLOB    NOT NULL,
  PRIMARY KEY (letter, place)
) STRICT;
