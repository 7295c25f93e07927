"""One rule or cue of a rule file to :mod:`speechqc.rules.model`."""

from __future__ import annotations

import msgspec

from speechqc.events import CallKind, Direction, Role, Severity, Text
from speechqc.rules.conditions import ROLES, WORD_KEYS, ConditionReader
from speechqc.rules.context import CONTEXT_KEYS, Context
from speechqc.rules.fields import Fields, expected
from speechqc.rules.model import Citation, Cue, Examples, Pack, Rule, Scope

STATUSES = ("experimental", "test", "stable", "deprecated")
VERIFIED = ("V", "Vs", "M", "S", "P")


def read_rule(fields: Fields, conditions: ConditionReader, pack: Pack, file: str) -> Rule:
    """The rule in `fields`; what is wrong is noted as problems of its file."""
    role_name = fields.choice("role", ROLES, "any")
    role = None if role_name == "any" else Role(role_name)
    rule = Rule(
        id=fields.text("id"),
        version=fields.whole("version", 1, low=1) or 1,
        status=fields.choice("status", STATUSES, None),
        signal=fields.text("signal"),
        sub_code=fields.text("sub_code") if "sub_code" in fields else None,
        severity=Severity(fields.choice("severity", tuple(Severity), None)),
        title=fields.both("title"),
        advice=fields.both("advice"),
        role=role,
        regulation=read_citations(fields),
        scope=read_scope(fields, _scope_of(fields, pack)),
        known_gaps=fields.text("known_gaps", "-") if "known_gaps" in fields else "",
        examples=read_examples(fields),
        condition=conditions.read(fields.raw("condition", {}), (*fields.path, "condition"), role),
        pack=pack.id,
        file=file,
    )
    fields.finish()
    return rule


def read_cue(fields: Fields, conditions: ConditionReader, file: str) -> Cue:
    """The cue in `fields`; a question does not cancel it unless it says so: 你们有没有搞错 is angry."""
    role_name = fields.choice("role", ROLES, "any")
    words = conditions.words(fields, None if role_name == "any" else Role(role_name))
    if "question" not in fields:
        words = msgspec.structs.replace(words, gate=msgspec.structs.replace(words.gate, question=False))
    name = fields.text("id")
    cue = Cue(
        id=name,
        words=words,
        weight=fields.number("weight", 1.0) or 0.0,
        title=fields.both("title", Text(zh=name, en=name)),
        file=file,
    )
    fields.finish(also=WORD_KEYS)
    return cue


def _scope_of(fields: Fields, pack: Pack) -> Scope:
    """Rules without a scope judge the calls of their pack's only language."""
    return Scope(languages=pack.languages if "scope" not in fields and len(pack.languages) == 1 else ())


def read_scope(fields: Fields, before: Scope) -> Scope:
    """The scope under `fields`' key ``scope``; what it does not name is as `before`."""
    if "scope" not in fields:
        return before
    inner = Fields(fields.raw("scope"), (*fields.path, "scope"), fields.problems, "`scope`")
    kinds = tuple(CallKind(name) for name in inner.choices("kinds", tuple(CallKind)))
    directions = tuple(Direction(name) for name in inner.choices("directions", tuple(Direction)))
    given = {
        "kinds": kinds,
        "directions": directions,
        "languages": inner.choices("languages", ("zh", "en")),
        "product_class": inner.texts("product_class"),
        "not_product_class": inner.texts("not_product_class"),
        "context": _context(inner, "context"),
        "not_context": _context(inner, "not_context"),
    }
    inner.finish()
    return msgspec.structs.replace(before, **{key: value for key, value in given.items() if key in inner})


def _context(fields: Fields, key: str) -> Context:
    """``{risk: [C1, C2]}``; a single value is a list of one."""
    if key not in fields:
        return ()
    inner = Fields(fields.raw(key), (*fields.path, key), fields.problems, f"`{key}`")
    for name in inner.plain:
        if name not in CONTEXT_KEYS:
            inner.wrong(name, f"`{key}`: {expected(name, CONTEXT_KEYS)}")
    return tuple((name, inner.texts(name)) for name in inner.plain if name in CONTEXT_KEYS)


def read_citations(fields: Fields) -> tuple[Citation, ...]:
    """The regulations under `fields`' key ``regulation``."""
    found = []
    for index, plain in enumerate(fields.entries("regulation")):
        path = (*fields.path, "regulation", index)
        if isinstance(plain, str) and plain.strip():
            found.append(Citation(plain.strip(), "M"))
            continue
        inner = Fields(plain, path, fields.problems, "`regulation`")
        found.append(Citation(inner.text("cite"), inner.choice("verified", VERIFIED, "M")))
        inner.finish()
    return tuple(found)


def read_examples(fields: Fields) -> Examples:
    """The examples under `fields`' key ``examples``."""
    if "examples" not in fields:
        return Examples()
    inner = Fields(fields.raw("examples"), (*fields.path, "examples"), fields.problems, "`examples`")
    examples = Examples(inner.texts("must_match"), inner.texts("must_not_match"))
    inner.finish()
    return examples
