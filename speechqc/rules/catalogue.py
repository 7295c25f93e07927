"""Where packs are: the built-in ones by name, others by folder, and those that each extends before it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from speechqc.errors import RuleError
from speechqc.rules.fields import expected, shown
from speechqc.rules.source import locate, read_yaml

PACK_FILE = "pack.yaml"
DEFAULT_PACK = "core"
_BUILTIN = Path(__file__).with_name("packs")


def builtin_pack_names() -> list[str]:
    """The packs that ship with the package: the core and one for each region and line of business."""
    return sorted(folder.name for folder in _packs_in(_BUILTIN))


def builtin_pack_paths(packs: str = DEFAULT_PACK) -> list[Path]:
    """The folders of `packs`: names of built-in packs or folders, parted by commas.

    Raises:
        RuleError: there is no such pack.
    """
    return [_named(name.strip()) for name in packs.split(",") if name.strip()]


def pack_folders(paths: Iterable[Path | str]) -> list[Path]:
    """The folders of all packs at `paths`, each after those it extends and none twice.

    Raises:
        RuleError: a path is no pack, or a pack extends one that is not there or itself.
    """
    found: dict[Path, Path] = {}
    for path in paths:
        for folder in _resolved(Path(path)):
            _add(folder, found, ())
    return list(found.values())


def files_of(folder: Path) -> list[Path]:
    """The files of a pack, its ``pack.yaml`` first."""
    others = sorted(path for path in folder.glob("*.y*ml") if path.name != PACK_FILE)
    return [folder / PACK_FILE, *others]


def _add(folder: Path, found: dict[Path, Path], inside: tuple[Path, ...]) -> None:
    key = folder.resolve()
    if key in inside:
        raise RuleError(f"{folder / PACK_FILE}:1: the pack extends itself")
    if key in found:
        return
    for parent in _parents(folder):
        _add(parent, found, (*inside, key))
    found[key] = folder


def _parents(folder: Path) -> list[Path]:
    """The packs that the one in `folder` extends: beside it or built in."""
    file = folder / PACK_FILE
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return []  # loading the pack says what is wrong with its file
    plain = read_yaml(text, str(file))
    given = plain.get("extends") if isinstance(plain, dict) else None
    names = given if isinstance(given, list) else [] if given is None else [given]
    parents = []
    for name in names:
        places = [root / str(name) for root in (folder.parent, _BUILTIN)]
        parent = next((place for place in places if (place / PACK_FILE).is_file()), None)
        if parent is None or not isinstance(name, str):
            [line] = locate(text, [("extends",)])
            raise RuleError(f"{file}:{line}: `extends`: {expected(name, builtin_pack_names())}")
        parents.append(parent)
    return parents


def _named(name: str) -> Path:
    if (_BUILTIN / name / PACK_FILE).is_file():
        return _BUILTIN / name
    if (Path(name) / PACK_FILE).is_file():
        return Path(name)
    raise RuleError(
        f"no rule pack {shown(name)}: {expected(name, builtin_pack_names())}",
        hint="a pack of your own is a folder with a pack.yaml",
    )


def _resolved(path: Path) -> list[Path]:
    if not path.is_dir():
        raise RuleError(f"{path}: no such folder", hint="a rule pack is a folder with a pack.yaml")
    packs = [path] if (path / PACK_FILE).is_file() else _packs_in(path)
    if not packs:
        raise RuleError(f"{path}: no {PACK_FILE} in it", hint="a rule pack is a folder with a pack.yaml")
    return packs


def _packs_in(folder: Path) -> list[Path]:
    return sorted(entry.parent for entry in folder.glob(f"*/{PACK_FILE}"))
