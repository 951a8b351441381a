"""What the parts of a mutant have in common within one run. A run that is repeated must not find what the last one has left."""

from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from tradewind.ports.world import World

T = TypeVar("T")


class PerRun(Generic[T]):
    """`make` is called once for each simulated world, at the first asking."""

    def __init__(self, make: type[T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[Any, T] = WeakKeyDictionary()

    def of(self, world: World) -> T:
        """Of the world that these ports lead into."""
        kernel = vars(world.store)["_world"]
        if kernel not in self._made:
            self._made[kernel] = self._make()
        return self._made[kernel]
