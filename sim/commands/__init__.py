"""What `tradewind-sim` can do, a file for each command: `add_to` names it and what it may be told, `perform` does it.

A room whose command is the room's own (campaigns, shrink, zoo...) has it there, in the same shape.
"""
