"""Measurements of the whole product against what it is to beat, as ratios in one run. Knows nothing of tests."""
