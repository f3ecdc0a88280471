"""Optimum: the objective of a run, the cost of the site, and the answer of each vehicle to prices."""
