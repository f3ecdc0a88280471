"""The page Vehicles: the vehicles of the live run, and one of them."""
