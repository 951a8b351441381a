"""matching: the only owner of the books.

Hears  feeds clearing.* (accepted, cancel and amend requested), admin     Says  rested, traded, ended, reduced, refused
Keeps  resting orders, markets                                            Vows  A6 A7 A8 A9
"""
