"""`tradewind flow`: recorded order flow, played through the public API of a running exchange, and checked to the unit."""
