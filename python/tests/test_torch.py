"""What is exported from PyTorch, fused and compared with the module. It runs where PyTorch is: make torch-test."""

from __future__ import annotations

import copy
import io
import pathlib
import subprocess
import sys
from typing import Any

import acdeploy
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from networks import PLAIN, ACBlock, MobileOneBlock, RepVGGBlock, network
from torch import nn

EXAMPLE = (torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(3)),)
FLOAT64 = ["--backend", "reference"]  # which needs no engine beside the one that Python has

exporters = pytest.mark.parametrize("dynamo", [True, False], ids=["dynamo", "torchscript"])
blocks = pytest.mark.parametrize("block", [ACBlock, RepVGGBlock, MobileOneBlock], ids=lambda b: b.__name__)


def ops(model: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for node in model.graph.node:
        found[node.op_type] = found.get(node.op_type, 0) + 1
    return found


@exporters
@blocks
def test_a_network_becomes_its_plain_one(block: type[nn.Module], dynamo: bool) -> None:
    net = network(block)
    fused = acdeploy.torch.export_and_fuse(net, EXAMPLE, dynamo=dynamo, verify="algebra", flags=FLOAT64)
    buffer = io.BytesIO()
    plain = network(PLAIN[block]).eval()
    torch.onnx.export(plain, EXAMPLE, buffer, dynamo=dynamo)
    assert ops(fused.model) == ops(onnx.load_from_string(buffer.getvalue())), "the fused network is not the plain one"
    assert fused.verification and fused.verification.proof == "algebra"
    check = fused.module_check
    assert check
    assert check.samples == 3
    assert max(check.max_rel.values()) < 1e-5
    assert fused.refusals == []


@exporters
def test_the_answers_are_the_modules_own(dynamo: bool) -> None:
    from onnx.reference import ReferenceEvaluator

    net = network(RepVGGBlock)
    fused = acdeploy.torch.export_and_fuse(net, EXAMPLE, dynamo=dynamo, flags=FLOAT64)
    with torch.no_grad():
        want = copy.deepcopy(net).eval()(*EXAMPLE)
    evaluator = ReferenceEvaluator(fused.model)
    (got,) = evaluator.run(None, {evaluator.input_names[0]: EXAMPLE[0].numpy()})
    torch.testing.assert_close(torch.from_numpy(got), want, rtol=1e-4, atol=1e-5)


class Restless(nn.Module):
    """A network that notes each call in buffers, and whose eval() does what cannot be undone."""

    def __init__(self) -> None:
        super().__init__()
        self.net = network(ACBlock)
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("last", torch.zeros(2, 10))
        self.merged = False

    def train(self, mode: bool = True) -> Restless:
        self.merged = self.merged or not mode
        return super().train(mode)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.net(x)
        if not torch.compiler.is_exporting() and not torch.onnx.is_in_onnx_export():
            self.calls += 1
            self.last = y.detach()
        return y


@exporters
def test_the_module_stays_as_it_was(dynamo: bool) -> None:
    net = Restless()
    net.train()
    net.net[1].eval()  # a part is frozen
    net.net[0].square[0].weight.requires_grad_(False)
    net(*EXAMPLE).sum().backward()
    flags = {name: m.training for name, m in net.named_modules()}
    state = {name: t.clone() for name, t in net.state_dict().items()}
    places = {name: t.data_ptr() for name, t in net.state_dict().items()}
    grads = {name: None if p.grad is None else p.grad.clone() for name, p in net.named_parameters()}
    wanted = {name: p.requires_grad for name, p in net.named_parameters()}
    attributes = {name: set(vars(m)) for name, m in net.named_modules()}
    numbers = torch.get_rng_state()
    enabled = torch.is_grad_enabled()
    acdeploy.torch.export_and_fuse(net, EXAMPLE, dynamo=dynamo, flags=FLOAT64)
    assert {name: m.training for name, m in net.named_modules()} == flags
    assert not net.merged
    assert net.state_dict().keys() == state.keys()
    for name, t in net.state_dict().items():
        assert torch.equal(t, state[name]), name
        assert t.data_ptr() == places[name], f"{name} is another tensor"
    for name, p in net.named_parameters():
        assert p.requires_grad == wanted[name]
        assert (p.grad is None) == (grads[name] is None)
        assert p.grad is None or torch.equal(p.grad, grads[name])
    assert {name: set(vars(m)) for name, m in net.named_modules()} == attributes
    assert torch.equal(torch.get_rng_state(), numbers)
    assert torch.is_grad_enabled() == enabled


class Filling(nn.Module):
    """A network whose first call fills a buffer, and adds another one."""

    def __init__(self) -> None:
        super().__init__()
        self.block = ACBlock(3, 4)
        self.register_buffer("filled", None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.filled is None:
            self.filled = torch.ones(1)
            self.register_buffer("added", torch.ones(1), persistent=False)
        return self.block(x) * self.filled


@exporters
def test_what_a_call_fills_stays_empty(dynamo: bool) -> None:
    net = Filling()
    acdeploy.torch.export_and_fuse(net, EXAMPLE, dynamo=dynamo, flags=FLOAT64)
    assert net.filled is None
    assert not hasattr(net, "added")
    assert set(net.state_dict()) == set(Filling().state_dict())


class Careless(nn.Module):
    """A network that changes what it is given, and gives the same tensor each time."""

    def __init__(self) -> None:
        super().__init__()
        self.block = ACBlock(3, 4)
        self.given = torch.zeros(2, 4, 16, 16)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.block(x.mul_(0.5))
        return y if torch.onnx.is_in_onnx_export() else self.given.copy_(y)


def test_a_module_may_change_what_it_takes_and_gives() -> None:
    example = EXAMPLE[0].clone()
    acdeploy.torch.export_and_fuse(Careless(), example, dynamo=False, flags=FLOAT64)
    assert torch.equal(example, EXAMPLE[0])


def test_the_module_stays_as_it_was_where_it_fails() -> None:
    net = network(ACBlock)
    net[1].eval()
    flags = [m.training for m in net.modules()]
    with pytest.raises(acdeploy.UsageError, match="does not take the example inputs"):
        acdeploy.torch.export_and_fuse(net, torch.zeros(1, 4, 16, 16))
    assert [m.training for m in net.modules()] == flags


def test_the_batch_is_open() -> None:
    net = network(RepVGGBlock)
    batch = torch.export.Dim("batch")
    for how in ({"dynamo": True, "dynamic_shapes": ({0: batch},)}, {"dynamo": False, "dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]}):
        fused = acdeploy.torch.export_and_fuse(nn.Sequential(*net), EXAMPLE, flags=FLOAT64, **how)
        assert fused.module_check and fused.module_check.samples == 4, "no other batch was tried"
        assert fused.model.graph.input[0].type.tensor_type.shape.dim[0].dim_param
        assert ops(fused.model)["Conv"] == 3


class Two(nn.Module):
    """Two inputs, of which one are numbers of a table, and two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(5, 3)
        self.block = ACBlock(3, 4)

    def forward(self, x: torch.Tensor, ids: torch.Tensor) -> dict[str, torch.Tensor]:
        y = self.block(x) + self.table(ids).mean(1)[:, :1, None, None]
        return {"y": y, "best": y.flatten(1).argmax(1)}


@exporters
def test_several_inputs_and_outputs(dynamo: bool) -> None:
    example = {"x": EXAMPLE[0], "ids": torch.tensor([[0, 4, 1], [2, 2, 3]])}
    fused = acdeploy.torch.export_and_fuse(Two(), example, dynamo=dynamo, flags=FLOAT64)
    assert fused.module_check
    assert len(fused.module_check.max_rel) == 2
    assert fused.after["ops"]["Conv"] == 1


class Unequal(nn.Module):
    """Two inputs of one shape, which are not to be exchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.block = ACBlock(3, 4)

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self.block(x) - 2 * y.mean()


@exporters
@pytest.mark.parametrize("names", [None, ["p", "q"]])
def test_keyword_arguments_in_another_order(dynamo: bool, names: list[str] | None) -> None:
    example = {"y": EXAMPLE[0] + 3, "x": EXAMPLE[0]}
    fused = acdeploy.torch.export_and_fuse(Unequal(), example, dynamo=dynamo, input_names=names, flags=FLOAT64)
    assert fused.module_check
    assert list(example) == ["y", "x"]


@pytest.mark.parametrize("name", ["exported.onnx", "inputs", "fused"])
def test_any_name_of_a_file(name: str, tmp_path: pathlib.Path) -> None:
    acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=tmp_path / name, flags=FLOAT64)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_weights_in_files_of_their_own(tmp_path: pathlib.Path) -> None:
    acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=tmp_path / "f.onnx", flags=[*FLOAT64, "--shard=1", "--external"])
    assert len(list(tmp_path.iterdir())) == 2


def test_one_file_for_both(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "f.onnx"
    file.write_bytes(b"an earlier one")
    with pytest.raises(acdeploy.UsageError, match="the same file"):
        acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=file, exported=str(file))
    assert file.read_bytes() == b"an earlier one"


def test_files(tmp_path: pathlib.Path) -> None:
    out, exported = tmp_path / "fused.onnx", tmp_path / "trained.onnx"
    fused = acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=out, exported=exported, flags=FLOAT64)
    assert fused.model is None
    assert fused.path == str(out)
    assert fused.report["output"]["path"] == fused.report["verify"]["after"]["path"] == str(out)
    assert out.stat().st_size == fused.report["output"]["bytes"]
    assert acdeploy.verify(exported, out, flags=FLOAT64).proof == "algebra"


def test_failed_export(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exported = tmp_path / "trained.onnx"
    exported.write_bytes(b"an earlier one")

    def half(module: nn.Module, args: Any, path: str, **options: Any) -> None:
        pathlib.Path(path).write_bytes(b"half")
        raise RuntimeError("no more")

    monkeypatch.setattr(torch.onnx, "export", half)
    with pytest.raises(acdeploy.Failed, match="could not export the module: no more"):
        acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, exported=exported, flags=FLOAT64)
    assert [f.name for f in tmp_path.iterdir()] == ["trained.onnx"]
    assert exported.read_bytes() == b"an earlier one"


def test_no_folder_for_the_export(tmp_path: pathlib.Path) -> None:
    with pytest.raises(acdeploy.Failed, match="could not be written: No such file or directory"):
        acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, exported=tmp_path / "absent" / "trained.onnx", flags=FLOAT64)


class Unlike(nn.Module):
    """A network that answers otherwise when it is exported."""

    def __init__(self) -> None:
        super().__init__()
        self.block = ACBlock(3, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.block(x)
        return y * 1.01 if torch.onnx.is_in_onnx_export() else y


@exporters
def test_other_answers_than_the_modules(dynamo: bool, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "fused.onnx"
    out.write_bytes(b"an earlier one")
    with pytest.raises(acdeploy.AnswersDiffer, match="of the exported model is .* from the module's") as caught:
        acdeploy.torch.export_and_fuse(Unlike(), EXAMPLE, dynamo=dynamo, out=out, flags=FLOAT64)
    assert caught.value.exit_code == 3
    assert out.read_bytes() == b"an earlier one"
    assert [p.name for p in tmp_path.iterdir()] == ["fused.onnx"]
    acdeploy.torch.export_and_fuse(Unlike(), EXAMPLE, dynamo=dynamo, out=out, tolerance=0.1, flags=FLOAT64)
    acdeploy.torch.export_and_fuse(Unlike(), EXAMPLE, dynamo=dynamo, out=out, verify=False)


def test_a_fused_model_that_differs(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    from acdeploy import torch as ours

    def spoiled(*args: Any, out: str, **kwargs: Any) -> acdeploy.Fused:
        found = acdeploy.fuse(*args, out=out, **kwargs)
        model = onnx.load(out)
        weights = next(w for w in model.graph.initializer if len(w.dims) == 4)
        array = onnx.numpy_helper.to_array(weights) * 1.01
        weights.CopyFrom(onnx.numpy_helper.from_array(array, weights.name))
        onnx.save(model, out)
        return found

    monkeypatch.setattr(ours, "fuse", spoiled)
    with pytest.raises(acdeploy.AnswersDiffer, match="of the fused model is"):
        acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=tmp_path / "f.onnx", flags=FLOAT64)
    assert not (tmp_path / "f.onnx").exists()


def test_an_exported_file_that_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    from acdeploy import torch as ours

    def changing(path: str, **kwargs: Any) -> acdeploy.Fused:
        found = acdeploy.fuse(path, **kwargs)
        model = onnx.load(path)
        model.graph.name = "another"
        onnx.save(model, path)
        return found

    monkeypatch.setattr(ours, "fuse", changing)
    with pytest.raises(acdeploy.Failed, match="changed meanwhile"):
        acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, out=tmp_path / "f.onnx", dynamo=False, flags=FLOAT64)


def test_without_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    fused = acdeploy.torch.export_and_fuse(network(ACBlock), EXAMPLE, dynamo=False, flags=FLOAT64)
    assert fused.module_check
    assert fused.module_check.engine == f"onnx.reference {onnx.__version__}"


@pytest.mark.parametrize(
    ("kind", "says", "module", "example", "options"),
    [
        (acdeploy.UsageError, "a module is a torch.nn.Module, not str", "net.onnx", EXAMPLE, {}),
        (acdeploy.UsageError, "samples is at least 1", ACBlock(3, 4), EXAMPLE, {"samples": 0}),
        (acdeploy.UsageError, "training is not an option", ACBlock(3, 4), EXAMPLE, {"export_options": {"training": 1}}),
        (acdeploy.UsageError, "does not know an option", ACBlock(3, 4), EXAMPLE, {"export_options": {"folding": 1}}),
        (acdeploy.UsageError, "dynamo is not for export_options", ACBlock(3, 4), EXAMPLE, {"export_options": {"dynamo": True}}),
        (acdeploy.UsageError, "lazy parameters", nn.LazyConv2d(4, 3), EXAMPLE, {}),
        (acdeploy.UsageError, "no_such_pass", ACBlock(3, 4), EXAMPLE, {"passes": ["no_such_pass"]}),
        (acdeploy.UsageError, "bfloat16", ACBlock(3, 4).bfloat16(), (EXAMPLE[0].bfloat16(),), {}),
        (acdeploy.Failed, "could not export", ACBlock(3, 4), EXAMPLE, {"opset": 999, "dynamo": False}),
    ],
)
def test_errors(kind: type[acdeploy.Error], says: str, module: Any, example: Any, options: dict[str, Any]) -> None:
    with pytest.raises(kind, match=says) as caught:
        acdeploy.torch.export_and_fuse(module, example, **options)
    assert caught.value.exit_code == kind.exit_code
    assert "\n" not in str(caught.value)


def test_a_batch_norm_that_stays_in_training() -> None:
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))
    fused = acdeploy.torch.export_and_fuse(net, EXAMPLE, dynamo=False, flags=FLOAT64)
    assert "training_mode" in {r.reason for r in fused.refusals}


def test_how_far_complex_numbers_are_apart() -> None:
    import numpy
    from acdeploy._module_check import _apart

    assert _apart(numpy.array([2 + 1j]), numpy.array([2 + 2j])) == pytest.approx(1 / abs(2 + 2j))


def test_acdeploy_does_not_import_torch() -> None:
    said = subprocess.run([sys.executable, "-c", "import acdeploy, sys; print('torch' in sys.modules)"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
