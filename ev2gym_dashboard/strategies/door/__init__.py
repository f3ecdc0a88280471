"""The door by which strategies come in: declaration, checks, installed plug-ins and files."""
