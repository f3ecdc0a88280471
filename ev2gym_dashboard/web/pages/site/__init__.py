"""The page Site: grid, bill and value of the run."""
