"""What the functions return."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import onnx


@dataclasses.dataclass(frozen=True)
class Refusal:
    """A node that a pass looked at and left as it was.

    Attributes:
        pass_name: the pass.
        node: the name of the node.
        reason: a stable word, such as "training_mode".
        detail: a sentence.
    """

    pass_name: str
    node: str
    reason: str
    detail: str


@dataclasses.dataclass(frozen=True)
class Fused:
    """The result of :func:`acdeploy.fuse`.

    Attributes:
        model: the fused model; None where it was written to a file.
        path: the file that was written; None where the model is returned.
        report: the document of ``acdeploy fuse --json``.
        refusals: what was left as it was, and why.
        before: {"nodes": int, "ops": {op type: count}, "parameters": int} of the model that was given.
        after: the same of the fused model.
    """

    model: onnx.ModelProto | None
    path: str | None
    report: dict[str, Any]

    @property
    def refusals(self) -> list[Refusal]:
        return [Refusal(r["pass"], r["node"], r["reason"], r["detail"]) for r in self.report.get("refusals") or []]

    @property
    def before(self) -> dict[str, Any]:
        return dict(self.report["before"])

    @property
    def after(self) -> dict[str, Any]:
        return dict(self.report["after"])

    @property
    def verification(self) -> Verification | None:
        """What the check of the answers found; None without one."""
        found = self.report.get("verify")
        return Verification(found) if found else None


@dataclasses.dataclass(frozen=True)
class Verification:
    """Whether two models give the same answers.

    Attributes:
        report: the document of ``acdeploy verify --json``.
    """

    report: dict[str, Any]

    @property
    def equal(self) -> bool:
        """Whether the answers are the same."""
        return bool(self.report["equal"])

    @property
    def proof(self) -> str:
        """How that is shown: "algebra", "partial" or "rounding_only"."""
        return str(self.report["proof"])

    def __bool__(self) -> bool:
        return self.equal


@dataclasses.dataclass(frozen=True)
class Bench:
    """What a measurement found.

    Attributes:
        report: the document of ``acdeploy bench --json``. Times in it are in nanoseconds.
        exit_code: 0 where every candidate is as fast as it has to be, 4 where one is not or that is not shown, 6 where the measurement is
            invalid, 3 where an answer changed.
    """

    report: dict[str, Any]
    exit_code: int

    @property
    def comparisons(self) -> list[dict[str, Any]]:
        """One for each candidate and setting: "candidate", "ratio" (of its latency to the baseline's), "ci" [low, high], "verdict"."""
        return list(self.report.get("comparisons") or [])

    @property
    def passed(self) -> bool:
        """Whether every candidate is as fast as it has to be."""
        return self.exit_code == 0


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What is in a model, and what fusing would change.

    Attributes:
        report: the document of ``acdeploy inspect --json``.
    """

    report: dict[str, Any]

    @property
    def ops(self) -> dict[str, int]:
        """How many nodes there are of each op type."""
        return dict(self.report["graph"]["ops"])

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks that look like re-parameterised ones: "node", "family", "branches", "fused", "detail"."""
        return list(self.report.get("blocks") or [])
