"""`models`: which models there are and which are here; fetch one, remove one."""

from __future__ import annotations

import click

EXAMPLES = """\b
Examples:
  render.py models
  render.py models fetch minilm
  render.py models fetch gemma3-270m --accept-licence
  render.py models fetch openai-community/gpt2
  render.py models remove smollm2
"""


@click.group(invoke_without_command=True, epilog=EXAMPLES)
@click.pass_context
def command(context: click.Context) -> None:
    """List the models; `fetch` and `remove` one. ATTENTION_HOME says where they are kept."""
    if context.invoked_subcommand is not None:
        return
    from attention_core.catalogue import MODELS, SHIPPED
    from attention_core.registry import is_fetched, model_file

    for model in MODELS.values():
        if is_fetched(model.name):
            where = f"here: {model_file(model.name)}"
        else:
            where = f"not here: fetching takes {model.wheel_bytes / 1e6:.0f} MB"
            if model.terms:
                where += f", after you accepted its licence: {model.terms}"
        click.echo(f"{model.name}  {model.title} ({model.licence}): {model.about}")
        click.echo(f"  drawn by default: layer {model.head[0]}, head {model.head[1]}")
        click.echo(f"  {where}")
    for shipped in SHIPPED.values():
        layer, head = shipped.heads["cross"]
        click.echo(f"{shipped.name}  {shipped.title} ({shipped.licence}): {shipped.about}")
        click.echo(f"  by default: layer {layer}, head {head} of the cross-attention")
        click.echo(f"  here: shipped with the project, {shipped.folder}")


@command.command()
@click.argument("name")
@click.option("--accept-licence", is_flag=True, help="Where the model's licence asks for it.")
def fetch(name: str, accept_licence: bool) -> None:
    """Fetch the model NAME, verify it, and print its path.

    OWNER/NAME is a model of the Hugging Face hub, where huggingface_hub is installed.
    """
    from attention_core.fetch import fetch as fetch_model
    from attention_core.hub import fetch_from_hub, is_hub_id
    from rendering.cli.paths import print_path
    from rendering.cli.progress import progress

    if is_hub_id(name):
        print_path(fetch_from_hub(name))
        return
    with progress(f"fetching {name}") as advance:
        path = fetch_model(name, advance, accept_licence)
    print_path(path)


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Delete the model NAME from this machine."""
    from attention_core.registry import remove as remove_model

    if not remove_model(name):
        click.echo(f"{name} was not on this machine", err=True)
