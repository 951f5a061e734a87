"""`python -m modelsync` is `modelsync`."""

from modelsync.cli import main

main()
