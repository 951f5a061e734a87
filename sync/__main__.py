"""`python -m sync` is `modelsync`."""

from sync.cli import main

main()
