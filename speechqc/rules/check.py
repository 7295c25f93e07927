"""Runs the examples that every rule brings and lints the rules: ``python -m speechqc.rules.check [DIR…]``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from speechqc.errors import RuleError
from speechqc.events import CallKind, CallStarted, Direction, Role, Utterance
from speechqc.rules.examples import Example, ExampleError, read_example
from speechqc.rules.judge import Judge, Verdict
from speechqc.rules.lint import lint_book, notices
from speechqc.rules.loader import RuleBook, builtin_pack_paths, load_packs
from speechqc.rules.model import Rule
from speechqc.rules.reader import Reader


class Problem(msgspec.Struct, frozen=True):
    """An example that does not do what its rule says, or a rule that lint objects to."""

    rule: str
    file: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.rule}: {self.message}"


def check_book(book: RuleBook) -> list[Problem]:
    """The examples of all rules that do not behave."""
    return [problem for rule in book.rules for problem in check_rule(book, rule)]


def check_rule(book: RuleBook, rule: Rule) -> list[Problem]:
    """The examples of `rule` that do not behave."""
    problems = []
    wanted = [(text, True) for text in rule.examples.must_match]
    wanted += [(text, False) for text in rule.examples.must_not_match]
    for written, expected in wanted:
        try:
            example = read_example(written, role=rule.role, started=context_of(rule, written))
        except ExampleError as error:
            problems.append(Problem(rule.id, rule.file, f"the example {written!r}: {error}"))
            continue
        fired = [verdict for verdict in run_example(book, example) if verdict.rule.id == rule.id]
        if expected and not fired:
            problems.append(Problem(rule.id, rule.file, f"must match, does not: {written}"))
        if not expected and fired:
            what = fired[0].occurrence.why.zh
            problems.append(Problem(rule.id, rule.file, f"must not match, does ({what}): {written}"))
    return problems


def run_example(book: RuleBook, example: Example) -> list[Verdict]:
    """All verdicts of the call in `example`."""
    reader, judge = Reader(book, example.started), Judge(book, example.started)
    verdicts = judge.feed(example.started, None, {})
    for step in example.steps:
        reading = reader.read(step.event) if isinstance(step.event, Utterance) else None
        verdicts.extend(judge.feed(step.event, reading, step.measures))
    return verdicts


def context_of(rule: Rule, written: str) -> CallStarted:
    """A call that `rule` looks at, in the language of the example."""
    chinese = any("一" <= character <= "鿿" for character in written.rpartition("]")[2])
    scope = rule.scope
    language = scope.languages[0] if len(scope.languages) == 1 else "zh" if chinese else "en"
    return CallStarted(
        call_id="example",
        kind=scope.kinds[0] if scope.kinds else CallKind.SALES,
        direction=scope.directions[0] if scope.directions else Direction.OUTBOUND,
        language=language,
        agent=Role.AGENT.value,
    )


def main(arguments: Sequence[str]) -> int:
    """Print a table of rules with their examples and every problem; 1 when there is one."""
    try:
        book = load_packs(arguments or builtin_pack_paths())
    except RuleError as error:
        print(error, file=sys.stderr)
        return 1
    failures = 0
    for rule in book.rules:
        problems = check_rule(book, rule)
        count = len(rule.examples.must_match) + len(rule.examples.must_not_match)
        failures += len(problems)
        print(f"{'ok  ' if not problems else 'FAIL'} {rule.id:40} {count:4} examples  {Path(rule.file).name}")
        for problem in problems:
            print(f"       {problem.message}")
    warnings = lint_book(book)
    for warning in warnings:
        print(f"lint   {warning}")
    for notice in notices(book):
        print(f"note   {notice}")
    print(
        f"{len(book.rules)} rules, {len(book.cues)} cues, {failures} failed examples, {len(warnings)} lint messages"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
