"""The documents say what is true: every command is in them, and their links lead somewhere."""

import re
from pathlib import Path

import pytest
import typer.main

from speechqc.cli.main import app

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_every_command_is_in_the_readme_and_explains_itself(readme):
    text = (ROOT / readme).read_text("utf-8")
    commands = typer.main.get_command(app).commands
    for name, command in commands.items():
        assert f"speechqc {name}" in text or f"make {name}" in text, name
        assert command.help, name


@pytest.mark.parametrize(
    "document", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").rglob("*.md")), ids=lambda p: p.name
)
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def test_no_tracked_text_names_a_registry_or_a_path_of_some_machine():
    names = ["pyproject.toml", "constraints.txt", "Makefile", "README.md", "CONTRIBUTING.md"]
    for name in names:
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"index[-]url|extra[-]index|https?://[\w.]*(pypi|pythonhosted)", text), name
