"""`python -m modelsync` is `modelsync`."""

from modelsync.cli import main

if __name__ == "__main__":  # a process that a server starts imports it by another name
    main()
