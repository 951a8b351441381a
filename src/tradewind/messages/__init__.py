"""Floor 1: commands, events and replies, how they become bytes, and which feed carries them from whom to whom."""
