"""Exports small re-parameterisable blocks in the forms that PyTorch's two exporters write.

    python torch_forms.py FOLDER

Needs torch and onnxscript. The statistics of the batch normalisations are those of a trained network:
variances over many decades, negative scales. The same seed gives the same weights.
"""

import sys

import onnx
import torch
from torch import nn


def conv_bn(cin, cout, kernel, padding=0, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(cin, cout, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(cout)
    )


class ACB(nn.Module):
    """The asymmetric block; with a 5x5 or unpadded kernel its 1-d branches are cropped."""

    def __init__(self, cin, cout, k=3, padding=1, stride=1, groups=1, affine=True):
        super().__init__()
        self.crop = max(0, (k // 2) - padding)
        p = padding - k // 2 + self.crop
        self.square = conv_bn(cin, cout, k, padding, stride, groups)
        self.ver = conv_bn(cin, cout, (k, 1), (padding if not self.crop else p, 0 if self.crop else padding - k // 2), stride, groups)
        self.hor = conv_bn(cin, cout, (1, k), (0 if self.crop else padding - k // 2, padding if not self.crop else p), stride, groups)
        if not affine:
            for branch in (self.square, self.ver, self.hor):
                branch[1] = nn.BatchNorm2d(cout, affine=False)

    def forward(self, x):
        c = self.crop
        v = x[:, :, :, c:-c] if c else x
        h = x[:, :, c:-c, :] if c else x
        return torch.relu(self.square(x) + self.ver(v) + self.hor(h))


class CropBySize(ACB):
    """Crops up to the size of the image less what it drops."""

    def forward(self, x):
        c, h, w = self.crop, x.shape[2], x.shape[3]
        ver, hor = x[:, :, 0:h, c : w - c], x[:, :, c : h - c, 0:w]
        return torch.relu(self.square(x) + self.ver(ver) + self.hor(hor))


class Written(nn.Module):
    """Pads with zeros, and writes a number for each channel over the rows and columns of the border."""

    def __init__(self, c):
        super().__init__()
        self.first, self.second, self.border = conv_bn(c, c, 1), conv_bn(c, c, 3), nn.Parameter(torch.rand(c))

    def forward(self, x):
        y = nn.functional.pad(self.first(x), [1, 1, 1, 1])
        b = self.border.view(1, -1, 1, 1)
        y[:, :, 0:1, :] = b
        y[:, :, -1:, :] = b
        y[:, :, :, 0:1] = b
        y[:, :, :, -1:] = b
        return self.second(y)


class Bordered(nn.Module):
    """Pads what a 1x1 convolution gives with what it would give for padding, written over a zero pad."""

    def __init__(self, conv, bn=None):
        super().__init__()
        self.conv, self.bn = conv, bn

    def forward(self, x):
        y = self.conv(x)
        if self.bn is None:
            border = self.conv.bias
        else:
            y, bn = self.bn(y), self.bn
            border = bn.bias.detach() - bn.running_mean * bn.weight.detach() / torch.sqrt(bn.running_var + bn.eps)
        y, b = nn.functional.pad(y, [1, 1, 1, 1]), border.view(1, -1, 1, 1)
        y[:, :, 0:1, :] = b
        y[:, :, -1:, :] = b
        y[:, :, :, 0:1] = b
        y[:, :, :, -1:] = b
        return y


class DBB(nn.Module):
    """The diverse branch block: 3x3, 1x1, 1x1 and an average, 1x1 and 3x3, with the border of the inner results written."""

    def __init__(self, c, average=True):
        super().__init__()
        self.origin, self.one = conv_bn(c, c, 3, 1), conv_bn(c, c, 1)
        self.avg = average and nn.Sequential(
            Bordered(nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c)), nn.AvgPool2d(3, 1), nn.BatchNorm2d(c)
        )
        self.stacked = nn.Sequential(
            Bordered(nn.Conv2d(c, c, 1, bias=False), nn.BatchNorm2d(c)), *conv_bn(c, c, 3)
        )

    def forward(self, x):
        y = self.origin(x) + self.one(x)
        return torch.relu((y + self.avg(x) if self.avg else y) + self.stacked(x))


class ECB(nn.Module):
    """The edge-oriented block: a 3x3 and, behind a 1x1 each, a free and a fixed 3x3 scaled for each channel."""

    def __init__(self, c):
        super().__init__()
        self.origin = nn.Conv2d(c, c, 3, padding=1)
        self.stacked = nn.Sequential(Bordered(nn.Conv2d(c, 2 * c, 1)), nn.Conv2d(2 * c, c, 3))
        self.inner = Bordered(nn.Conv2d(c, c, 1))
        self.scale, self.bias = nn.Parameter(torch.randn(c, 1, 1, 1)), nn.Parameter(torch.randn(c))
        edges = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]])
        self.mask = nn.Parameter(edges.expand(c, 1, 3, 3).clone(), requires_grad=False)

    def forward(self, x):
        edges = nn.functional.conv2d(self.inner(x), self.scale * self.mask, self.bias, groups=len(self.bias))
        return torch.relu(self.origin(x) + self.stacked(x) + edges)


class Distilled(nn.Module):
    """Two classifiers, each behind a batch norm, whose answers are averaged."""

    def __init__(self, c, classes=5):
        super().__init__()
        self.heads = nn.ModuleList(nn.Sequential(nn.BatchNorm1d(c), nn.Linear(c, classes)) for _ in range(2))

    def forward(self, x):
        x = torch.relu(x).mean((2, 3))
        return (self.heads[0](x) + self.heads[1](x)) / 2


class RepVGG(nn.Module):
    def __init__(self, c, stride=1, groups=1):
        super().__init__()
        self.dense = conv_bn(c, c, 3, 1, stride, groups)
        self.one = conv_bn(c, c, 1, 0, stride, groups)
        self.identity = nn.BatchNorm2d(c) if stride == 1 else None

    def forward(self, x):
        y = self.dense(x) + self.one(x)
        if self.identity is not None:
            y = y + self.identity(x)
        return torch.relu(y)


class MobileOne(nn.Module):
    """Sums begin with the number 0."""

    def __init__(self, c, branches=3):
        super().__init__()
        self.scale = conv_bn(c, c, 1, groups=c)
        self.skip = nn.BatchNorm2d(c)
        self.convs = nn.ModuleList(conv_bn(c, c, 3, 1, groups=c) for _ in range(branches))

    def forward(self, x):
        y = 0
        for conv in self.convs:
            y = y + conv(x)
        return torch.relu(y + self.scale(x) + self.skip(x))


class Stacked(MobileOne):
    """mobileone-pytorch sums by torch.stack."""

    def forward(self, x):
        return torch.relu(torch.stack([conv(x) for conv in self.convs] + [self.skip(x)]).sum(0))


class QARepVGG(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.dense = conv_bn(c, c, 3, 1)
        self.one = nn.Conv2d(c, c, 1, bias=False)
        self.bn = nn.BatchNorm2d(c)

    def forward(self, x):
        return torch.relu(self.bn(self.dense(x) + self.one(x) + x))


class RepMixer(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.norm = nn.BatchNorm2d(c)
        self.mixer = MobileOneLinear(c)
        self.gamma = nn.Parameter(torch.rand(c, 1, 1))

    def forward(self, x):
        return x + self.gamma * (self.mixer(x) - self.norm(x))


class MobileOneLinear(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv, self.scale, self.skip = conv_bn(c, c, 3, 1, groups=c), conv_bn(c, c, 1, groups=c), nn.BatchNorm2d(c)

    def forward(self, x):
        return self.conv(x) + self.scale(x) + self.skip(x)


class Tied(nn.Module):
    """A block that is called twice: its weights have two users."""

    def __init__(self, c):
        super().__init__()
        self.block = RepVGG(c)

    def forward(self, x):
        return self.block(self.block(x))


class Shared(nn.Module):
    """Two batch normalisations over one tensor: equal statistics, as after training."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv2d(4, 4, 3, padding=1, bias=False), nn.Conv2d(4, 4, 1, bias=False)
        self.a, self.b = nn.BatchNorm2d(4), nn.BatchNorm2d(4)

    def trained(self):
        self.b.load_state_dict(self.a.state_dict())

    def forward(self, x):
        return self.a(self.one(x)) + self.b(self.two(x))


class Swish(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.5 * x)


class Net(nn.Module):
    """Two blocks, a head of static shapes."""

    def __init__(self, block, c=4):
        super().__init__()
        self.stem, self.block, self.head = conv_bn(3, c, 3, 1, 2), block, nn.Linear(c * 4, 5)

    def forward(self, x):
        y = self.block(torch.relu(self.stem(x)))
        y = nn.functional.avg_pool2d(y, 2)
        return self.head(y.view(y.size(0), -1))


def train(m, seed):
    torch.manual_seed(seed)
    for p in m.parameters():
        p.data = torch.randn(p.shape)
    for b in m.modules():
        if isinstance(b, (nn.BatchNorm1d, nn.BatchNorm2d)):
            b.running_mean = torch.randn(b.running_mean.shape)
            b.running_var = 10 ** (torch.rand(b.running_var.shape) * 6 - 4)
    if hasattr(m, "trained"):
        m.trained()
    return m.eval()


def script(folder, name, m, x, opset=17, dynamic=None, **options):
    torch.onnx.export(
        train(m, 1), x, f"{folder}/ts_{name}.onnx", dynamo=False, opset_version=opset,
        input_names=["x"], output_names=["y"], dynamic_axes=dynamic, **options,
    )
    slim(f"{folder}/ts_{name}.onnx")


def dynamo(folder, name, m, x, optimize=True, dynamic=None, external=False, **options):
    path = f"{folder}/dynamo_{name}.onnx"
    torch.onnx.export(
        train(m, 1), x, path, dynamo=True, optimize=optimize, external_data=external,
        input_names=["x"], output_names=["y"], dynamic_shapes=dynamic, verbose=False, **options,
    )
    slim(path)


def slim(path):
    """Drops source text with the paths of the machine: it is most of a small file."""
    m = onnx.load(path, load_external_data=False)
    for n in list(m.graph.node) + list(m.graph.value_info) + list(m.graph.input) + list(m.graph.output):
        if hasattr(n, "doc_string"):
            n.doc_string = ""
        keep = [(p.key, p.value) for p in n.metadata_props if p.key in ("namespace", "pkg.torch.onnx.name_scopes")]
        del n.metadata_props[:]
        for k, v in keep:
            n.metadata_props.add(key=k, value=v)
    del m.graph.metadata_props[:]
    onnx.save(m, path)


def main(folder):
    modes = torch.onnx.TrainingMode
    x = torch.randn(1, 4, 6, 6)
    script(folder, "eval_acb", ACB(4, 4), x)
    script(folder, "preserve_acb", ACB(4, 4), x, training=modes.PRESERVE, do_constant_folding=False)
    script(folder, "preserve_acb_opset9", ACB(4, 4), x, opset=9, training=modes.PRESERVE)
    script(folder, "preserve_crop", ACB(4, 4, k=3, padding=0), x, training=modes.PRESERVE)
    script(folder, "preserve_crop_opset9", ACB(4, 4, k=3, padding=0), x, opset=9, training=modes.PRESERVE)
    script(folder, "crop_by_size", CropBySize(4, 4, k=5, padding=0), x)
    script(folder, "crop_by_any_size", CropBySize(4, 4, k=5, padding=0), x, dynamic={"x": {0: "n", 2: "h", 3: "w"}})
    script(folder, "preserve_written", Written(4), x, opset=13, training=modes.PRESERVE, do_constant_folding=False)
    script(folder, "preserve_dbb", DBB(4), x, training=modes.PRESERVE, do_constant_folding=False)
    script(folder, "ecb", ECB(4), x)
    script(folder, "distilled", Distilled(4), x)
    script(folder, "preserve_dynamic", ACB(4, 4), x, training=modes.PRESERVE, dynamic={"x": {0: "n", 2: "h", 3: "w"}})
    script(folder, "preserve_net", Net(RepVGG(4)), torch.randn(1, 3, 8, 8), training=modes.PRESERVE, do_constant_folding=False)
    script(folder, "preserve_affine_false", ACB(4, 4, affine=False), x, training=modes.PRESERVE)
    script(folder, "training_acb", ACB(4, 4), x, training=modes.TRAINING, do_constant_folding=False)
    script(folder, "training_acb_opset13", ACB(4, 4), x, opset=13, training=modes.TRAINING, do_constant_folding=False)
    script(folder, "add_zero", MobileOne(4), x)
    script(folder, "preserve_add_zero", MobileOne(4), x, training=modes.PRESERVE)
    script(folder, "preserve_stacked", Stacked(4), x, training=modes.PRESERVE)
    script(folder, "preserve_repmixer", RepMixer(4), x, training=modes.PRESERVE)
    script(folder, "qarepvgg", QARepVGG(4), x)
    script(folder, "identity_shared", Shared(), x, training=modes.PRESERVE)
    script(folder, "opset8", ACB(4, 4), x, opset=8, training=modes.PRESERVE)
    script(folder, "opset8_repvgg", RepVGG(4), x, opset=8)
    script(folder, "initializers_as_inputs", ACB(4, 4), x, training=modes.PRESERVE, keep_initializers_as_inputs=True)

    script(folder, "functions", Net(RepVGG(4)), torch.randn(1, 3, 8, 8), training=modes.PRESERVE,
           export_modules_as_functions={RepVGG, nn.BatchNorm2d, nn.ReLU})
    script(folder, "function_of_nothing", Net(Swish()), torch.randn(1, 3, 8, 8), training=modes.PRESERVE,
           export_modules_as_functions={Swish})

    dynamo(folder, "acb", ACB(4, 4, 3, 1), x)
    dynamo(folder, "repvgg", RepVGG(4), x)
    dynamo(folder, "mobileone", MobileOne(4), x)
    dynamo(folder, "stacked", Stacked(4), x)
    dynamo(folder, "qarepvgg", QARepVGG(4), x)
    dynamo(folder, "repmixer", RepMixer(4), x)
    dynamo(folder, "tied", Tied(4), x)
    dynamo(folder, "crop", ACB(4, 4, k=3, padding=0), x)
    dynamo(folder, "shared", Shared(), x)
    n, h, w = torch.export.Dim("n"), torch.export.Dim("h", min=4), torch.export.Dim("w", min=4)
    dynamo(folder, "dynamic_stride2", ACB(4, 4, stride=2), torch.randn(2, 4, 7, 9), dynamic=({0: n, 2: h, 3: w},))
    dynamo(folder, "external", Net(RepVGG(8), 8), torch.randn(1, 3, 8, 8), external=True)
    dynamo(folder, "raw_acb", ACB(4, 4), x, optimize=False)
    dynamo(folder, "raw_crop", ACB(4, 4, k=3, padding=0), x, optimize=False)
    dynamo(folder, "raw_crop_by_size", CropBySize(4, 4, k=5, padding=0), x, optimize=False)
    dynamo(folder, "raw_written", Written(4), x, optimize=False)
    dynamo(folder, "dbb", DBB(4), x)
    any_batch, any_size = ({0: n},), ({0: n, 2: h, 3: w},)
    dynamo(folder, "raw_dbb", DBB(4, average=False), torch.randn(2, 4, 7, 9), optimize=False, dynamic=any_batch)
    dynamo(folder, "ecb", ECB(4), torch.randn(2, 4, 7, 9), dynamic=any_size)
    dynamo(folder, "distilled", Distilled(4), x)
    dynamo(folder, "raw_affine_false", ACB(4, 4, affine=False), x, optimize=False)
    dynamo(folder, "raw_mobileone", MobileOne(4), x, optimize=False)
    dynamo(folder, "raw_repmixer", RepMixer(4), x, optimize=False)


if __name__ == "__main__":
    main(sys.argv[1])
