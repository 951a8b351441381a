-- The configuration of the exchange, and who may use it.

CREATE TABLE assets (
    asset     text COLLATE "C" NOT NULL PRIMARY KEY,
    precision bigint NOT NULL CONSTRAINT assets_precision CHECK (precision BETWEEN 0 AND 18)
);

CREATE TABLE symbols (
    symbol             text COLLATE "C" NOT NULL PRIMARY KEY,
    base               text COLLATE "C" NOT NULL,
    quote              text COLLATE "C" NOT NULL,
    base_precision     bigint NOT NULL,
    quote_precision    bigint NOT NULL,
    tick               bigint NOT NULL,
    lot                bigint NOT NULL,
    notional_min       bigint NOT NULL CONSTRAINT symbols_notional_min CHECK (notional_min >= 0),
    quantity_max       bigint NOT NULL,
    band_bps           bigint NOT NULL CONSTRAINT symbols_band CHECK (band_bps >= 0 AND band_bps < 10000),
    maker_fee_ppm      bigint NOT NULL CONSTRAINT symbols_maker_fee CHECK (maker_fee_ppm BETWEEN 0 AND 100000),
    taker_fee_ppm      bigint NOT NULL CONSTRAINT symbols_taker_fee CHECK (taker_fee_ppm BETWEEN 0 AND 100000),
    self_trade_allowed boolean NOT NULL,
    state              smallint NOT NULL CONSTRAINT symbols_state CHECK (state BETWEEN 0 AND 4),
    own_state          smallint NOT NULL CONSTRAINT symbols_own_state CHECK (own_state BETWEEN 0 AND 4),
    all_state          smallint NOT NULL CONSTRAINT symbols_all_state CHECK (all_state BETWEEN 0 AND 4),
    state_reason       text COLLATE "C" NOT NULL,
    CONSTRAINT symbols_two_assets CHECK (base <> quote),
    CONSTRAINT symbols_precision CHECK (base_precision BETWEEN 0 AND 18 AND quote_precision BETWEEN 0 AND 18),
    -- A notional is then never rounded.
    CONSTRAINT symbols_exact CHECK (tick > 0 AND lot > 0 AND tick::numeric * lot % power(10::numeric, base_precision) = 0),
    CONSTRAINT symbols_quantity_max CHECK (quantity_max >= lot)
);

CREATE TABLE adjustment_requests (
    reference text COLLATE "C" NOT NULL PRIMARY KEY,
    account   bigint NOT NULL,
    asset     text COLLATE "C" NOT NULL,
    delta     bigint NOT NULL,
    seq       bigint NOT NULL CONSTRAINT adjustment_requests_seq CHECK (seq > 0)
);

CREATE TABLE accounts (
    -- Negative accounts are the clearing shards' own, and nobody logs in to them.
    account       bigint NOT NULL PRIMARY KEY CONSTRAINT accounts_account CHECK (account > 0),
    email         text COLLATE "C" NOT NULL,
    password_hash text COLLATE "C" NOT NULL,
    created_at    bigint NOT NULL
);
CREATE INDEX accounts_by_email ON accounts (email);

CREATE TABLE api_keys (
    key_id        bigint NOT NULL PRIMARY KEY CONSTRAINT api_keys_key_id CHECK (key_id > 0),
    account       bigint NOT NULL CONSTRAINT api_keys_account CHECK (account > 0),
    label         text COLLATE "C" NOT NULL,
    api_key       text COLLATE "C" NOT NULL,
    sealed_secret bytea NOT NULL,
    permissions   bigint NOT NULL CONSTRAINT api_keys_permissions CHECK (permissions >= 0),
    ip_allow      text COLLATE "C" NOT NULL,
    expires_at    bigint NOT NULL,
    created_at    bigint NOT NULL,
    revoked_at    bigint NOT NULL
);
CREATE UNIQUE INDEX api_keys_by_api_key ON api_keys (api_key);
CREATE INDEX api_keys_by_account ON api_keys (account);
