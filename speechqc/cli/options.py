"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from speechqc.events import CallKind

Asr = Annotated[
    str,
    typer.Option(
        help="Recogniser: auto, bundled (understands synthesised Mandarin only) or whisper:SIZE_OR_FOLDER.",
        envvar="SPEECHQC_ASR",
    ),
]
RulesDirs = Annotated[
    list[Path] | None,
    typer.Option("--rules", help="A rule pack of your own, added to the built-in ones. May be repeated."),
]
Pack = Annotated[
    str | None,
    typer.Option(
        "--pack",
        help="Built-in rules of a region or line of business, as cn-bank or uk; several parted by commas. "
        "Default: core.",
        envvar="SPEECHQC_PACK",
    ),
]
SemanticModel = Annotated[
    Path | None,
    typer.Option(
        "--semantic-model",
        help="Folder of a Hugging Face text classifier or sentence encoder in ONNX, asked for what is meant instead "
        "of the bundled one.",
        envvar="SPEECHQC_SEMANTIC_MODEL",
    ),
]
AngerModel = Annotated[
    str | None,
    typer.Option(
        "--anger-model",
        metavar="PATH|NAME",
        help="Folder of a Hugging Face audio classifier of emotion in ONNX, or its name under the models folder; "
        "hears the customer's voice beside the built-in measures.",
        envvar="SPEECHQC_ANGER_MODEL",
    ),
]
Kind = Annotated[
    CallKind | None, typer.Option(help="What the call is for; rules depend on it. Default: sales.")
]
Product = Annotated[str | None, typer.Option(help="What is sold or complained about, e.g. 理财, 定期存款.")]
Language = Annotated[str, typer.Option(help="Language spoken: zh or en.")]
Diarise = Annotated[
    str,
    typer.Option(
        help="Which channel is whose: left-right (agent left), right-left, or none (roles unknown)."
    ),
]
LookFor = Annotated[
    list[str] | None, typer.Option("--signal", help="Show only this signal. May be repeated.")
]
