"""Files in between, and files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from typing import Iterator

from ._errors import Failed


@contextlib.contextmanager
def scratch() -> Iterator[str]:
    """Have a folder for files in between, which is removed afterwards.

    Raises:
        Failed: there is no place for one.
    """
    with contextlib.ExitStack() as stack:
        with writing("a folder for files in between", "; the variable TMPDIR names another place for it"):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="acdeploy-"))
        yield folder


@contextlib.contextmanager
def writing(what: str, advice: str = "") -> Iterator[None]:
    """Have a full disk, or a folder that is not there, raise Failed."""
    try:
        yield
    except OSError as e:
        raise Failed(f"{what} could not be written: {e.strerror or e}{advice}") from e


@contextlib.contextmanager
def whole(path: str) -> Iterator[str]:
    """Have a path to write a file to. It gets its own name, and the files beside it theirs, when all of them are written.

    Raises:
        Failed: they cannot have their names.
    """
    folder, name = os.path.split(os.path.abspath(path))
    with contextlib.ExitStack() as stack:
        with writing(path):
            aside = stack.enter_context(tempfile.TemporaryDirectory(prefix=".acdeploy-", dir=folder))
        yield os.path.join(aside, name)
        with writing(path):
            for made in sorted(os.listdir(aside), key=lambda made: made == name):  # what belongs to the file comes before it
                os.replace(os.path.join(aside, made), os.path.join(folder, made))
