-- The fee schedule, accounts that have a level of it whatever they trade, and accounts that belong to another.

CREATE TABLE fee_tiers (
    level          bigint NOT NULL PRIMARY KEY CONSTRAINT fee_tiers_level CHECK (level BETWEEN 0 AND 15),
    asset          text COLLATE "C" NOT NULL,
    volume_min     bigint NOT NULL CONSTRAINT fee_tiers_volume_min CHECK (volume_min >= 0 AND (level > 0 OR volume_min = 0)),
    maker_permille bigint NOT NULL CONSTRAINT fee_tiers_maker CHECK (maker_permille BETWEEN 0 AND 1000),
    taker_permille bigint NOT NULL CONSTRAINT fee_tiers_taker CHECK (taker_permille BETWEEN 0 AND 1000)
);

CREATE TABLE account_tiers (
    account bigint NOT NULL PRIMARY KEY CONSTRAINT account_tiers_account CHECK (account > 0),
    level   bigint NOT NULL CONSTRAINT account_tiers_level CHECK (level BETWEEN 0 AND 15)
);

ALTER TABLE accounts
    ADD COLUMN parent bigint NOT NULL DEFAULT 0 CONSTRAINT accounts_parent CHECK (parent >= 0 AND parent <> account),
    ADD COLUMN label  text COLLATE "C" NOT NULL DEFAULT '',
    -- Nobody logs in to a sub-account.
    ADD CONSTRAINT accounts_sub_accounts CHECK (parent = 0 OR (email = '' AND password_hash = '' AND label <> ''));
CREATE UNIQUE INDEX accounts_labels ON accounts (parent, label) WHERE parent > 0;
