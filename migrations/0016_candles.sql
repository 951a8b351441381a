-- Candles of four widths instead of minutes alone, and aggregate trades. All of it is made again from the public trades, of which
-- none was ever dropped: so every width is exact from the first trade on. `candles` are those that are over and never change;
-- the newest of each width stand in `open_candles`.

-- Which trades stood in one entry is not known any more: those of one instant, side and price are taken for one taker's.
ALTER TABLE public_trades ADD COLUMN agg_id bigint;
UPDATE public_trades SET agg_id = numbered.agg_id
FROM (
    SELECT symbol, trade_id, sum(begins) OVER (PARTITION BY symbol ORDER BY trade_id) AS agg_id
    FROM (
        SELECT symbol, trade_id,
               CASE WHEN (price, taker_side, at) IS NOT DISTINCT FROM (
                   lag(price) OVER earlier, lag(taker_side) OVER earlier, lag(at) OVER earlier
               ) THEN 0 ELSE 1 END AS begins
        FROM public_trades
        WINDOW earlier AS (PARTITION BY symbol ORDER BY trade_id)
    ) AS marked
) AS numbered
WHERE numbered.symbol = public_trades.symbol AND numbered.trade_id = public_trades.trade_id;
ALTER TABLE public_trades
    ALTER COLUMN agg_id SET NOT NULL,
    ADD CONSTRAINT public_trades_agg_id CHECK (agg_id BETWEEN 1 AND trade_id);
CREATE INDEX public_trades_aggregates ON public_trades (symbol, agg_id);

ALTER TABLE book_channels ADD COLUMN last_agg bigint NOT NULL DEFAULT 0;
UPDATE book_channels SET last_agg = newest.agg_id
FROM (SELECT symbol, max(agg_id) AS agg_id FROM public_trades GROUP BY symbol) AS newest
WHERE newest.symbol = book_channels.symbol;
ALTER TABLE book_channels
    ALTER COLUMN last_agg DROP DEFAULT,
    ADD CONSTRAINT book_channels_last_agg CHECK (last_agg BETWEEN 0 AND last_trade);

DROP TABLE open_candles;
DROP TABLE candles;

CREATE TABLE candles (
    symbol       text COLLATE "C" NOT NULL,
    width_s      bigint NOT NULL CONSTRAINT candles_width CHECK (width_s > 0),
    opened_s     bigint NOT NULL CONSTRAINT candles_opened CHECK (opened_s % width_s = 0),
    open         bigint NOT NULL,
    high         bigint NOT NULL,
    low          bigint NOT NULL CONSTRAINT candles_low CHECK (low > 0),
    close        bigint NOT NULL,
    volume       bigint NOT NULL CONSTRAINT candles_volume CHECK (volume > 0),
    quote_volume bigint NOT NULL CONSTRAINT candles_quote_volume CHECK (quote_volume >= 0),
    taker_volume bigint NOT NULL CONSTRAINT candles_taker_volume CHECK (taker_volume BETWEEN 0 AND volume),
    taker_quote  bigint NOT NULL CONSTRAINT candles_taker_quote CHECK (taker_quote BETWEEN 0 AND quote_volume),
    first_trade  bigint NOT NULL CONSTRAINT candles_first_trade CHECK (first_trade > 0),
    last_trade   bigint NOT NULL CONSTRAINT candles_last_trade CHECK (last_trade >= first_trade),
    PRIMARY KEY (symbol, width_s, opened_s),
    CONSTRAINT candles_span CHECK (low <= open AND low <= close AND open <= high AND close <= high)
);

CREATE TABLE open_candles (
    LIKE candles INCLUDING CONSTRAINTS,
    PRIMARY KEY (symbol, width_s)
)
WITH (fillfactor = 50);

-- A quotient of numeric is exact here: no symbol is listed whose notionals could round.
INSERT INTO candles
SELECT trade.symbol, width_s, trade.at / 1000000000 / width_s * width_s AS opened_s,
       (array_agg(trade.price ORDER BY trade.trade_id))[1], max(trade.price), min(trade.price),
       (array_agg(trade.price ORDER BY trade.trade_id DESC))[1],
       sum(trade.quantity), sum(trade.notional),
       sum(CASE trade.taker_side WHEN 0 THEN trade.quantity ELSE 0 END),
       sum(CASE trade.taker_side WHEN 0 THEN trade.notional ELSE 0 END),
       min(trade.trade_id), max(trade.trade_id)
FROM (
    SELECT public_trades.*, div(price::numeric * quantity, 10::numeric ^ base_precision) AS notional
    FROM public_trades JOIN book_channels USING (symbol)
) AS trade CROSS JOIN (VALUES (1), (60), (3600), (86400)) AS widths (width_s)
GROUP BY trade.symbol, width_s, opened_s;

INSERT INTO open_candles
SELECT DISTINCT ON (symbol, width_s) * FROM candles ORDER BY symbol, width_s, opened_s DESC;
DELETE FROM candles USING open_candles AS newest
WHERE newest.symbol = candles.symbol AND newest.width_s = candles.width_s AND newest.opened_s = candles.opened_s;
