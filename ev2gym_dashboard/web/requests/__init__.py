"""Requests of the pages: their schema, parsing, uploads and issues, and the reply."""
