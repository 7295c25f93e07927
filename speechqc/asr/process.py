"""A recogniser in a process of its own, so that decoding never holds up the loop that hears the calls.

In one process the decoder's Python and the calls' Python take turns at the interpreter lock; measured with 50 live
calls on two cores, frames then waited seconds. Only samples and words pass between the two processes.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from speechqc.asr.recognizer import Hop, Hypothesis, Recognizer
from speechqc.errors import ModelError


@dataclass(frozen=True, slots=True)
class _Ready:
    name: str
    streaming: bool
    min_confidence: float


@dataclass(frozen=True, slots=True)
class _Work:
    """One batch, with the streams that were opened and closed since the last one."""

    opened: tuple[tuple[int, str], ...]
    closed: tuple[int, ...]
    hops: tuple[Hop, ...]


class RecognizerProcess:
    """The recogniser that `factory` makes, living in a child process; see :class:`Recognizer`.

    A child that dies is replaced with the next batch; the streams it knew are lost, which their calls learn
    as an error of that batch.

    Raises:
        SpeechqcError: whatever `factory` raises in the child, such as a missing model.
    """

    def __init__(self, factory: Callable[[], Recognizer]) -> None:
        self._factory = factory
        self._in_use = threading.Lock()
        self._next = 0
        self._covered: set[str] = set()
        self._opened: list[tuple[int, str]] = []
        self._closed: list[int] = []
        ready = self._start()
        self.name, self.streaming, self.min_confidence = ready.name, ready.streaming, ready.min_confidence

    def open(self, *, language: str) -> int:
        """A new stream's number; asks the child once whether it understands `language`."""
        if language not in self._covered:
            with self._in_use:
                self._ask(language)
            self._covered.add(language)
        self._next += 1
        self._opened.append((self._next, language))
        return self._next

    def push(self, hops: Sequence[Hop]) -> list[Hypothesis]:
        """Decode one batch in the child.

        Raises:
            ModelError: the child died; the next batch starts another.
        """
        with self._in_use:
            if not self._child.is_alive():
                self._start()
            opened, self._opened = self._opened, []
            closed, self._closed = self._closed, []
            heard: list[Hypothesis] = self._ask(_Work(tuple(opened), tuple(closed), tuple(hops)))
            return heard

    def close(self, stream: int) -> None:
        """Forget a stream; the child hears of it with the next batch."""
        self._closed.append(stream)

    def stop(self) -> None:
        """End the child."""
        self._pipe.close()
        self._child.join(timeout=2.0)
        if self._child.is_alive():
            self._child.kill()

    def _start(self) -> _Ready:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._child = context.Process(target=_serve, args=(theirs, self._factory), daemon=True)
        self._child.start()
        theirs.close()
        ready: _Ready = self._answer()
        return ready

    def _ask(self, question: _Work | str) -> Any:
        try:
            self._pipe.send(question)
        except OSError as error:
            raise self._died() from error
        return self._answer()

    def _answer(self) -> Any:
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _died(self) -> ModelError:
        self._child.join(timeout=1.0)
        return ModelError(
            f"the recogniser's process ended with code {self._child.exitcode}",
            hint="it is started again; if it keeps ending, run `speechqc doctor`",
        )


def _serve(pipe: Connection, factory: Callable[[], Recognizer]) -> None:
    """The child's life: answer until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    try:
        recognizer = factory()
        pipe.send(_Ready(recognizer.name, recognizer.streaming, recognizer.min_confidence))
    except Exception as error:  # the parent raises it
        pipe.send(error)
        return
    numbers: dict[int, int] = {}
    while True:
        try:
            question = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(_answered(recognizer, numbers, question))
        except Exception as error:  # a failed batch is the parent's to report; the child goes on
            pipe.send(error)


def _answered(recognizer: Recognizer, numbers: dict[int, int], question: _Work | str) -> list[Hypothesis]:
    """Do one batch with the recogniser's own stream numbers; a bare language is only tried."""
    if isinstance(question, str):
        recognizer.close(recognizer.open(language=question))
        return []
    for stream, language in question.opened:
        numbers[stream] = recognizer.open(language=language)
    for stream in question.closed:
        if (known := numbers.pop(stream, None)) is not None:
            recognizer.close(known)
    outside = {numbers[hop.stream]: hop.stream for hop in question.hops}
    heard = recognizer.push([Hop(numbers[hop.stream], hop.samples, hop.last) for hop in question.hops])
    for hop in question.hops:
        if hop.last:
            del numbers[hop.stream]
    return [Hypothesis(outside[one.stream], one.words, one.text, one.final, one.confidence) for one in heard]
