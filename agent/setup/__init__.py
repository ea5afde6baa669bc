"""Set-up and what is wrong with it: everything that is made from weights, and the doctor."""
