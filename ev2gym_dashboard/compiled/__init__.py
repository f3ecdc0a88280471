"""The time loop, compiled: the rules of strategies and engine, step after step in one call, without Python between.

`run` hands an engine's arrays to `loop` and takes the records back. The rules themselves are those of `core` and
`strategies`, compiled from the same source; `core.engine` runs the same steps one by one, readable, in NumPy.
"""
