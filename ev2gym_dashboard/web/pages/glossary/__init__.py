"""The page Glossary: the terms of the field."""
