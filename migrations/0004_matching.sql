-- The books: orders that rest, and the state of each market.

CREATE TABLE resting_orders (
    shard      bigint NOT NULL,
    order_id   bigint NOT NULL CONSTRAINT resting_orders_order_id CHECK (order_id > 0),
    account    bigint NOT NULL,
    symbol     text COLLATE "C" NOT NULL,
    side       smallint NOT NULL CONSTRAINT resting_orders_side CHECK (side BETWEEN 0 AND 1),
    price      bigint NOT NULL CONSTRAINT resting_orders_price CHECK (price > 0),
    quantity   bigint NOT NULL,
    "left"     bigint NOT NULL,
    priority   bigint NOT NULL,
    self_trade smallint NOT NULL CONSTRAINT resting_orders_self_trade CHECK (self_trade BETWEEN 0 AND 1),
    PRIMARY KEY (shard, order_id),
    CONSTRAINT resting_orders_left CHECK ("left" > 0 AND "left" <= quantity)
)
WITH (fillfactor = 70);

CREATE TABLE markets (
    shard      bigint NOT NULL,
    symbol     text COLLATE "C" NOT NULL,
    state      smallint NOT NULL CONSTRAINT markets_state CHECK (state BETWEEN 0 AND 4),
    last_trade bigint NOT NULL CONSTRAINT markets_last_trade CHECK (last_trade >= 0),
    last_price bigint NOT NULL CONSTRAINT markets_last_price CHECK (last_price >= 0),
    PRIMARY KEY (shard, symbol)
)
WITH (fillfactor = 50);
