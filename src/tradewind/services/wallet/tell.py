"""How the wallet's attendant speaks to its machine: commands that may be repeated, because the machine decides by content."""

from tradewind.messages.commands import Command
from tradewind.messages.replies import Reply
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller

SHARD = "wallet/0"
TIMEOUT_S = 2.0


class Tell:
    def __init__(self, caller: Caller, world: World) -> None:
        self._caller = caller
        self._world = world

    async def say(self, command: Command) -> Reply:
        """What the machine answered; a refusal means that it knows better. Raises PortError: say it again later."""
        answer = await self._caller.ask(SHARD, command, self._world.entropy.token(16), TIMEOUT_S)
        return answer.reply
