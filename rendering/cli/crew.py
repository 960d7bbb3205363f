"""The options that say who shares the work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
MOST_JOBS = 256


def crew_options(function: F) -> F:
    """--jobs, --cluster (rendering.crew.crew_of)."""
    cluster = click.option(
        "--cluster",
        metavar="ADDRESS",
        help="A Dask scheduler whose workers share it instead (docs/cluster.md).",
    )
    jobs = click.option(
        "--jobs",
        type=click.IntRange(1, MOST_JOBS),
        metavar="N",
        help="Processes that share the work; the bytes are the same.  [default: all cores]",
    )
    return jobs(cluster(function))
