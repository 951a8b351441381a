-- Matching learns icebergs, orders with an end, pairs, stop orders, the circuit breaker, and of each market's rules its own.

ALTER TABLE resting_orders
    ADD COLUMN display   bigint NOT NULL DEFAULT 0,
    ADD COLUMN shown     bigint NOT NULL DEFAULT 0,
    ADD COLUMN good_till bigint NOT NULL DEFAULT 0,
    ADD COLUMN other_leg bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT resting_orders_shown CHECK (
        (display = 0 AND shown = 0) OR (display > 0 AND shown > 0 AND shown <= "left" AND shown <= display)
    ),
    ADD CONSTRAINT resting_orders_good_till CHECK (good_till >= 0 AND other_leg >= 0);

CREATE TABLE armed_stops (
    shard         bigint NOT NULL,
    order_id      bigint NOT NULL CONSTRAINT armed_stops_order_id CHECK (order_id > 0),
    account       bigint NOT NULL,
    symbol        text COLLATE "C" NOT NULL,
    side          smallint NOT NULL CONSTRAINT armed_stops_side CHECK (side BETWEEN 0 AND 1),
    type          smallint NOT NULL CONSTRAINT armed_stops_type CHECK (type BETWEEN 3 AND 6),
    time_in_force smallint NOT NULL CONSTRAINT armed_stops_time_in_force CHECK (time_in_force BETWEEN 0 AND 3),
    self_trade    smallint NOT NULL CONSTRAINT armed_stops_self_trade CHECK (self_trade BETWEEN 0 AND 4),
    price         bigint NOT NULL CONSTRAINT armed_stops_price CHECK (price > 0),
    quantity      bigint NOT NULL CONSTRAINT armed_stops_quantity CHECK (quantity > 0),
    stop_price    bigint NOT NULL CONSTRAINT armed_stops_stop_price CHECK (stop_price > 0),
    good_till     bigint NOT NULL,
    other_leg     bigint NOT NULL,
    arrival       bigint NOT NULL CONSTRAINT armed_stops_arrival CHECK (arrival > 0),
    due           bigint NOT NULL CONSTRAINT armed_stops_due CHECK (due = 0 OR due > arrival),
    PRIMARY KEY (shard, order_id),
    CONSTRAINT armed_stops_good_till CHECK (good_till >= 0 AND other_leg >= 0)
);

ALTER TABLE markets
    ADD COLUMN operator_state smallint NOT NULL DEFAULT 0 CONSTRAINT markets_operator_state CHECK (operator_state BETWEEN 0 AND 5),
    ADD COLUMN breaker_state  smallint NOT NULL DEFAULT 0 CONSTRAINT markets_breaker_state CHECK (breaker_state IN (0, 3, 4)),
    ADD COLUMN breaker_until  bigint NOT NULL DEFAULT 0,
    ADD COLUMN again_at       bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT markets_breaker CHECK ((breaker_state = 0) = (breaker_until = 0) AND again_at >= 0);
UPDATE markets SET operator_state = state;

CREATE TABLE market_rules (
    shard            bigint NOT NULL,
    symbol           text COLLATE "C" NOT NULL,
    base_precision   bigint NOT NULL,
    lot              bigint NOT NULL CONSTRAINT market_rules_lot CHECK (lot > 0),
    quantity_max     bigint NOT NULL CONSTRAINT market_rules_quantity_max CHECK (quantity_max >= lot),
    band_bps         bigint NOT NULL CONSTRAINT market_rules_band CHECK (band_bps BETWEEN 0 AND 9999),
    breaker_bps      bigint NOT NULL CONSTRAINT market_rules_breaker CHECK (breaker_bps BETWEEN 0 AND 9999),
    breaker_window_s bigint NOT NULL,
    breaker_halt_s   bigint NOT NULL,
    breaker_reopen_s bigint NOT NULL,
    PRIMARY KEY (shard, symbol)
);
-- Markets that were listed before: admin's rules as they stand. A change that matching has yet to hear says the same again.
INSERT INTO market_rules
    SELECT markets.shard, symbol, base_precision, lot, quantity_max, band_bps, breaker_bps, breaker_window_s, breaker_halt_s,
        breaker_reopen_s
    FROM markets JOIN symbols USING (symbol);

CREATE TABLE price_ranges (
    shard   bigint NOT NULL,
    symbol  text COLLATE "C" NOT NULL,
    second  bigint NOT NULL,
    lowest  bigint NOT NULL CONSTRAINT price_ranges_lowest CHECK (lowest > 0),
    highest bigint NOT NULL CONSTRAINT price_ranges_highest CHECK (highest >= lowest),
    PRIMARY KEY (shard, symbol, second)
);
