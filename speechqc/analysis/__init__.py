"""A whole call judged at once, as fast as it goes, by the same session and engine as a live one."""
