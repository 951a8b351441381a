"""The schedule: first in first out, if that will do; else with as few deviations as the failure needs."""

from sim.kernel.deviations import Deviation, Recording, write
from sim.kernel.policies import Policy
from sim.shrink.ddmin import ddmin
from sim.shrink.trials import Spent, Trials

READABLE = 12  # deviations; with more of them "shuffled" tells a person as much


def first_in_first_out(trials: Trials) -> None:
    """The cheapest try, early: what runs in turn is easier to shrink as well."""
    trials.take(schedule="fifo")


def shuffled(trials: Trials) -> None:
    """Chance instead of a policy that means harm."""
    if trials.plan.schedule != "fifo":
        trials.take(schedule="shuffled")


def deviations(trials: Trials) -> None:
    """If the failure needs a schedule, which of its decisions? A list that stays too long to read is given up."""
    before = trials.plan
    if before.schedule == "fifo":
        return
    try:
        least = _least(trials)
    except Spent:
        trials.plan = before
        raise
    if len(least) > READABLE:
        trials.plan = before


def _least(trials: Trials) -> list[Deviation]:
    recorded: list[Recording] = []

    def through(policy: Policy) -> Policy:
        recorded.append(Recording(policy))
        return recorded[0]

    trials.observed(through=through)
    least = ddmin(recorded[0].deviations, lambda left: trials.take(schedule=write(left)))
    for number in range(len(least)) if len(least) <= READABLE else ():
        for one in _shorter(least[number]):
            shorter = [*least[:number], one, *least[number + 1 :]]
            if trials.take(schedule=write(shorter)):
                least = shorter
                break
    return least


def _shorter(one: Deviation) -> list[Deviation]:
    """With fewer tasks named, the fewest first."""
    prefixes = [Deviation(one.at, one.first[:length]) for length in range(1, len(one.first) + 1)]
    waits = [Deviation(one.at, (), (age,)) for age in one.later]
    return [shorter for shorter in (*prefixes, *waits) if shorter != one]
