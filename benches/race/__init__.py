"""The race of lvs against NumPy, Numba, JAX, SciPy and networkx on the same data."""
