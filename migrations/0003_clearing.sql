-- Money. Only clearing writes here. Negative accounts are the shards' own: the world outside, the house, transit.

CREATE TABLE balances (
    shard     bigint NOT NULL,
    account   bigint NOT NULL,
    asset     text COLLATE "C" NOT NULL,
    available bigint NOT NULL,
    held      bigint NOT NULL CONSTRAINT balances_held CHECK (held >= 0),
    PRIMARY KEY (shard, account, asset),
    CONSTRAINT balances_no_debt CHECK (account < 0 OR available >= 0)
)
-- Balances change with every order and trade; room on the page keeps the updates in place (HOT).
WITH (fillfactor = 70);

CREATE TABLE holds (
    shard           bigint NOT NULL,
    order_id        bigint NOT NULL CONSTRAINT holds_order_id CHECK (order_id > 0),
    account         bigint NOT NULL,
    symbol          text COLLATE "C" NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    digest          bytea NOT NULL,
    side            smallint NOT NULL CONSTRAINT holds_side CHECK (side BETWEEN 0 AND 1),
    type            smallint NOT NULL CONSTRAINT holds_type CHECK (type BETWEEN 0 AND 2),
    price           bigint NOT NULL CONSTRAINT holds_price CHECK (price >= 0),
    quantity        bigint NOT NULL CONSTRAINT holds_quantity CHECK (quantity > 0),
    "left"          bigint NOT NULL,
    asset           text COLLATE "C" NOT NULL,
    held            bigint NOT NULL CONSTRAINT holds_held CHECK (held >= 0),
    maker_fee_ppm   bigint NOT NULL CONSTRAINT holds_maker_fee CHECK (maker_fee_ppm BETWEEN 0 AND 1000000),
    taker_fee_ppm   bigint NOT NULL CONSTRAINT holds_taker_fee CHECK (taker_fee_ppm BETWEEN 0 AND 1000000),
    accepted_at     bigint NOT NULL,
    PRIMARY KEY (shard, order_id),
    CONSTRAINT holds_left CHECK ("left" >= 0 AND "left" <= quantity)
)
WITH (fillfactor = 70);

CREATE TABLE finished_orders (
    shard           bigint NOT NULL,
    account         bigint NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    order_id        bigint NOT NULL CONSTRAINT finished_orders_order_id CHECK (order_id > 0),
    symbol          text COLLATE "C" NOT NULL,
    digest          bytea NOT NULL,
    accepted_at     bigint NOT NULL,
    ended_at        bigint NOT NULL,
    PRIMARY KEY (shard, account, client_order_id)
);

CREATE TABLE ledger (
    shard     bigint NOT NULL,
    seq       bigint NOT NULL CONSTRAINT ledger_seq CHECK (seq > 0),
    leg       bigint NOT NULL CONSTRAINT ledger_leg CHECK (leg >= 0),
    at        bigint NOT NULL,
    kind      text COLLATE "C" NOT NULL CONSTRAINT ledger_kind CHECK (kind <> ''),
    reference text COLLATE "C" NOT NULL,
    account   bigint NOT NULL,
    asset     text COLLATE "C" NOT NULL,
    delta     bigint NOT NULL,
    PRIMARY KEY (shard, seq, leg)
);
-- What pages one account's postings, as cheaply as that can be had. Equal keys share one entry, so this index is a seventh of
-- one on (account, shard, seq, leg) and costs 3 us a posting instead of 12 (2 000 postings in a commit on top of 2 million:
-- 8.5 ms without, 15 with this, 33 with the other). Busy accounts are paged along the primary key anyway.
CREATE INDEX ledger_by_account ON ledger (account);

CREATE TABLE clearing_symbols (
    shard              bigint NOT NULL,
    symbol             text COLLATE "C" NOT NULL,
    base               text COLLATE "C" NOT NULL,
    quote              text COLLATE "C" NOT NULL,
    base_precision     bigint NOT NULL,
    quote_precision    bigint NOT NULL,
    tick               bigint NOT NULL,
    lot                bigint NOT NULL,
    notional_min       bigint NOT NULL CONSTRAINT clearing_symbols_notional_min CHECK (notional_min >= 0),
    quantity_max       bigint NOT NULL,
    band_bps           bigint NOT NULL CONSTRAINT clearing_symbols_band CHECK (band_bps >= 0 AND band_bps < 10000),
    maker_fee_ppm      bigint NOT NULL CONSTRAINT clearing_symbols_maker_fee CHECK (maker_fee_ppm BETWEEN 0 AND 100000),
    taker_fee_ppm      bigint NOT NULL CONSTRAINT clearing_symbols_taker_fee CHECK (taker_fee_ppm BETWEEN 0 AND 100000),
    self_trade_allowed boolean NOT NULL,
    last_price         bigint NOT NULL CONSTRAINT clearing_symbols_last_price CHECK (last_price >= 0),
    state              smallint NOT NULL CONSTRAINT clearing_symbols_state CHECK (state BETWEEN 0 AND 4),
    PRIMARY KEY (shard, symbol),
    CONSTRAINT clearing_symbols_precision CHECK (base_precision BETWEEN 0 AND 18 AND quote_precision BETWEEN 0 AND 18),
    CONSTRAINT clearing_symbols_exact
        CHECK (tick > 0 AND lot > 0 AND tick::numeric * lot % power(10::numeric, base_precision) = 0)
)
WITH (fillfactor = 50);

CREATE TABLE clearing_assets (
    shard     bigint NOT NULL,
    asset     text COLLATE "C" NOT NULL,
    precision bigint NOT NULL CONSTRAINT clearing_assets_precision CHECK (precision BETWEEN 0 AND 18),
    PRIMARY KEY (shard, asset)
);

CREATE TABLE adjustments (
    shard     bigint NOT NULL,
    reference text COLLATE "C" NOT NULL,
    seq       bigint NOT NULL CONSTRAINT adjustments_seq CHECK (seq > 0),
    PRIMARY KEY (shard, reference)
);
