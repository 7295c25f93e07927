"""Packs of rule files to a :class:`~speechqc.rules.book.RuleBook`; every error of every file at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path as FilePath
from typing import Any

from speechqc.errors import RuleError
from speechqc.rules.adjusting import Adjustment, adjusted, read_adjustment
from speechqc.rules.book import RuleBook
from speechqc.rules.cache import CompiledPack, cached, fingerprint, keep
from speechqc.rules.catalogue import builtin_pack_paths, files_of, pack_folders
from speechqc.rules.conditions import ConditionReader
from speechqc.rules.entries import read_cue, read_rule
from speechqc.rules.fields import Fields, expected
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
from speechqc.rules.pack_file import PackFile
from speechqc.rules.source import Path
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
    loading = _Loading()
    for folder in pack_folders(paths):
        loading.add_pack(folder)
    return loading.finish(classifier)


def _fingerprint(folder: FilePath) -> str | None:
    """The cache's name for a pack; ``None`` when a file cannot be read, which loading will report."""
    try:
        return fingerprint(files_of(folder))
    except OSError:
        return None


class _Loading:
    def __init__(self) -> None:
        self._errors: list[str] = []
        self._packs: list[Pack] = []
        self._rules: list[tuple[Rule, PackFile, Path]] = []
        self._cues: list[tuple[Cue, PackFile, Path]] = []
        self._adjustments: list[tuple[Adjustment, str]] = []
        self._vocabulary = Vocabulary.builtin()
        self._files: list[PackFile] = []

    def add_pack(self, folder: FilePath) -> None:
        name = _fingerprint(folder)
        compiled = None if name is None else cached(name)
        files = [PackFile(path) for path in files_of(folder)]
        if compiled is not None:
            self._pack(files)
            by_name = {file.name: file for file in files}
            self._rules.extend((rule, by_name[rule.file], ("rules", index)) for index, rule in compiled.rules)
            self._cues.extend((cue, by_name[cue.file], ("cues", index)) for index, cue in compiled.cues)
            return
        readable = self._readable(files)
        if files[0] not in readable:
            return
        compiled = self._compiled(readable)
        if (
            name is not None
            and len(readable) == len(files)
            and not any(file.problems.found for file in files)
        ):
            keep(name, compiled)

    def finish(self, classifier: Classifier | None) -> RuleBook:
        """The book of all packs added."""
        self._check_unique("rule", self._rules)
        self._check_unique("cue", self._cues)
        self._check_references()
        self._check_product_classes()
        rules = self._adjusted()
        for file in self._files:
            self._errors.extend(file.messages())
        if self._errors:
            raise RuleError("\n".join(self._errors))
        cues = tuple(cue for cue, _, _ in self._cues)
        words = (
            *(leaf for rule in rules for leaf in leaves_of(rule.condition)),
            *(cue.words for cue in cues),
        )
        if classifier is None and any(leaf.semantic is not None for leaf in words):
            classifier = bundled_classifier()
        return RuleBook(
            packs=tuple(self._packs),
            rules=tuple(rules),
            cues=cues,
            vocabulary=self._vocabulary,
            classifier=classifier,
        )

    def _compiled(self, files: Sequence[PackFile]) -> CompiledPack:
        """Adds the pack in `files`; its rules and cues without what other packs have to do with them."""
        lists = self._lists(files)
        pack = self._pack(files)
        rules: list[tuple[int, Rule]] = []
        cues: list[tuple[int, Cue]] = []
        for file in files[1:]:
            fields = Fields(file.plain, (), file.problems, "a rule file")
            fields.raw("lists")
            conditions = ConditionReader(lists, file.problems)
            for index, inner in _entries(fields, "rules"):
                rules.append((index, read_rule(inner, conditions, pack, file.name)))
                self._rules.append((rules[-1][1], file, inner.path))
            for index, inner in _entries(fields, "cues"):
                cues.append((index, read_cue(inner, conditions, file.name)))
                self._cues.append((cues[-1][1], file, inner.path))
            fields.finish()
        return CompiledPack(tuple(rules), tuple(cues))

    def _readable(self, files: Iterable[PackFile]) -> list[PackFile]:
        """Those of `files` that hold data; the others are errors."""
        readable = []
        for file in files:
            try:
                _ = file.plain
            except RuleError as error:
                self._errors.append(str(error))
            else:
                readable.append(file)
        return readable

    def _lists(self, files: Sequence[PackFile]) -> dict[str, tuple[str, ...]]:
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

    def _pack(self, files: Sequence[PackFile]) -> Pack:
        """Adds the pack that the first of `files` describes."""
        file = files[0]
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
        if any(pack.id == other.id for other in self._packs):
            file.problems.add(("id",), f"the pack id {pack.id!r} is taken by another pack")
        self._packs.append(pack)
        self._files.extend(files)
        return pack

    def _check_unique(self, what: str, found: Sequence[tuple[Any, PackFile, Path]]) -> None:
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


def _entries(fields: Fields, key: str) -> Iterator[tuple[int, Fields]]:
    """The mappings in the list `key`, each with its number."""
    for index, plain in enumerate(fields.entries(key)):
        entry = Fields(plain, (key, index), fields.problems, _ENTRIES[key])
        if entry.plain:
            yield index, entry


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
