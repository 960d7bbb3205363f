"""Keeps NumPy's matrix products to one thread; it must be imported before NumPy is.

The products here are small, and the other cores are busy dequantising: a second BLAS thread mostly
spins while it waits for them. Measured on two cores, for a whole process: 0.60 s with two threads,
0.48 s with one; beside two other busy processes, 2.0 s against 0.8 s.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a number that the user has set is kept
