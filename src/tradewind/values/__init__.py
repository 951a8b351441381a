"""Floor 0: money, price, ids, symbol rules, instants. Standard library only, nothing waits, nothing fails in secret."""
