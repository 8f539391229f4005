"""Is it true? What is said is proved, shown and checked."""
