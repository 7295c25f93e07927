"""Packs of rule files to a :class:`~speechqc.rules.book.RuleBook`; every error of every file at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any

from speechqc.errors import RuleError
from speechqc.rules.adjusting import Adjustment, adjusted, read_adjustment
from speechqc.rules.book import RuleBook
from speechqc.rules.cache import BookData, cached, fingerprint, keep
from speechqc.rules.catalogue import PACK_FILE, builtin_pack_paths, files_of, pack_folders
from speechqc.rules.conditions import ConditionReader
from speechqc.rules.entries import read_cue, read_rule
from speechqc.rules.fields import Fields, Problems, expected
from speechqc.rules.gates import Vocabulary, read_vocabulary
from speechqc.rules.model import (
    AnyCondition,
    Combination,
    Cue,
    Pack,
    Rule,
    RuleRef,
    leaves_of,
    parts_of,
)
from speechqc.rules.source import Path, locate, read_yaml
from speechqc.semantics.bundled import bundled_classifier
from speechqc.semantics.classifier import Classifier

__all__ = ["RuleBook", "builtin_pack_paths", "load_packs"]


def load_packs(paths: Iterable[FilePath | str], *, classifier: Classifier | None = None) -> RuleBook:
    """The compiled rules of the packs at `paths` and of those they extend; a folder of packs stands for all in it.

    Args:
        classifier: serves the ``semantic`` operator; ``None`` is the bundled one, where its weights are installed.

    Raises:
        RuleError: one line ``file:line: came …, expected …`` for every error found.
    """
    folders = pack_folders(paths)
    name = _fingerprint(folders)
    data = None if name is None else cached(name)
    if data is None:
        loading = _Loading()
        for folder in folders:
            loading.add_pack(folder)
        data = loading.finish()
        if name is not None:
            keep(name, data)
    return RuleBook(
        packs=data.packs,
        rules=data.rules,
        cues=data.cues,
        vocabulary=data.vocabulary,
        classifier=classifier or (bundled_classifier() if _rests_on_meaning(data) else None),
    )


def _rests_on_meaning(data: BookData) -> bool:
    words = [leaf for rule in data.rules for leaf in leaves_of(rule.condition)]
    return any(leaf.semantic is not None for leaf in (*words, *(cue.words for cue in data.cues)))


def _fingerprint(folders: Iterable[FilePath]) -> str | None:
    """The cache's name for the packs; ``None`` when a file cannot be read, which loading will report."""
    try:
        return fingerprint(path for folder in folders for path in files_of(folder))
    except OSError:
        return None


class _File:
    def __init__(self, path: FilePath) -> None:
        self.name = str(path)
        try:
            self.text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise RuleError(f"{path}:1: not a text file in UTF-8") from error
        except OSError as error:
            raise RuleError(f"{path}:1: cannot be read: {error.strerror}") from error
        self.problems = Problems()
        self.plain = read_yaml(self.text, self.name)
        if self.plain is None:
            self.plain = {}

    def messages(self) -> list[str]:
        found = self.problems.found
        if not found:
            return []
        lines = locate(self.text, [path for path, _ in found])
        ordered = sorted(zip(lines, (message for _, message in found), strict=True), key=lambda pair: pair[0])
        return [f"{self.name}:{line}: {message}" for line, message in dict.fromkeys(ordered)]


class _Loading:
    def __init__(self) -> None:
        self._errors: list[str] = []
        self._packs: list[Pack] = []
        self._rules: list[tuple[Rule, _File, Path]] = []
        self._cues: list[tuple[Cue, _File, Path]] = []
        self._adjustments: list[tuple[Adjustment, str]] = []
        self._vocabulary = Vocabulary.builtin()
        self._files: list[_File] = []

    def add_pack(self, folder: FilePath) -> None:
        files = self._read_files(folder)
        if not files:
            return
        lists = self._lists(files)
        pack = self._pack(files[0])
        if any(pack.id == other.id for other in self._packs):
            files[0].problems.add(("id",), f"the pack id {pack.id!r} is taken by another pack")
        self._packs.append(pack)
        for file in files[1:]:
            self._rule_file(file, pack, lists)
        self._files.extend(files)

    def finish(self) -> BookData:
        self._check_unique("rule", self._rules)
        self._check_unique("cue", self._cues)
        self._check_references()
        self._check_product_classes()
        rules = self._adjusted()
        for file in self._files:
            self._errors.extend(file.messages())
        if self._errors:
            raise RuleError("\n".join(self._errors))
        return BookData(
            packs=tuple(self._packs),
            rules=tuple(rules),
            cues=tuple(cue for cue, _, _ in self._cues),
            vocabulary=self._vocabulary,
        )

    def _read_files(self, folder: FilePath) -> list[_File]:
        files = []
        for path in files_of(folder):
            try:
                files.append(_File(path))
            except RuleError as error:
                self._errors.append(str(error))
        return files if files and files[0].name.endswith(PACK_FILE) else []

    def _lists(self, files: Sequence[_File]) -> dict[str, tuple[str, ...]]:
        lists: dict[str, tuple[str, ...]] = {}
        for file in files:
            plain = file.plain.get("lists") if isinstance(file.plain, dict) else None
            if plain is None:
                continue
            fields = Fields(plain, ("lists",), file.problems, "`lists`")
            for name in fields.plain:
                if name in lists:
                    fields.wrong(name, f"the list {name!r} stands twice in this pack")
                lists[name] = fields.texts(name)
        return lists

    def _pack(self, file: _File) -> Pack:
        fields = Fields(file.plain, (), file.problems, "a pack")
        for key in ("lists", "extends"):
            fields.raw(key)  # read before
        classes = Fields(
            fields.raw("product_classes", {}), ("product_classes",), file.problems, "`product_classes`"
        )
        pack = Pack(
            id=fields.text("id"),
            version=fields.text("version"),
            title=fields.both("title"),
            languages=fields.texts("languages"),
            product_classes={name: classes.texts(name) for name in classes.plain},
            combination=_combination(fields) if "combination" in fields else None,
            contact_preset=fields.texts("contact_preset"),
        )
        for _, entry in _entries(fields, "adjust"):
            self._adjustments.append((read_adjustment(entry), pack.id))
        if "gates" in fields:
            added = read_vocabulary(fields.raw("gates"), ("gates",), file.problems)
            self._vocabulary = self._vocabulary.joined(added)
        fields.finish()
        return pack

    def _rule_file(self, file: _File, pack: Pack, lists: dict[str, tuple[str, ...]]) -> None:
        fields = Fields(file.plain, (), file.problems, "a rule file")
        fields.raw("lists")
        conditions = ConditionReader(lists, file.problems)
        for path, inner in _entries(fields, "rules"):
            self._rules.append((read_rule(inner, conditions, pack, file.name), file, path))
        for path, inner in _entries(fields, "cues"):
            self._cues.append((read_cue(inner, conditions, file.name), file, path))
        fields.finish()

    def _check_unique(self, what: str, found: Sequence[tuple[Any, _File, Path]]) -> None:
        places: dict[str, str] = {}
        for item, file, path in found:
            if item.id in places:
                file.problems.add((*path, "id"), f"the {what} id {item.id!r} is taken, see {places[item.id]}")
            places.setdefault(item.id, file.name)

    def _check_references(self) -> None:
        rules = {rule.id: rule for rule, _, _ in self._rules}
        for rule, file, path in self._rules:
            for name in _references(rule.condition):
                if name not in rules:
                    file.problems.add((*path, "condition"), f"`rule`: {expected(name, rules)}")
                elif rule.id in _reached(rules, rule.id):
                    file.problems.add((*path, "condition"), f"the rule {rule.id!r} refers to itself")

    def _adjusted(self) -> list[Rule]:
        """The rules as the packs that extend them want them, in the order of the packs."""
        rules = [rule for rule, _, _ in self._rules]
        for adjustment, pack in self._adjustments:
            rules = adjusted(rules, adjustment, pack)
        return rules

    def _check_product_classes(self) -> None:
        known = {name for pack in self._packs for name in pack.product_classes} | {"unknown"}
        scopes = [(rule.scope, file.problems, path) for rule, file, path in self._rules]
        scopes += [(one.scope, one.fields.problems, one.fields.path) for one, _ in self._adjustments]
        for scope, problems, path in scopes:
            for key in ("product_class", "not_product_class"):
                for index, name in enumerate(getattr(scope, key)):
                    if name not in known:
                        where = (*path, "scope", key, index)
                        problems.add(where, f"`{key}`: {expected(name, sorted(known))}")


def _combination(fields: Fields) -> Combination:
    inner = Fields(fields.raw("combination"), (*fields.path, "combination"), fields.problems, "`combination`")
    combination = Combination(
        from_occurrence=inner.whole("from_occurrence", 2, low=2) or 2,
        same_within_s=inner.number("same_within_s", 20.0) or 0.0,
        while_active=inner.texts("while_active"),
        tags=inner.texts("tags"),
        never=inner.texts("never"),
    )
    inner.finish()
    return combination


_ENTRIES = {"rules": "a rule", "cues": "a cue", "adjust": "an adjustment"}


def _entries(fields: Fields, key: str) -> Iterator[tuple[Path, Fields]]:
    for index, plain in enumerate(fields.entries(key)):
        entry = Fields(plain, (key, index), fields.problems, _ENTRIES[key])
        if entry.plain:
            yield (key, index), entry


def _references(condition: AnyCondition) -> list[str]:
    if isinstance(condition, RuleRef):
        return [condition.rule]
    return [name for part in parts_of(condition) for name in _references(part)]


def _reached(rules: dict[str, Rule], start: str) -> set[str]:
    reached: set[str] = set()
    waiting = _references(rules[start].condition)
    while waiting:
        name = waiting.pop()
        if name in rules and name not in reached:
            reached.add(name)
            waiting.extend(_references(rules[name].condition))
    return reached
