"""The simulator: Tradewind's services on models of the world that fail on purpose, rerun to the byte from a seed."""
