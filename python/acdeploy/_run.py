"""Runs the program and reads what it prints."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
from typing import Any, Collection, Sequence

from ._binary import find_program
from ._errors import Failed, error_of

log = logging.getLogger("acdeploy")


def run(arguments: Sequence[str], answers: Collection[int] = (0,)) -> tuple[dict[str, Any], int]:
    """Run a command of the program with --json.

    Args:
        arguments: the command and its arguments.
        answers: exit codes that are an answer and no error.

    Returns:
        The JSON document, and the exit code.

    Raises:
        Error: the program ended with another exit code. Its warnings go to the logger "acdeploy".
    """
    command = [find_program(), *arguments, "--json", "--log-format", "json"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
    try:
        out, err = process.communicate()
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)  # it removes what is half-written
        process.communicate()
        raise
    document = _document(out)
    said = _said(err)
    if process.returncode not in answers:
        raise error_of(process.returncode, said or f"{command[0]} ended with exit code {process.returncode}", document)
    if document is None:
        raise Failed(f"{command[0]} printed no document: {said or out[:200]!r}")
    return document, process.returncode


def _document(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _said(text: str) -> str:
    """Return the errors of a log, one a line. Warnings are logged."""
    errors = []
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            errors.append(line)  # the words of something that ended the program
            continue
        if entry.get("level") == "ERROR":
            errors.append(str(entry.get("error", entry.get("msg"))))
        elif entry.get("level") == "WARN":
            log.warning("%s", entry.get("msg"))
    return "\n".join(errors)
