"""The optimum of a scenario: a proven bound, a plan with perfect foresight, and its run in the engine."""
