"""Incident bundles: a window of a production exchange as one file that can be replayed elsewhere and says nobody's secrets."""
