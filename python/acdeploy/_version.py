"""The version of the package. The script that builds wheels writes that of the program here."""

__version__ = "0.0.0"
