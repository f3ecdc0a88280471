"""Around every request: security headers, request log and operations endpoints."""
