"""Who waits where, for the message of a run that cannot go on."""

from sim.kernel import schedule

NAMED_MAX = 40
NOT_OURS = ("<", "trio.", "sim.kernel.world.World._run")  # trio's system tasks and the root of the run


def _where(task: schedule.Task) -> str:
    """The innermost frame that is neither trio's nor the kernel's, or the task's name if there is none."""
    place = task.name
    for frame, line in task.iter_await_frames():
        module = str(frame.f_globals.get("__name__", "?"))
        if not module.startswith(("trio", "sim.kernel", "outcome")):
            place = f"{module}:{frame.f_code.co_name}:{line}"
    return place


def waiting() -> str:
    """One line per waiting task of a living or paused node and of the director, oldest first."""
    lines = []
    for who, task in schedule.tasks_by_age():
        if who.alive if who is not None else not task.name.startswith(NOT_OURS):
            owner = "director" if who is None else f"{who.node}#{who.number}" + (" (paused)" if who.frozen else "")
            lines.append(f"{owner} waits at {_where(task)}")
    left = len(lines) - NAMED_MAX
    return "; ".join(lines[:NAMED_MAX]) + (f"; and {left} more" if left > 0 else "")
