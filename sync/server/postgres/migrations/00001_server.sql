-- +goose Up
-- Two sorts of tables. Those of the directory are small and asked by all: Citus keeps a whole copy
-- of them on each node (reference tables). Those of an authority's work are cut by authority into
-- hash partitions, and each key of theirs begins with it: Citus spreads them by that column.

CREATE TABLE authority (
  id   TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL
);

CREATE TABLE code (
  hash      BYTEA PRIMARY KEY,
  authority TEXT COLLATE "C" NOT NULL REFERENCES authority (id),
  expires   BIGINT NOT NULL                     -- microseconds since 1970, UTC
);

CREATE TABLE device_place (
  id        TEXT COLLATE "C" PRIMARY KEY,
  authority TEXT COLLATE "C" NOT NULL REFERENCES authority (id)
);

CREATE TABLE seen (
  device   TEXT COLLATE "C" PRIMARY KEY,
  at       BIGINT NOT NULL,
  place    BIGINT NOT NULL,
  protocol INTEGER NOT NULL
);

CREATE TABLE spent (
  token BYTEA PRIMARY KEY,
  ends  BIGINT NOT NULL
);
CREATE INDEX spent_by_end ON spent (ends);

CREATE TABLE trust_package (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  digest  BYTEA NOT NULL
);

CREATE TABLE parcel (
  kind    TEXT COLLATE "C" PRIMARY KEY,
  version INTEGER NOT NULL,
  digest  BYTEA NOT NULL
);

CREATE TABLE administrator (
  name     TEXT COLLATE "C" PRIMARY KEY,
  password TEXT NOT NULL,
  totp     TEXT NOT NULL,
  created  BIGINT NOT NULL,
  disabled INTEGER NOT NULL
);

CREATE TABLE audit (
  seq       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at        BIGINT NOT NULL,
  who       TEXT NOT NULL,
  act       TEXT NOT NULL,
  authority TEXT NOT NULL,
  detail    TEXT NOT NULL
);

CREATE TABLE log_head (
  authority TEXT COLLATE "C" PRIMARY KEY REFERENCES authority (id),
  size      BIGINT NOT NULL
) PARTITION BY HASH (authority);

CREATE TABLE device (
  authority TEXT COLLATE "C" NOT NULL REFERENCES authority (id),
  id        TEXT COLLATE "C" NOT NULL,
  name      TEXT NOT NULL,
  signature BYTEA NOT NULL,
  exchange  BYTEA NOT NULL,
  enrolled  BIGINT NOT NULL,
  revoked   BIGINT,
  PRIMARY KEY (authority, id)
) PARTITION BY HASH (authority);

CREATE TABLE entry (
  authority TEXT COLLATE "C" NOT NULL,
  seq       BIGINT NOT NULL CHECK (seq > 0),
  id        TEXT COLLATE "C" NOT NULL,
  contested INTEGER NOT NULL,
  hash      BYTEA NOT NULL,
  body      BYTEA NOT NULL,                     -- the entry as JSON, whole
  PRIMARY KEY (authority, seq),
  UNIQUE (authority, id)
) PARTITION BY HASH (authority);

CREATE TABLE chain (
  authority TEXT COLLATE "C" NOT NULL,
  device    TEXT COLLATE "C" NOT NULL,
  number    BIGINT NOT NULL,
  hash      BYTEA NOT NULL,
  PRIMARY KEY (authority, device)
) PARTITION BY HASH (authority);

CREATE TABLE stream (
  authority TEXT COLLATE "C" NOT NULL,
  stream    TEXT COLLATE "C" NOT NULL,
  version   BIGINT NOT NULL,
  hash      BYTEA NOT NULL,
  PRIMARY KEY (authority, stream)
) PARTITION BY HASH (authority);

-- The hashes of the tree, 64 to a row: they only ever grow at their end.
CREATE TABLE log_block (
  authority TEXT COLLATE "C" NOT NULL,
  block     BIGINT NOT NULL,
  hashes    BYTEA NOT NULL,                     -- 32 bytes each
  PRIMARY KEY (authority, block)
) PARTITION BY HASH (authority);

CREATE TABLE subject (
  authority TEXT COLLATE "C" NOT NULL,
  id        TEXT COLLATE "C" NOT NULL,
  key       BYTEA,                              -- NULL once forgotten
  place     BIGINT NOT NULL,                    -- order of the last change
  PRIMARY KEY (authority, id),
  UNIQUE (authority, place)
) PARTITION BY HASH (authority);

CREATE TABLE blob (
  authority TEXT COLLATE "C" NOT NULL,
  digest    BYTEA NOT NULL,
  size      BIGINT NOT NULL,
  PRIMARY KEY (authority, digest)
) PARTITION BY HASH (authority);

-- +goose StatementBegin
DO $$
DECLARE t TEXT;
BEGIN
  FOREACH t IN ARRAY ARRAY['log_head', 'device', 'entry', 'chain', 'stream', 'log_block', 'subject', 'blob'] LOOP
    FOR i IN 0..15 LOOP
      EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 16, REMAINDER %s)', t || '_p' || i, t, i);
    END LOOP;
  END LOOP;
END $$;
-- +goose StatementEnd
