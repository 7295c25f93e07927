"""The command line: every command is a thin function that imports what it needs when it is called."""

from __future__ import annotations

import gc
import sys

import typer

from speechqc.cli import analyze, audit, contact, demo, evaluate, live, models, promises, rules
from speechqc.errors import SpeechqcError

GC_THRESHOLD = 100_000
"""Rules are many small objects that stay: looking at them again and again is a tenth of a short command's time."""

app = typer.Typer(
    name="speechqc",
    help="Listens to sales and complaint calls: transcript, compliance findings, anger, alerts.\n\n"
    "实时听取营销与投诉电话：转写、合规告警、情绪与干预。",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(demo.demo)
app.command()(live.serve)
app.command()(live.stream)
app.command()(analyze.analyze)
app.command()(audit.audit)
app.command()(evaluate.evaluate)
app.command()(live.replay)
app.add_typer(rules.app, name="rules")
app.add_typer(contact.app, name="contact")
app.add_typer(promises.app, name="promises")
app.add_typer(models.app, name="models")
app.command()(models.doctor)


def main() -> None:
    """Run the command; an error made for people is one line and exit code 2, no traceback."""
    gc.set_threshold(GC_THRESHOLD)
    try:
        app()
    except SpeechqcError as error:
        print(f"speechqc: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except OSError as error:
        # A folder that may not be written, a full disk, an address in use: the machine's answer, not a bug.
        place = f"{error.filename}: " if error.filename else ""
        print(f"speechqc: {place}{error.strerror or error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
