"""The review branch, and what a change of the catalog is as one number."""
