"""Starts the command line; `attention`, once installed, is the same program."""

from rendering.cli import main

if __name__ == "__main__":
    main()
