"""A film's file while it is written: it is closed once, as a whole one or as one to throw away."""

from __future__ import annotations

from typing import Any


class FilmFile:
    """Base of the sinks that write a container of libav; `flush` writes what was held back."""

    def __init__(self, container: Any) -> None:
        self.container = container
        self.closed = False

    def flush(self) -> None:
        """Write the last packets."""
        raise NotImplementedError

    def cut(self) -> None:
        """A new segment begins; most have none."""

    def finish(self) -> None:
        """Write what was held back, and close the file."""
        if self.closed:
            return
        try:
            self.flush()
        finally:
            self.close()

    def abort(self) -> None:
        """Close the file without completing it."""
        try:
            self.close()
        except Exception:  # it is thrown away: whatever its end says does not matter
            self.closed = True

    def close(self) -> None:
        """Close the file, if it is not."""
        if not self.closed:
            self.closed = True
            self.container.close()
