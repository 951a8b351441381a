"""marketdata: what everybody may see of the books.

Hears  feeds matching.*, admin                              Says  book deltas, public trades, market states
Keeps  depth levels, channels, public trades, candles       Vows  A12: the depth is the projection of the book
"""
