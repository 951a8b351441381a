-- What orders have learned to be.

ALTER TABLE orders
    ADD COLUMN stop_price     bigint NOT NULL DEFAULT 0 CONSTRAINT orders_stop_price CHECK (stop_price >= 0),
    ADD COLUMN display        bigint NOT NULL DEFAULT 0 CONSTRAINT orders_display CHECK (display >= 0),
    ADD COLUMN good_till      bigint NOT NULL DEFAULT 0 CONSTRAINT orders_good_till CHECK (good_till >= 0),
    ADD COLUMN quote_quantity bigint NOT NULL DEFAULT 0 CONSTRAINT orders_quote_quantity CHECK (quote_quantity >= 0),
    ADD COLUMN list_id        bigint NOT NULL DEFAULT 0 CONSTRAINT orders_list_id CHECK (list_id >= 0),
    ADD COLUMN triggered      boolean NOT NULL DEFAULT false;
