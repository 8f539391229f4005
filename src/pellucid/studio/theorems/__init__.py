"""Theorems on a page: the figure, the proof step by step, in text, Markdown, LaTeX and HTML."""
