"""Templates: texts with values put in, each escaped for the place where it lands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from attention_core import AttentionError
from rendering.escape import FILTERS
from rendering.korean import with_particle

FOLDER = Path(__file__).parent / "pages"


def environment(autoescape: bool) -> jinja2.Environment:
    """What our own templates are read with; a name that is not known is an error."""
    made = SandboxedEnvironment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({**FILTERS, "josa": with_particle})
    return made


def text_of(template: str, values: Mapping[str, Any], where: str = "a template") -> str:
    """A text with {{ values }} put in. Raises AttentionError for one that is not there."""
    try:
        return environment(autoescape=False).from_string(template).render(values)
    except jinja2.TemplateError as error:
        place = f", line {error.lineno}" if isinstance(error, jinja2.TemplateSyntaxError) else ""
        raise AttentionError(f"{where} cannot be filled in{place}: {error}", "mend it") from error


def page(name: str, values: Mapping[str, Any], autoescape: bool = True) -> str:
    """One of the templates in `pages`, filled in."""
    return environment(autoescape).get_template(name).render(values)
