"""What the browser sends: schema, parsing, uploads, issues and the answer."""
