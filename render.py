"""Starts the command line; `attention`, once installed, is the same program."""

try:
    from rendering.cli import main
except KeyboardInterrupt:  # before the program can take care of it itself
    raise SystemExit(130) from None

if __name__ == "__main__":
    main()
