"""A node: something with a power cord. It lives in incarnations, which can be cut, paused, slowed or asked to stop."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import trio

from sim.kernel import result
from sim.kernel.clock import WallClock
from sim.kernel.incarnation import Incarnation

if TYPE_CHECKING:
    from sim.kernel.world import World

Main = Callable[[Incarnation], Awaitable[object]]


class Node:
    """Made by `World.node(name)`. Its wall clock outlives its incarnations."""

    def __init__(self, world: "World", name: str) -> None:
        self.name = name
        self.wall = WallClock(world.clock)
        self.incarnation: Incarnation | None = None
        self.endpoint: object = None  # who listens here; forgotten at death
        self._world = world
        self._main: Main | None = None
        self._births = 0
        self._pauses = 0

    @property
    def up(self) -> bool:
        """Whether a process lives here. A paused one does."""
        return self.incarnation is not None

    def start(self, main: Main) -> Incarnation:
        """Boot: run `main(incarnation)` as this node until it returns, raises, is stopped or killed."""
        assert not self.up, f"{self.name} runs already"
        self._births += 1
        self._main = main
        life = self.incarnation = Incarnation(self.name, self._births)
        self._world.adopt(life)
        life.epitaphs[self._forget] = None
        life.context.run(self._world.nursery.start_soon, self._live, life, main)
        return life

    def restart(self) -> Incarnation:
        """Boot again with the same main, killing what lives here now."""
        assert self._main is not None, f"{self.name} was never started"
        self.kill()
        return self.start(self._main)

    def kill(self) -> None:
        """Cut the power: no task of this incarnation takes another step, no clean-up runs, its ports are dead."""
        if self.incarnation is not None:
            life = self.incarnation
            self._world.trace("kill", self.name, life.number)
            life.hinder(frozen=True)
            self._world.scheduler.withdraw(life)
            life.end()

    def kill_after(self, steps: int) -> None:
        """Cut the power before the step that follows so many more steps: with 0, 1, 2... a kill at every await in turn."""
        if self.incarnation is not None:
            self.incarnation.light(steps, self.kill)

    async def stop(self, grace_ns: int) -> None:
        """SIGTERM: cancel it, and kill it if it has not gone after `grace_ns`."""
        life = self.incarnation
        if life is None:
            return
        self._world.trace("stop", self.name, life.number)
        life.scope.cancel()
        with trio.move_on_after(grace_ns / 1e9):
            await life.over.wait()
        if life.alive:
            self.kill()

    def pause(self, for_ns: int | None = None) -> None:
        """Stop the process without its knowing, until `resume` or for that long. Messages pile up, leases run out."""
        life = self.incarnation
        if life is None:
            return
        self._world.trace("pause", self.name, life.number)
        self._pauses += 1
        mine = self._pauses
        life.hinder(frozen=True)
        self._world.scheduler.withdraw(life)
        if for_ns is not None:
            self._world.after(for_ns, lambda: self._resume(life, mine))

    def resume(self) -> None:
        """Let a paused process go on as if nothing had been."""
        if self.incarnation is not None:
            self._resume(self.incarnation, self._pauses)

    def slow(self, step_ns: int) -> None:
        """Every step of every task here waits `step_ns` first; 0 restores full speed."""
        if self.incarnation is not None:
            self.incarnation.hinder(slow_ns=step_ns)
            if step_ns == 0 and not self.incarnation.frozen:
                self._world.scheduler.release(self.incarnation)

    def _resume(self, life: Incarnation, pause: int) -> None:
        # A later pause, a restart or a death since then makes this wake-up call none of its business.
        if life.alive and life.frozen and pause == self._pauses:
            self._world.trace("resume", self.name, life.number)
            life.hinder(frozen=False)
            self._world.scheduler.release(life)

    def _forget(self) -> None:
        self.incarnation = None
        self.endpoint = None

    async def _live(self, life: Incarnation, main: Main) -> None:
        try:
            with life.scope:
                async with trio.open_nursery() as life.nursery:
                    await main(life)
                    life.nursery.cancel_scope.cancel()  # main returned: the process exits
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # Once the run unwinds, or from a dead process, whatever comes up here is a late effect and is dropped.
            if life.alive:
                at_ns = self._world.clock.now_ns
                self._world.crashed(life, result.crash(self.name, life.number, at_ns, error))
        finally:
            life.end()
