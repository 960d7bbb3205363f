"""The options that say who shares the work, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rendering.cli.sizes import Bytes

if TYPE_CHECKING:
    from rendering.cache import Cache

F = TypeVar("F", bound=Callable[..., Any])
MOST_JOBS = 256


def cache_size_option(function: F) -> F:
    """--cache-size."""
    return click.option(
        "--cache-size",
        type=Bytes(0),
        default="1GB",
        envvar="ATTENTION_CACHE_SIZE",
        metavar="BYTES",
        help="What segments of films may take (command cache); 0: none is kept.  [default: 1GB]",
    )(function)


def cache_for(cache_size: int, force: bool) -> Cache | None:
    """The cache of segments: nothing is taken from it where all is to be made again."""
    from rendering.cache import segments

    return segments(cache_size, reads=not force) if cache_size else None


def crew_options(function: F) -> F:
    """--jobs, --cluster (rendering.crew.crew_of), --cache-size."""
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
    return jobs(cluster(cache_size_option(function)))
