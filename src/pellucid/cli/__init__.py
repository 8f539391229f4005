"""Say it: one thin command for each verb, listed in `main.VERBS`."""
