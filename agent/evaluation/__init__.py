"""How good the answers are: cases with expectations, a rubric, a judge."""
