"""What the `tradewind` command offers operators."""
