"""One run: what it was asked for, which sources it asks and when these are due, the asking."""
