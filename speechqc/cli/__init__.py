"""Thin commands over the package; what they do lives below."""
