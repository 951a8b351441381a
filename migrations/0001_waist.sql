-- The truth every service stands on: leases, journals, positions, remembered commands, quarantine.
-- Text is compared byte by byte everywhere (COLLATE "C"), so that order never depends on a locale's version.

CREATE TABLE shards (
    shard      text COLLATE "C" NOT NULL PRIMARY KEY,
    epoch      bigint NOT NULL CONSTRAINT shards_epoch CHECK (epoch > 0),
    seq        bigint NOT NULL CONSTRAINT shards_seq CHECK (seq >= 0),
    chain      bytea NOT NULL CONSTRAINT shards_chain CHECK (octet_length(chain) = 16),
    at         bigint NOT NULL CONSTRAINT shards_at CHECK (at >= 0),
    holder     text COLLATE "C" NOT NULL,
    address    text COLLATE "C" NOT NULL,
    expires_at timestamptz NOT NULL -- on this server's clock: the only instant that holders do not write themselves
)
-- One row per shard, updated by every commit: room on its page keeps each update in place (HOT).
WITH (fillfactor = 10);

CREATE TABLE journal (
    shard      text COLLATE "C" NOT NULL,
    seq        bigint NOT NULL CONSTRAINT journal_seq CHECK (seq > 0),
    epoch      bigint NOT NULL CONSTRAINT journal_epoch CHECK (epoch > 0),
    at         bigint NOT NULL,
    source     text COLLATE "C" NOT NULL,
    source_seq bigint NOT NULL,
    input      bytea NOT NULL,
    output     bytea NOT NULL,
    chain      bytea NOT NULL CONSTRAINT journal_chain CHECK (octet_length(chain) = 16),
    PRIMARY KEY (shard, seq)
);

CREATE TABLE positions (
    shard    text COLLATE "C" NOT NULL,
    source   text COLLATE "C" NOT NULL,
    position bigint NOT NULL CONSTRAINT positions_position CHECK (position >= 0),
    PRIMARY KEY (shard, source)
)
WITH (fillfactor = 50);

CREATE TABLE commands (
    shard      text COLLATE "C" NOT NULL,
    seq        bigint NOT NULL CONSTRAINT commands_seq CHECK (seq > 0),
    command_id bytea NOT NULL,
    request    text COLLATE "C" NOT NULL,
    at         bigint NOT NULL,
    answer     bytea NOT NULL,
    PRIMARY KEY (shard, seq)
);

CREATE TABLE quarantine (
    shard    text COLLATE "C" NOT NULL,
    id       bigint NOT NULL,
    at       bigint NOT NULL,
    source   text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    body     bytea NOT NULL,
    error    text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, id)
);
