"""Runs the program and reads what it prints."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
from typing import Any, Collection, Sequence

from ._binary import find_program
from ._errors import Failed, error_of

log = logging.getLogger("acdeploy")

# How many seconds an interrupted program may take to end by itself; it takes at most one.
PATIENCE = 1.5


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
    try:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace")
    except OSError as e:
        raise Failed(f"{command[0]} cannot be started: {e}") from e
    try:
        out, err = process.communicate()
    except BaseException:  # such as KeyboardInterrupt
        _end(process)
        raise
    document = _document(out)
    said = _said(err)
    if process.returncode not in answers:
        raise error_of(process.returncode, said or f"{command[0]} ended with exit code {process.returncode}", document)
    if document is None:
        raise Failed(f"{command[0]} printed no document: {said or out[:200]!r}")
    return document, process.returncode


def _end(process: subprocess.Popen[str]) -> None:
    """Have a program end, and remove what is half-written. A terminal interrupts it as well, and a second interrupt would end it at once."""
    try:
        process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        if os.name == "nt":
            process.terminate()  # there is no interrupt for one process
        else:
            process.send_signal(signal.SIGINT)
        process.communicate()


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
