"""What goes wrong, by the exit codes of the program."""

from __future__ import annotations

from typing import Any


class Error(Exception):
    """Base of all exceptions of this package.

    Attributes:
        exit_code: what the program ended with; the exit codes are those of ``acdeploy run --help``.
        document: the JSON document that the program printed all the same; None where it printed none.
    """

    exit_code: int = 1

    def __init__(self, message: str, exit_code: int | None = None, document: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        if exit_code is not None:
            self.exit_code = exit_code
        self.document = document


class Failed(Error):
    """It failed, for the reason that the message tells: an unreadable model, a full disk."""

    exit_code = 1


class UsageError(Error):
    """An argument or the configuration is wrong, or an open dimension has no size."""

    exit_code = 2


class AnswersDiffer(Error):
    """The answers of the fused model differ from those of the model as trained."""

    exit_code = 3


class GateFailed(Error):
    """A gate failed: latency, proof, size or what was asked for."""

    exit_code = 4


class RuntimeMissing(Error):
    """A required runtime or device is missing, or no engine could run. ``acdeploy doctor`` says what to do."""

    exit_code = 5


class InvalidMeasurement(Error):
    """The controls of the measurement failed, or it is incomplete."""

    exit_code = 6


def error_of(exit_code: int, message: str, document: dict[str, Any] | None) -> Error:
    """Return the exception for an exit code of the program."""
    for kind in (Failed, UsageError, AnswersDiffer, GateFailed, RuntimeMissing, InvalidMeasurement):
        if kind.exit_code == exit_code:
            return kind(message, exit_code, document)
    return Failed(message, exit_code, document)
