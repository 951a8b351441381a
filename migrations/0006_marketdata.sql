-- What the public sees: depth, trades, candles.

CREATE TABLE depth_levels (
    symbol   text COLLATE "C" NOT NULL,
    side     smallint NOT NULL CONSTRAINT depth_levels_side CHECK (side BETWEEN 0 AND 1),
    price    bigint NOT NULL CONSTRAINT depth_levels_price CHECK (price > 0),
    quantity bigint NOT NULL CONSTRAINT depth_levels_quantity CHECK (quantity > 0),
    orders   bigint NOT NULL CONSTRAINT depth_levels_orders CHECK (orders > 0),
    PRIMARY KEY (symbol, side, price)
)
WITH (fillfactor = 50);

CREATE TABLE book_channels (
    symbol         text COLLATE "C" NOT NULL PRIMARY KEY,
    base_precision bigint NOT NULL CONSTRAINT book_channels_precision CHECK (base_precision BETWEEN 0 AND 18),
    book_seq       bigint NOT NULL CONSTRAINT book_channels_book_seq CHECK (book_seq >= 0),
    last_trade     bigint NOT NULL CONSTRAINT book_channels_last_trade CHECK (last_trade >= 0),
    last_price     bigint NOT NULL CONSTRAINT book_channels_last_price CHECK (last_price >= 0),
    state          smallint NOT NULL CONSTRAINT book_channels_state CHECK (state BETWEEN 0 AND 4)
)
WITH (fillfactor = 50);

CREATE TABLE public_trades (
    symbol     text COLLATE "C" NOT NULL,
    trade_id   bigint NOT NULL CONSTRAINT public_trades_trade_id CHECK (trade_id > 0),
    price      bigint NOT NULL CONSTRAINT public_trades_price CHECK (price > 0),
    quantity   bigint NOT NULL CONSTRAINT public_trades_quantity CHECK (quantity > 0),
    taker_side smallint NOT NULL CONSTRAINT public_trades_taker_side CHECK (taker_side BETWEEN 0 AND 1),
    at         bigint NOT NULL,
    PRIMARY KEY (symbol, trade_id)
);

CREATE TABLE candles (
    symbol       text COLLATE "C" NOT NULL,
    minute       bigint NOT NULL,
    open         bigint NOT NULL,
    high         bigint NOT NULL,
    low          bigint NOT NULL CONSTRAINT candles_low CHECK (low > 0),
    close        bigint NOT NULL,
    volume       bigint NOT NULL CONSTRAINT candles_volume CHECK (volume > 0),
    quote_volume bigint NOT NULL CONSTRAINT candles_quote_volume CHECK (quote_volume >= 0),
    trades       bigint NOT NULL CONSTRAINT candles_trades CHECK (trades > 0),
    PRIMARY KEY (symbol, minute),
    CONSTRAINT candles_span CHECK (low <= open AND low <= close AND open <= high AND close <= high)
)
WITH (fillfactor = 50);
