"""The figures of the studio, one a file: a frozen dataclass of what is shown, and `draw`."""
