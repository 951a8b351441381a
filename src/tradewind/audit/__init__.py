"""Floor 2: what must always be true, as pure folds over journals and tables. The same in simulation and production."""
