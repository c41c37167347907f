"""Finds the program acdeploy."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig

from ._errors import Failed

NAME = "acdeploy.exe" if os.name == "nt" else "acdeploy"


def find_program() -> str:
    """Return the path of the program that the wheel installed, else that on the PATH.

    Raises:
        Failed: there is none.
    """
    schemes = [sysconfig.get_default_scheme() if hasattr(sysconfig, "get_default_scheme") else None]
    schemes.append(os.name + "_user")
    folders = [sysconfig.get_path("scripts", scheme) if scheme else sysconfig.get_path("scripts") for scheme in schemes]
    # pip --target puts programs beside the packages.
    folders.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin"))
    for folder in folders:
        path = os.path.join(folder, NAME)
        if os.path.isfile(path):
            return path
    found = shutil.which("acdeploy")
    if found is None:
        raise Failed(f"the program acdeploy was not found in {', '.join(folders)} nor on the PATH; reinstall it: {sys.executable} -m pip install --force-reinstall acdeploy")
    return found
