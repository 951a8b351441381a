"""Deposits: credited once, when deep enough; taken back when the chain takes them back."""

from hypothesis import given
from hypothesis import strategies as st

from tests.services.wallet.stories import NET, Story, check
from tradewind.messages.commands import ReportBlocks
from tradewind.services.wallet.rules import REORG_BLOCKS_MAX, deep
from tradewind.services.wallet.tables import CHAIN_BLOCKS, DEPOSITS
from tradewind.values.wallet import Block, Transfer


def test_a_deposit_ripens_and_is_credited_once() -> None:
    check("""
        report a1[x=5]            -> x SEEN
        report a2                 -> x CONFIRMING
        report a1[x=5]            -> nothing
        report a3                 -> +5, x CREDITED
        report a3[x=5]            -> nothing
        report a4[x=5] a5         -> nothing
        report a4 a5              -> nothing
    """)


def test_several_blocks_at_once_and_dust() -> None:
    check("""
        report a1[x=5,y=1] a2 a3[z=7] a4   -> x SEEN, z SEEN, +5, x CREDITED, z CONFIRMING
        report a5                          -> +7, z CREDITED
    """)


def test_a_node_that_forgot_a_transfer_is_asked_again() -> None:
    check("""
        report a1 a2 a3 a4        -> nothing
        report a1[x=5]            -> x SEEN, +5, x CREDITED
        report a4[y=6]            -> y SEEN
        report a5                 -> y CONFIRMING
    """)


def test_what_does_not_hang_on_our_branch_is_refused() -> None:
    check("""
        report a1 a2              -> nothing
        report b3 b4              -> OFF_CHAIN
        report b2 on a1           -> OFF_CHAIN
        report a4                 -> OFF_CHAIN
        report b1 b2 b3 on z0     -> OFF_CHAIN
        report a3                 -> nothing
    """)


def test_a_branch_is_given_up_before_the_credit() -> None:
    check("""
        report a1[x=5] a2[y=6]        -> x SEEN, y SEEN, x CONFIRMING
        report b2 b3 on a1            -> y ORPHANED, +5, x CREDITED
        report b4[y=6]                -> y SEEN
        report b5 b6                  -> +6, y CREDITED
    """)


def test_a_branch_is_given_up_after_the_credit() -> None:
    check("""
        report a1[x=5] a2[y=6] a3 a4      -> x SEEN, y SEEN, +5, x CREDITED, +6, y CREDITED
        report b1[y=6] b2 b3 b4 b5 on a0  -> -5, x ORPHANED, frozen
        report b6[x=5] b7                 -> x SEEN, x CONFIRMING
        report b8                         -> +5, x CREDITED
        ask 1 5                           -> 1 PENDING
        approve 1 by 90                   -> WITHDRAWALS_FROZEN
        thaw                              -> thawed
        approve 1 by 90                   -> 1 APPROVED
    """)


def test_what_is_too_deep_to_change_is_forgotten_and_keeps_its_row() -> None:
    story = Story(crashing=True)
    story.line("report a1[x=5]")
    for height in range(2, REORG_BLOCKS_MAX + 3):
        story.line(f"report a{height}")
    [row] = story.kept.of(DEPOSITS)
    assert row.settled and row.credits == 1
    assert len(story.kept.of(CHAIN_BLOCKS)) == REORG_BLOCKS_MAX
    assert story.line("report a1[x=5]") == "OFF_CHAIN"


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 7)), max_size=12))
def test_whatever_the_chain_does_what_stands_deep_is_credited_once(turns: list[tuple[int, int]]) -> None:
    """Each turn gives up so many blocks for one more; eight transfers come and go. An oracle looks at the last branch only."""
    story = Story(crashing=False)
    branch, credits, serial = [Block(0, "a0", "")], [0] * 8, 0
    for depth, paid in [*turns, (1, 8)]:
        gone = min(depth - 1, len(branch) - 1)
        del branch[len(branch) - gone :]
        new = []
        for _ in range(gone + 1):
            serial += 1
            last = (branch + new)[-1]
            inside = tuple(f"{i}" for block in branch + new for i in [t.txid for t in block.transfers])
            transfers = (Transfer(str(paid), 0, "ann", "BTC", 5),) if paid < 8 and str(paid) not in inside else ()
            new.append(Block(last.height + 1, f"s{serial}", last.hash, transfers))
        branch += new
        said = story.do(ReportBlocks(NET, tuple(new)))
        assert said != "OFF_CHAIN"
    for row in story.kept.of(DEPOSITS):
        credits[int(row.txid)] = row.status.name == "CREDITED"
    standing = {t.txid: block.height for block in branch for t in block.transfers}
    tip = branch[-1].height
    for number in range(8):
        if deep(standing.get(str(number), 0), tip, 3):
            assert credits[number], (number, standing)
        elif str(number) not in standing:
            assert not credits[number], (number, standing)
