-- Orders by amount, pairs that hold their funds once, dead man's switches, transfers between accounts, and fee tiers.

ALTER TABLE holds
    ADD COLUMN quote_quantity bigint NOT NULL DEFAULT 0 CONSTRAINT holds_quote_quantity CHECK (quote_quantity >= 0),
    ADD COLUMN list_id        bigint NOT NULL DEFAULT 0 CONSTRAINT holds_list_id CHECK (list_id >= 0);

CREATE TABLE dead_switches (
    shard      bigint NOT NULL,
    account    bigint NOT NULL CONSTRAINT dead_switches_account CHECK (account > 0),
    symbol     text COLLATE "C" NOT NULL,
    strikes_at bigint NOT NULL CONSTRAINT dead_switches_strikes_at CHECK (strikes_at > 0),
    PRIMARY KEY (shard, account, symbol)
)
WITH (fillfactor = 70);

CREATE TABLE sent_transfers (
    shard       bigint NOT NULL,
    account     bigint NOT NULL CONSTRAINT sent_transfers_account CHECK (account > 0),
    reference   text COLLATE "C" NOT NULL,
    transfer_id bigint NOT NULL CONSTRAINT sent_transfers_transfer_id CHECK (transfer_id > 0),
    to_account  bigint NOT NULL CONSTRAINT sent_transfers_to_account CHECK (to_account > 0 AND to_account <> account),
    asset       text COLLATE "C" NOT NULL,
    units       bigint NOT NULL CONSTRAINT sent_transfers_units CHECK (units > 0),
    sent_at     bigint NOT NULL,
    PRIMARY KEY (shard, account, reference)
);

CREATE TABLE account_volumes (
    shard   bigint NOT NULL,
    account bigint NOT NULL CONSTRAINT account_volumes_account CHECK (account > 0),
    asset   text COLLATE "C" NOT NULL,
    day     bigint NOT NULL CONSTRAINT account_volumes_day CHECK (day >= 0),
    volume  bigint NOT NULL CONSTRAINT account_volumes_volume CHECK (volume >= 0),
    PRIMARY KEY (shard, account, asset, day)
)
-- Today's row changes with every trade.
WITH (fillfactor = 70);

CREATE TABLE clearing_tiers (
    shard          bigint NOT NULL,
    level          bigint NOT NULL CONSTRAINT clearing_tiers_level CHECK (level BETWEEN 0 AND 15),
    asset          text COLLATE "C" NOT NULL,
    volume_min     bigint NOT NULL CONSTRAINT clearing_tiers_volume_min CHECK (volume_min >= 0 AND (level > 0 OR volume_min = 0)),
    maker_permille bigint NOT NULL CONSTRAINT clearing_tiers_maker CHECK (maker_permille BETWEEN 0 AND 1000),
    taker_permille bigint NOT NULL CONSTRAINT clearing_tiers_taker CHECK (taker_permille BETWEEN 0 AND 1000),
    PRIMARY KEY (shard, level)
);

CREATE TABLE clearing_pins (
    shard   bigint NOT NULL,
    account bigint NOT NULL CONSTRAINT clearing_pins_account CHECK (account > 0),
    level   bigint NOT NULL CONSTRAINT clearing_pins_level CHECK (level BETWEEN 0 AND 15),
    PRIMARY KEY (shard, account)
);
