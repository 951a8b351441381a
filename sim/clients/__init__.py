"""What stands outside the exchange and wants something of it: traders, operators, and their ways in."""
