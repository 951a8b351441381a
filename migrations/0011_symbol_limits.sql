-- What an account may have in one market, and the market's circuit breaker. 0 everywhere means: none, as before.

ALTER TABLE symbols
    ADD COLUMN notional_max     bigint NOT NULL DEFAULT 0,
    ADD COLUMN open_orders_max  bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_bps      bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_window_s bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_halt_s   bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_reopen_s bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT symbols_limits CHECK (
        notional_max >= 0 AND open_orders_max >= 0 AND breaker_bps BETWEEN 0 AND 9999
        AND breaker_window_s BETWEEN 0 AND 86400 AND breaker_halt_s BETWEEN 0 AND 86400
        AND breaker_reopen_s BETWEEN 0 AND 86400
        AND (breaker_bps = 0 OR (breaker_window_s > 0 AND breaker_halt_s > 0 AND breaker_reopen_s > 0))
    );

ALTER TABLE clearing_symbols
    ADD COLUMN notional_max     bigint NOT NULL DEFAULT 0,
    ADD COLUMN open_orders_max  bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_bps      bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_window_s bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_halt_s   bigint NOT NULL DEFAULT 0,
    ADD COLUMN breaker_reopen_s bigint NOT NULL DEFAULT 0;

-- The words that orders and markets have learned since.
ALTER TABLE symbols          DROP CONSTRAINT symbols_state, DROP CONSTRAINT symbols_own_state,
    DROP CONSTRAINT symbols_all_state,
    ADD CONSTRAINT symbols_state CHECK (state BETWEEN 0 AND 5),
    ADD CONSTRAINT symbols_own_state CHECK (own_state BETWEEN 0 AND 5),
    ADD CONSTRAINT symbols_all_state CHECK (all_state BETWEEN 0 AND 5);
ALTER TABLE clearing_symbols DROP CONSTRAINT clearing_symbols_state,
    ADD CONSTRAINT clearing_symbols_state CHECK (state BETWEEN 0 AND 5);
ALTER TABLE markets          DROP CONSTRAINT markets_state,
    ADD CONSTRAINT markets_state CHECK (state BETWEEN 0 AND 5);
ALTER TABLE book_channels    DROP CONSTRAINT book_channels_state,
    ADD CONSTRAINT book_channels_state CHECK (state BETWEEN 0 AND 5);
ALTER TABLE holds            DROP CONSTRAINT holds_type,
    ADD CONSTRAINT holds_type CHECK (type BETWEEN 0 AND 6);
ALTER TABLE resting_orders   DROP CONSTRAINT resting_orders_self_trade,
    ADD CONSTRAINT resting_orders_self_trade CHECK (self_trade BETWEEN 0 AND 4);
ALTER TABLE orders           DROP CONSTRAINT orders_type, DROP CONSTRAINT orders_time_in_force,
    DROP CONSTRAINT orders_self_trade,
    ADD CONSTRAINT orders_type CHECK (type BETWEEN 0 AND 6),
    ADD CONSTRAINT orders_time_in_force CHECK (time_in_force BETWEEN 0 AND 3),
    ADD CONSTRAINT orders_self_trade CHECK (self_trade BETWEEN 0 AND 4);
