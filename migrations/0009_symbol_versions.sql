-- A symbol's rules change, in versions. The finest grid divides every tick and lot that there has been, so that orders which rest
-- since an older version still meet new ones without rounding.

ALTER TABLE symbols ADD COLUMN version bigint NOT NULL DEFAULT 1 CONSTRAINT symbols_version CHECK (version > 0);
ALTER TABLE symbols ADD COLUMN tick_finest bigint NOT NULL DEFAULT 0;
ALTER TABLE symbols ADD COLUMN lot_finest bigint NOT NULL DEFAULT 0;
UPDATE symbols SET tick_finest = tick, lot_finest = lot;
ALTER TABLE symbols
    ADD CONSTRAINT symbols_finest CHECK (
        tick_finest > 0 AND lot_finest > 0 AND tick % tick_finest = 0 AND lot % lot_finest = 0
        AND tick_finest::numeric * lot_finest % power(10::numeric, base_precision) = 0
    );

ALTER TABLE clearing_symbols ADD COLUMN version bigint NOT NULL DEFAULT 1 CONSTRAINT clearing_symbols_version CHECK (version > 0);
