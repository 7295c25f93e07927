"""Options and the opened ledger that the contact commands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from speechqc.store.ledger import ContactLedger

Number = Annotated[str | None, typer.Option(help="Telephone number; with + and country code when abroad.")]
Customer = Annotated[str | None, typer.Option(help="Customer id; all numbers of the person add up.")]
Data = Annotated[Path | None, typer.Option(help="Folder of the store. Default: var.")]
StoreUrl = Annotated[
    str | None, typer.Option("--store", help="Database URL. Default: SQLite in the data folder.")
]
Presets = Annotated[
    list[str] | None,
    typer.Option(help="Judge by this preset. May be repeated. Default: by the customer's zone."),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(help="File that chooses and tightens the presets.", envvar="SPEECHQC_CONTACT_POLICY"),
]


@contextmanager
def opened(
    data: Path | None,
    store: str | None,
    *,
    policy: Path | None = None,
    presets: Sequence[str] | None = None,
) -> Iterator[ContactLedger]:
    """The ledger of that store, judging by that policy.

    Raises:
        ConfigurationError: the policy is none, or loosens a regulator's minimum.
        StoreError: the database cannot be opened.
    """
    from speechqc.contact.policy_file import load_contact_policy
    from speechqc.settings import load_settings
    from speechqc.store.ledger import ContactLedger
    from speechqc.store.store import Store

    settings = load_settings(data_dir=data, store_url=store, contact_policy=policy)
    judged_by = load_contact_policy(settings.contact_policy, presets=presets or ())
    with Store.open(settings.database_url) as opened_store:
        yield ContactLedger(opened_store, judged_by)


def moment(text: str | None) -> datetime:
    """The moment in `text`, now without it. Raises ConfigurationError when it is none."""
    from speechqc.contact.attempt import moment_named

    return datetime.now(UTC) if text is None else moment_named(text)
