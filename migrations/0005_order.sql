-- History that queries answer from.

CREATE TABLE orders (
    order_id        bigint NOT NULL PRIMARY KEY CONSTRAINT orders_order_id CHECK (order_id > 0),
    account         bigint NOT NULL,
    symbol          text COLLATE "C" NOT NULL,
    client_order_id text COLLATE "C" NOT NULL,
    side            smallint NOT NULL CONSTRAINT orders_side CHECK (side BETWEEN 0 AND 1),
    type            smallint NOT NULL CONSTRAINT orders_type CHECK (type BETWEEN 0 AND 2),
    time_in_force   smallint NOT NULL CONSTRAINT orders_time_in_force CHECK (time_in_force BETWEEN 0 AND 2),
    self_trade      smallint NOT NULL CONSTRAINT orders_self_trade CHECK (self_trade BETWEEN 0 AND 1),
    price           bigint NOT NULL CONSTRAINT orders_price CHECK (price >= 0),
    quantity        bigint NOT NULL CONSTRAINT orders_quantity CHECK (quantity > 0),
    executed        bigint NOT NULL,
    quote_executed  bigint NOT NULL CONSTRAINT orders_quote_executed CHECK (quote_executed >= 0),
    status          smallint NOT NULL CONSTRAINT orders_status CHECK (status BETWEEN 0 AND 6),
    reason          text COLLATE "C" NOT NULL,
    created_at      bigint NOT NULL,
    updated_at      bigint NOT NULL,
    CONSTRAINT orders_executed CHECK (executed >= 0 AND executed <= quantity)
)
-- None of the columns that change is indexed, so updates stay on their page while it has room (HOT).
WITH (fillfactor = 70);
CREATE INDEX orders_by_account ON orders (account, order_id);
CREATE INDEX orders_by_client_order_id ON orders (account, client_order_id);

CREATE TABLE fills (
    fill_id   bigint NOT NULL PRIMARY KEY CONSTRAINT fills_fill_id CHECK (fill_id > 0),
    symbol    text COLLATE "C" NOT NULL,
    trade_id  bigint NOT NULL CONSTRAINT fills_trade_id CHECK (trade_id > 0),
    order_id  bigint NOT NULL CONSTRAINT fills_order_id CHECK (order_id > 0),
    account   bigint NOT NULL,
    side      smallint NOT NULL CONSTRAINT fills_side CHECK (side BETWEEN 0 AND 1),
    maker     boolean NOT NULL,
    price     bigint NOT NULL CONSTRAINT fills_price CHECK (price > 0),
    quantity  bigint NOT NULL CONSTRAINT fills_quantity CHECK (quantity > 0),
    notional  bigint NOT NULL CONSTRAINT fills_notional CHECK (notional >= 0),
    fee       bigint NOT NULL CONSTRAINT fills_fee CHECK (fee >= 0),
    fee_asset text COLLATE "C" NOT NULL,
    at        bigint NOT NULL
);
CREATE INDEX fills_by_account ON fills (account, fill_id);
CREATE INDEX fills_by_order ON fills (order_id);

CREATE TABLE private_feeds (
    account     bigint NOT NULL PRIMARY KEY,
    account_seq bigint NOT NULL CONSTRAINT private_feeds_account_seq CHECK (account_seq >= 0)
)
WITH (fillfactor = 50);

CREATE TABLE order_symbols (
    symbol         text COLLATE "C" NOT NULL PRIMARY KEY,
    base_precision bigint NOT NULL CONSTRAINT order_symbols_precision CHECK (base_precision BETWEEN 0 AND 18)
);
