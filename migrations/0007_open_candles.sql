-- The newest candle of each symbol once more: what marketdata loads, so that a restart does not read years of candles.

CREATE TABLE open_candles (
    symbol       text COLLATE "C" NOT NULL PRIMARY KEY,
    minute       bigint NOT NULL,
    open         bigint NOT NULL,
    high         bigint NOT NULL,
    low          bigint NOT NULL CONSTRAINT open_candles_low CHECK (low > 0),
    close        bigint NOT NULL,
    volume       bigint NOT NULL CONSTRAINT open_candles_volume CHECK (volume > 0),
    quote_volume bigint NOT NULL CONSTRAINT open_candles_quote_volume CHECK (quote_volume >= 0),
    trades       bigint NOT NULL CONSTRAINT open_candles_trades CHECK (trades > 0),
    CONSTRAINT open_candles_span CHECK (low <= open AND low <= close AND open <= high AND close <= high)
)
WITH (fillfactor = 50);
