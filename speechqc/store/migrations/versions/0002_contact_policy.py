"""The contact policy: whose calls add up, what an entry forbids, tags, consents, complaints and their audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _contacts()
    _do_not_call()
    _customer_tags()
    _consents()
    _complaints()
    _contact_trail()
    _refuse_changes(op.get_bind().dialect.name)


def _contacts() -> None:
    for name in ("household", "debt", "campaign", "entity", "recoded"):
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("contacts", sa.Column("channel", sa.Text(), nullable=False, server_default="call"))
    op.add_column("contacts", sa.Column("party", sa.Text(), nullable=False, server_default="customer"))
    op.add_column("contacts", sa.Column("booked_for", MOMENT, nullable=True))
    for name in ("consent", "caller_id"):
        op.add_column("contacts", sa.Column(name, sa.Text(), nullable=True))
    op.create_index(op.f("ix_contacts_household_dialled_at"), "contacts", ["household", "dialled_at"])


def _do_not_call() -> None:
    for name in ("household", "channel", "hours", "campaign", "entity", "proof", "added_by"):
        op.add_column("do_not_call", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("do_not_call", sa.Column("scope", sa.Text(), nullable=False, server_default="all"))
    op.add_column("do_not_call", sa.Column("list", sa.Text(), nullable=False, server_default="institution"))
    op.execute("UPDATE do_not_call SET scope = 'product' WHERE product IS NOT NULL")
    op.create_index(op.f("ix_do_not_call_household"), "do_not_call", ["household"])


def _customer_tags() -> None:
    op.create_table(
        "customer_tags",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("window", sa.Text(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=True),
        sa.Column("proof_call", sa.Text(), nullable=True),
        sa.Column("proof_start_s", sa.Float(), nullable=True),
        sa.Column("proof_end_s", sa.Float(), nullable=True),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("removed_by", sa.Text(), nullable=True),
        sa.Column("removed_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_tags")),
    )
    op.create_index(op.f("ix_customer_tags_customer"), "customer_tags", ["customer"])
    op.create_index(op.f("ix_customer_tags_number"), "customer_tags", ["number"])


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("frequency", sa.Boolean(), nullable=False),
        sa.Column("list", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.Boolean(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index(op.f("ix_consents_customer"), "consents", ["customer"])
    op.create_index(op.f("ix_consents_number"), "consents", ["number"])


def _complaints() -> None:
    op.create_table(
        "complaints",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("household", sa.Text(), nullable=True),
        sa.Column("matter", sa.Text(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("adds_to", sa.Text(), nullable=True),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column("opened_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
    )
    op.create_index(op.f("ix_complaints_customer"), "complaints", ["customer"])
    op.create_index(op.f("ix_complaints_number"), "complaints", ["number"])
    op.create_index(op.f("ix_complaints_household"), "complaints", ["household"])


def _contact_trail() -> None:
    op.create_table(
        "contact_trail",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_trail")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_contact_trail_subject"), "contact_trail", ["subject"])
    op.create_index(op.f("ix_contact_trail_at"), "contact_trail", ["at"])


def _refuse_changes(dialect: str) -> None:
    """A contact whose outcome is known may once be recoded by what was said in it; nothing else of it changes."""
    distinct = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    kept = (
        "id",
        "customer",
        "number",
        "purpose",
        "direction",
        "dialled_at",
        "outcome",
        "ring_s",
        "talk_s",
        "booked",
    )
    changed = " OR ".join(f"NEW.{name} {distinct} OLD.{name}" for name in kept)
    refused = f"OLD.outcome IS NOT NULL AND (OLD.recoded IS NOT NULL OR NEW.recoded IS NULL OR {changed})"
    if dialect == "sqlite":
        op.execute("DROP TRIGGER contacts_append_only")
        op.execute(
            f"CREATE TRIGGER contacts_append_only BEFORE UPDATE ON contacts WHEN {refused} "
            "BEGIN SELECT RAISE(ABORT, 'contacts is append-only'); END"
        )
        op.execute(
            "CREATE TRIGGER contact_trail_append_only BEFORE UPDATE ON contact_trail "
            "BEGIN SELECT RAISE(ABORT, 'contact_trail is append-only'); END"
        )
        return
    op.execute("DROP TRIGGER contacts_append_only ON contacts")
    op.execute(
        "CREATE TRIGGER contacts_append_only BEFORE UPDATE ON contacts "
        f"FOR EACH ROW WHEN ({refused}) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER contact_trail_append_only BEFORE UPDATE ON contact_trail "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
