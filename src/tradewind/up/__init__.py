"""`tradewind up`: the whole exchange on one machine, from real servers to demo accounts."""
