-- Deposits and withdrawals, and what the chains have said. Only wallet writes here, but for withdrawal_holds: clearing's.

CREATE TABLE withdrawal_holds (
    shard           bigint NOT NULL,
    withdrawal_id   bigint NOT NULL CONSTRAINT withdrawal_holds_id CHECK (withdrawal_id > 0),
    account         bigint NOT NULL,
    asset           text COLLATE "C" NOT NULL,
    idempotency_key text COLLATE "C" NOT NULL CONSTRAINT withdrawal_holds_key CHECK (idempotency_key <> ''),
    digest          bytea NOT NULL,
    units           bigint NOT NULL CONSTRAINT withdrawal_holds_units CHECK (units > 0),
    fee_units       bigint NOT NULL CONSTRAINT withdrawal_holds_fee CHECK (fee_units >= 0),
    held            bigint NOT NULL,
    ended_at        bigint NOT NULL,
    PRIMARY KEY (shard, withdrawal_id),
    CONSTRAINT withdrawal_holds_all_or_nothing
        CHECK ((ended_at = 0 AND held = units + fee_units) OR (ended_at > 0 AND held = 0))
);

CREATE TABLE networks (
    network       text COLLATE "C" NOT NULL PRIMARY KEY,
    confirmations bigint NOT NULL CONSTRAINT networks_confirmations CHECK (confirmations > 0),
    height        bigint NOT NULL CONSTRAINT networks_height CHECK (height >= 0),
    hash          text COLLATE "C" NOT NULL,
    next_nonce    bigint NOT NULL CONSTRAINT networks_next_nonce CHECK (next_nonce >= 0),
    frozen        boolean NOT NULL,
    frozen_reason text COLLATE "C" NOT NULL
)
WITH (fillfactor = 50);

CREATE TABLE network_assets (
    network        text COLLATE "C" NOT NULL,
    asset          text COLLATE "C" NOT NULL,
    deposit_min    bigint NOT NULL CONSTRAINT network_assets_deposit_min CHECK (deposit_min > 0),
    withdrawal_min bigint NOT NULL CONSTRAINT network_assets_withdrawal_min CHECK (withdrawal_min > 0),
    fee_units      bigint NOT NULL CONSTRAINT network_assets_fee CHECK (fee_units >= 0),
    PRIMARY KEY (network, asset)
);

CREATE TABLE deposit_addresses (
    network text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL CONSTRAINT deposit_addresses_address CHECK (address <> ''),
    account bigint NOT NULL CONSTRAINT deposit_addresses_account CHECK (account > 0),
    PRIMARY KEY (network, address)
);
CREATE INDEX deposit_addresses_by_account ON deposit_addresses (account);

CREATE TABLE chain_blocks (
    network text COLLATE "C" NOT NULL,
    height  bigint NOT NULL CONSTRAINT chain_blocks_height CHECK (height >= 0),
    hash    text COLLATE "C" NOT NULL,
    PRIMARY KEY (network, height)
);

CREATE TABLE deposits (
    network      text COLLATE "C" NOT NULL,
    txid         text COLLATE "C" NOT NULL,
    output_index bigint NOT NULL CONSTRAINT deposits_output_index CHECK (output_index >= 0),
    deposit_id   bigint NOT NULL CONSTRAINT deposits_id CHECK (deposit_id > 0),
    account      bigint NOT NULL CONSTRAINT deposits_account CHECK (account > 0),
    address      text COLLATE "C" NOT NULL,
    asset        text COLLATE "C" NOT NULL,
    units        bigint NOT NULL CONSTRAINT deposits_units CHECK (units > 0),
    height       bigint NOT NULL CONSTRAINT deposits_height CHECK (height > 0),
    status       smallint NOT NULL CONSTRAINT deposits_status CHECK (status BETWEEN 0 AND 3),
    credits      bigint NOT NULL CONSTRAINT deposits_credits CHECK (credits >= 0),
    seen_at      bigint NOT NULL,
    settled      boolean NOT NULL,
    -- The heart of it: one row, and so one credit, for one output of one transaction.
    PRIMARY KEY (network, txid, output_index),
    CONSTRAINT deposits_credited CHECK (status <> 2 OR credits > 0),
    CONSTRAINT deposits_settled CHECK (NOT settled OR status = 2)
);
CREATE INDEX deposits_by_account ON deposits (account, deposit_id);
CREATE INDEX deposits_by_height ON deposits (network, height);

CREATE TABLE withdrawals (
    withdrawal_id   bigint NOT NULL PRIMARY KEY CONSTRAINT withdrawals_id CHECK (withdrawal_id > 0),
    account         bigint NOT NULL CONSTRAINT withdrawals_account CHECK (account > 0),
    asset           text COLLATE "C" NOT NULL,
    network         text COLLATE "C" NOT NULL,
    address         text COLLATE "C" NOT NULL,
    tag             text COLLATE "C" NOT NULL,
    units           bigint NOT NULL CONSTRAINT withdrawals_units CHECK (units > 0),
    fee_units       bigint NOT NULL CONSTRAINT withdrawals_fee CHECK (fee_units >= 0),
    idempotency_key text COLLATE "C" NOT NULL,
    status          smallint NOT NULL CONSTRAINT withdrawals_status CHECK (status BETWEEN 0 AND 7),
    reason          text COLLATE "C" NOT NULL,
    reviewed_by     bigint NOT NULL,
    nonce           bigint NOT NULL,
    txid            text COLLATE "C" NOT NULL,
    raw             bytea NOT NULL,
    height          bigint NOT NULL CONSTRAINT withdrawals_height CHECK (height >= 0),
    succeeded       boolean NOT NULL,
    requested_at    bigint NOT NULL,
    updated_at      bigint NOT NULL,
    closed          boolean NOT NULL,
    -- Nobody approves what is his own, and nothing is sent that nobody approved.
    CONSTRAINT withdrawals_four_eyes CHECK (reviewed_by <> account),
    CONSTRAINT withdrawals_approved CHECK ((status IN (0, 2, 3)) = (nonce < 0)),
    CONSTRAINT withdrawals_signed CHECK ((status IN (4, 5, 6, 7)) = (txid <> '')),
    CONSTRAINT withdrawals_closed CHECK (NOT closed OR status IN (2, 3, 6, 7))
);
CREATE INDEX withdrawals_by_account ON withdrawals (account, withdrawal_id);
CREATE INDEX withdrawals_by_status ON withdrawals (status);
