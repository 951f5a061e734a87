"""The catalog through time, as git has it."""
