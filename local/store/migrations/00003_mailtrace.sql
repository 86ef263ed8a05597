-- +goose Up
-- What became of letters that somebody follows (a summons): by the name under which the letter left.
CREATE TABLE mail_trace (
  message_id TEXT    PRIMARY KEY,
  letter     TEXT    NOT NULL,
  purpose    TEXT    NOT NULL,
  state      TEXT    NOT NULL,                  -- that of the letter, or dropped
  at         INTEGER NOT NULL,                  -- microseconds since 1970, UTC: when it came to that state
  words      TEXT    NOT NULL DEFAULT ''        -- of the server that refused it
) STRICT;
CREATE INDEX mail_trace_by_letter ON mail_trace (letter);

-- What the servers and readers of others reported of a letter (RFC 3464, RFC 8098).
CREATE TABLE mail_report (
  original  TEXT    NOT NULL,                   -- Message-ID of the letter
  kind      TEXT    NOT NULL CHECK (kind IN ('read', 'deleted', 'delivered', 'delayed', 'failed')),
  recipient TEXT    NOT NULL,
  at        INTEGER NOT NULL,
  words     TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (original, kind, recipient)
) STRICT;
