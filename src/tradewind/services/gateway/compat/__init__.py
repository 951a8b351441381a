"""compat: the same exchange in Binance's dialect, so that unmodified ccxt and python-binance trade here.

A request is translated into a native call and handled by the native handler; its answer is reshaped. Nothing is decided here.
"""
