-- What a withdrawal's idempotency key stands for is kept as it was asked for, and compared: a digest of it cannot be masked in
-- an incident's bundle so that it still fits the masked request.

ALTER TABLE withdrawal_holds
    ADD COLUMN network text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN address text COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN tag     text COLLATE "C" NOT NULL DEFAULT '';

UPDATE withdrawal_holds
SET network = asked.network, address = asked.address, tag = asked.tag
FROM withdrawals AS asked
WHERE asked.withdrawal_id = withdrawal_holds.withdrawal_id;

ALTER TABLE withdrawal_holds
    ALTER COLUMN network DROP DEFAULT,
    ALTER COLUMN address DROP DEFAULT,
    ALTER COLUMN tag DROP DEFAULT,
    DROP COLUMN digest;
