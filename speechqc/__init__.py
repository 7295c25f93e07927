"""Listens to sales and complaint calls while they happen: transcript, findings, anger, alerts."""

import os

# The matrix products here are small and many: a second thread spins longer than it computes (measured: 40 times
# the wall time, 10 times the CPU time for the features of six calls). BLAS reads this once, when numpy is imported.
for _library in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_library, "1")
