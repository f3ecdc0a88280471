"""Vehicles and EVSEs: catalog, batteries, arrivals, queue and ageing."""
