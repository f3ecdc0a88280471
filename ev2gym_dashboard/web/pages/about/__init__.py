"""The page About: version, citation, data, assumptions and software."""
