"""Sub-accounts and money between them: within one family, once, and for nobody else."""

from tests.services.gateway.exchange import Exchange, Trader, play

S = 10**9


async def _free(trader: Trader, asset: str) -> str:
    balances = (await trader.ask("GET", "/v1/account"))[1]["balances"]
    return next((one["free"] for one in balances if one["asset"] == asset), "0")


def test_money_moves_within_a_family_and_nowhere_else() -> None:
    async def scenario(exchange: Exchange) -> None:
        ann, bob = await exchange.trader("ann"), await exchange.trader("bob")
        subs = [(await ann.ask("POST", "/v1/subAccounts", {"label": name}))[1]["subAccountId"] for name in ("one", "two")]
        assert (await ann.ask("POST", "/v1/subAccounts", {"label": "one"}))[1]["code"] == "ALREADY_EXISTS"
        assert (await ann.ask("GET", "/v1/subAccounts"))[1] == [
            {"subAccountId": subs[0], "label": "one"},
            {"subAccountId": subs[1], "label": "two"},
        ]
        one, two = [await exchange.key(account, 3) for account in subs]
        assert (await one.ask("POST", "/v1/subAccounts", {"label": "deeper"}))[0] == 400
        move = {"asset": "USDT", "amount": "100", "toAccount": subs[0], "reference": "r-1"}
        status, sent = await ann.ask("POST", "/v1/subAccounts/transfer", move)
        assert status == 200 and sent["reference"] == "r-1", sent
        assert (await ann.ask("POST", "/v1/subAccounts/transfer", move))[1] == sent, "the same again is the same"
        status, other = await ann.ask("POST", "/v1/subAccounts/transfer", move | {"amount": "101"})
        assert (status, other["code"]) == (409, "DUPLICATE_IDEMPOTENCY_KEY")
        sideways = {"asset": "USDT", "amount": "40", "toAccount": subs[1]}
        assert (await ann.ask("POST", "/v1/subAccounts/transfer", sideways | {"fromAccount": subs[0]}))[0] == 200
        assert (await two.ask("POST", "/v1/subAccounts/transfer", sideways | {"toAccount": ann.account, "amount": "1"}))[
            0
        ] == 200
        await exchange.kernel.sleep(S)
        assert [await _free(trader, "USDT") for trader in (ann, one, two)] == ["99901.000000", "60.000000", "39.000000"]
        before = exchange.inputs()
        refused = [
            (bob, {"toAccount": subs[0]}),
            (bob, {"toAccount": bob.account, "fromAccount": subs[0]}),
            (ann, {"toAccount": bob.account}),
            (ann, {"toAccount": 999_999}),
            (ann, {"toAccount": subs[0], "fromAccount": bob.account}),
            (one, {"toAccount": subs[0], "fromAccount": ann.account}),
            (one, {"toAccount": subs[0], "fromAccount": subs[1]}),
        ]
        for trader, changes in refused:
            status, shown = await trader.ask("POST", "/v1/subAccounts/transfer", {"asset": "USDT", "amount": "1"} | changes)
            assert (status, shown["code"]) == (403, "NOT_SAME_FAMILY"), (changes, shown)
        for wrong in ({"toAccount": ann.account}, {"toAccount": subs[0], "amount": "0"}, {"toAccount": subs[0], "asset": "X"}):
            assert (await ann.ask("POST", "/v1/subAccounts/transfer", {"asset": "USDT", "amount": "1"} | wrong))[0] == 400
        assert exchange.inputs() == before
        status, poor = await two.ask("POST", "/v1/subAccounts/transfer", sideways | {"toAccount": subs[0], "amount": "40"})
        assert (status, poor["code"]) == (400, "INSUFFICIENT_BALANCE")

    play(scenario)
