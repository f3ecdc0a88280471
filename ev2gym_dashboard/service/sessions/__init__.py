"""Live sessions: run specification, cache, checkpoints, share links and views."""
