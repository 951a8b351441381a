"""order: the book-keeper of orders and fills, and the numbering of every account's private feed.

Hears  feeds clearing.*, matching.*, admin     Says  order updated, fill booked, balance updated
Keeps  orders, fills, private feeds            Vows  A6 A7 A12
"""
