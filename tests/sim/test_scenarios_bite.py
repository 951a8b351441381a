"""A scenario is worth something when it fails where it should: each of these does with a planted bug, by an auditor who must
see that bug. That it passes without is tested with all the others, in test_scenario.py."""

from pathlib import Path

import pytest

from sim.report.staging import Wanted, play
from sim.zoo import keeper

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"

BITES = (
    ("order_too_large_for_its_account", "h1"),
    ("cancel_comes_too_late", "h2"),
    ("partial_fill_then_restart", "h3"),
    ("fill_or_kill_leaves_nothing_behind", "h4"),
    ("taker_spends_all_it_has", "h5"),
    ("market_order_stops_at_its_band", "h6"),
    ("recovery_does_not_ask_the_read_model", "h7"),
    ("book_dies_between_commit_and_publication", "h8"),
    ("disk_is_full_while_orders_settle", "h9"),
    ("nothing_is_said_before_it_stands", "h10"),
    ("cancel_never_overtakes_its_order", "h11"),
    ("publication_without_an_answer", "h12"),
    ("client_hangs_up_in_mid_request", "h13"),
    ("order_repeated_after_its_end", "h14"),
    ("order_repeated_after_its_end", "h15"),
    ("settlement_that_fails_is_done_again", "h16"),
    ("cancel_races_fill_under_partition", "h17"),
    ("partial_fill_then_restart", "h18"),
    ("own_orders_never_meet", "h19"),
    ("own_orders_never_meet", "h19_hides"),
    ("zombie_wakes_after_takeover", "h20"),
    ("blink_of_a_dependency", "h21"),
    ("feed_trimmed_and_its_tail_lost", "h22"),
    ("failover_loses_what_nobody_insured", "h23"),
    ("clock_steps_back_while_trades_settle", "h24"),
    ("fee_changes_between_two_fills", "h25"),
    ("entry_that_nobody_can_read", "h27"),
    ("settlement_that_fails_is_done_again", "h28"),
    ("different_precisions_side_by_side", "h30"),
    ("different_precisions_side_by_side", "h30_vanish"),
    ("first_come_first_served_across_a_restart", "h31"),
    ("first_come_first_served_across_a_restart", "h31_price"),
    ("cancelled_order_is_gone", "h32"),
    ("two_orders_for_one_purse", "h33"),
    ("nodes_lie_about_the_chain", "h40"),
    ("deposit_reorganised_away_before_and_after_its_credit", "h40_orphan"),
    ("approve_reject_and_recall_race", "h41"),
    ("rejection_and_its_release_stand_together", "h42"),
    ("wallet_killed_between_signing_and_broadcast", "h43"),
    ("rejection_and_its_release_stand_together", "h44"),
    ("deposits_come_while_the_scanner_is_away", "h45"),
    ("key_that_may_only_read", "h50"),
    ("key_revoked_in_mid_traffic", "h53"),
    ("slow_reader_is_told", "h60"),
    ("feeds_go_on_across_deaths", "h61"),
    ("feeds_go_on_across_deaths", "h62"),
    ("nobody_learns_the_other_side", "h64"),
    ("iceberg_goes_on_after_a_restart", "h81"),
    ("stop_orders_cascade_while_the_book_dies", "h82"),
    ("stop_orders_cascade_while_the_book_dies", "h82_order"),
    ("pair_accepted_while_the_database_fails_over", "h83"),
    ("orders_end_in_time", "h84"),
    ("orders_end_in_time", "h84_late"),
    ("order_amended_twice_keeps_its_place", "h85"),
    ("iceberg_goes_on_after_a_restart", "h85_slice"),
    ("own_orders_are_kept_apart", "h86"),
    ("band_holds_on_both_sides", "h87"),
    ("fees_follow_the_tier_of_their_account", "h88"),
    ("fees_follow_the_tier_of_their_account", "h88_makers"),
    ("breaker_halts_while_the_clock_is_turned_back", "h89"),
    ("breaker_halts_while_the_clock_is_turned_back", "h89_lifts"),
    ("breaker_halts_while_the_clock_is_turned_back", "h89_resume"),
    ("batch_whose_commit_is_in_doubt", "h90"),
    ("batch_whose_commit_is_in_doubt", "h90_shifted"),
)


@pytest.mark.parametrize(("name", "mutant"), BITES)
def test_a_scenario_catches_its_mutant(name: str, mutant: str) -> None:
    ran = play(Wanted(FOLDER / f"{name}.toml", mutant=mutant))
    assert keeper.is_caught(keeper.mutant(mutant), ran.identities), f"{mutant} was told as {ran.identities}"
