"""`handrail slack manifest`: the Slack app, for Slack's own page to make."""

import typer

from handrail.cli.say import CannotDo, print_json
from handrail.connectors.slack.manifest import manifest


def register(app: typer.Typer) -> None:
    slack = typer.Typer(help="Set up the Slack app.", no_args_is_help=True)
    slack.callback()(_group)
    slack.command("manifest", help="The app's manifest, to paste at api.slack.com/apps.")(show)
    app.add_typer(slack, name="slack")


def _group() -> None:
    """With one command alone Typer would take the group's name for the command's."""


def show(
    url: str | None = typer.Option(
        None, help="The public https address of the doors. Without it: Socket Mode."
    ),
    statuses: bool = typer.Option(
        False, help="People's statuses say whether they take leads (HANDRAIL_SLACK_STATUSES)."
    ),
) -> None:
    if url is not None and not url.startswith("https://"):
        raise CannotDo(f"--url is {url!r}; Slack posts to https:// addresses only")
    print_json(manifest(url=url, statuses=statuses))
