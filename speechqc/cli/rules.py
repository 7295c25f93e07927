"""`speechqc rules …`: what the rules are, whether their examples hold, what is wrong or new with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from speechqc.cli.backtest import backtest
from speechqc.cli.books import rule_book
from speechqc.cli.language import language, say
from speechqc.cli.options import Pack, RulesDirs
from speechqc.errors import ConfigurationError
from speechqc.reports.names import SEVERITIES, STYLES

if TYPE_CHECKING:
    from speechqc.rules.model import Rule

app = typer.Typer(
    help="The rules: list them, run their examples, find mistakes. 规则。", no_args_is_help=True
)
Only = Annotated[list[str] | None, typer.Argument(help="Rule ids or signals; default: all.")]


@app.command("list")
def list_(only: Only = None, rules: RulesDirs = None, pack: Pack = None) -> None:
    """Show the rules with severity, version, and the regulation they stand on; ← names the pack that adjusted one.

    列出规则、级别、版本与依据；← 后为调整该规则的规则包。
    """
    from rich.console import Console
    from rich.text import Text as Styled

    from speechqc.cli.tables import table

    shown = table(
        say("规则", "rule"),
        say("级别", "severity"),
        say("标题", "title"),
        say("依据", "regulation"),
    )
    for rule in _chosen(rule_book(rules, pack).rules, only):
        severity = Styled(SEVERITIES[rule.severity].in_language(language()), style=STYLES[rule.severity])
        cites = "; ".join(f"{citation.cite} [{citation.verified}]" for citation in rule.regulation)
        name = " ← ".join((f"{rule.id} v{rule.version}", *rule.adjusted_by))
        shown.add_row(name, severity, rule.title.in_language(language()), cites)
    Console().print(shown)


@app.command()
def test(only: Only = None, rules: RulesDirs = None, pack: Pack = None) -> None:
    """Run every example of every rule: what must match, and what must not.

    运行每条规则的正例与反例。
    """
    from rich.console import Console
    from rich.progress import track

    from speechqc.rules.check import check_rule

    console = Console()
    book = rule_book(rules, pack)
    chosen = _chosen(book.rules, only)
    problems = []
    label = say("运行示例", "running examples")
    for rule in track(chosen, label, transient=True, disable=not console.is_terminal):
        problems.extend(check_rule(book, rule))
    for problem in problems:
        console.print(str(problem), style="red", markup=False, highlight=False)
    examples = sum(len(rule.examples.must_match) + len(rule.examples.must_not_match) for rule in chosen)
    console.print(
        say(
            f"{len(chosen)} 条规则，{examples} 个示例，{len(problems)} 个不符",
            f"{len(chosen)} rules, {examples} examples, {len(problems)} wrong",
        )
    )
    raise typer.Exit(1 if problems else 0)


@app.command()
def lint(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Packs to check; default: the built-in one of --pack.")
    ] = None,
    pack: Pack = None,
) -> None:
    """Check rule files: unknown names, wrong types, missing titles, phrases too short or never heard. Names file and line.

    检查规则文件，指出文件与行号。
    """
    from speechqc.rules.lint import lint_book, notices
    from speechqc.rules.loader import load_packs

    book = load_packs(paths) if paths else rule_book(None, pack)
    objections = lint_book(book)
    for line in (*objections, *notices(book)):
        typer.echo(line)
    typer.echo(say(f"{len(objections)} 处问题", f"{len(objections)} objections"))
    raise typer.Exit(1 if objections else 0)


app.command()(backtest)


def _chosen(rules: tuple[Rule, ...], only: list[str] | None) -> list[Rule]:
    chosen = [rule for rule in rules if not only or rule.id in only or rule.signal in only]
    if not chosen:
        names = ", ".join(only or ())
        raise ConfigurationError(
            say(f"没有名为 {names} 的规则或信号", f"no rule or signal is called {names}"),
            hint=say("speechqc rules list 列出全部", "`speechqc rules list` shows all"),
        )
    return chosen
