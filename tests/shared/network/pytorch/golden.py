"""Writes golden.json beside itself: what PyTorch computes for our networks. Needs torch and numpy (2.13 and 2.4 were used).
`npm run format` then lays the file out.

Weights, images and labels come from a formula that golden.test.ts knows, too, so only results are written: logits, losses,
running statistics, and of each gradient its norm, sums with random signs, and a few elements. In float64, so that what
differs is our rounding. The modules have torchvision's names; where torchvision can be imported, its ResNet-18 is held to
ours here.
"""

import json
import pathlib

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

SUMS = 3  # sums with random signs of each tensor
ELEMENTS = 6  # elements of each tensor
BATCHES = 3  # batches that move the running statistics, where a case does not say otherwise

torch.set_default_dtype(torch.float64)


def hashed(stream, count):
    """uint32 for each of 0 .. count-1."""
    x = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(stream * 0x85EBCA77 % 2**32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x


def uniform(stream, shape, scale, middle=0.0):
    """Uniform on middle - scale .. middle + scale, as float32 holds it."""
    count = int(np.prod(shape))
    values = ((hashed(stream, count) >> np.uint32(8)).astype(np.float64) / 2**23 - 1) * scale + middle
    return torch.from_numpy(values.astype(np.float32).astype(np.float64)).reshape(shape)


def fill(model):
    """Streams are numbered in the order of parameters, then of buffers."""
    stream = 1
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            norm = parameter.dim() == 1 and ("bn" in name or "downsample" in name)
            if parameter.dim() > 1:
                scale, middle = (6 / parameter[0].numel()) ** 0.5, 0
            else:
                scale, middle = (0.3, 1 if norm and name.endswith("weight") else 0)
            parameter.copy_(uniform(stream, parameter.shape, scale, middle))
            stream += 1
        for name, buffer in model.named_buffers():
            if name.endswith("num_batches_tracked"):
                continue
            buffer.copy_(uniform(stream, buffer.shape, 0.3, 1 if name.endswith("var") else 0))
            stream += 1
    return model


ACTIVATIONS = {"relu": F.relu, "leaky_relu": F.leaky_relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


class Cnn(nn.Module):
    def __init__(self, image, outputs, channels, kernel, pool, batchNorm, dense, activation):
        super().__init__()
        height, width, inputs = image
        self.count, self.activation = len(channels), ACTIVATIONS[activation]
        self.pool = F.max_pool2d if pool == "max" else F.avg_pool2d
        for n, filters in enumerate(channels, 1):
            self.add_module(f"conv{n}", nn.Conv2d(inputs, filters, kernel, padding=kernel // 2, bias=not batchNorm))
            self.add_module(f"bn{n}", nn.BatchNorm2d(filters) if batchNorm else nn.Identity())
            inputs = filters
            if min(height, width) >= 2:
                height, width = height // 2, width // 2
        self.fc1 = nn.Linear(inputs * height * width, dense)
        self.fc2 = nn.Linear(dense, outputs)

    def forward(self, x):
        for n in range(1, self.count + 1):
            x = self.activation(getattr(self, f"bn{n}")(getattr(self, f"conv{n}")(x)))
            if min(x.shape[2:]) >= 2:
                x = self.pool(x, 2)
        return self.fc2(self.activation(self.fc1(x.flatten(1))))


class BasicBlock(nn.Module):
    def __init__(self, inputs, filters, stride, activation):
        super().__init__()
        self.activation = activation
        self.conv1 = nn.Conv2d(inputs, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.downsample = None
        if stride != 1 or inputs != filters:
            shortcut = nn.Conv2d(inputs, filters, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(filters))

    def forward(self, x):
        y = self.bn2(self.conv2(self.activation(self.bn1(self.conv1(x)))))
        return self.activation(y + (x if self.downsample is None else self.downsample(x)))


class ResNet18(nn.Module):
    def __init__(self, image, outputs, activation):
        super().__init__()
        small = min(image[:2]) < 96
        self.activation = ACTIVATIONS[activation]
        self.conv1 = nn.Conv2d(image[2], 64, 3, 1, 1, bias=False) if small else nn.Conv2d(image[2], 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for stage, filters in enumerate((64, 128, 256, 512), 1):
            first = BasicBlock(inputs, filters, 1 if stage == 1 else 2, self.activation)
            self.add_module(f"layer{stage}", nn.Sequential(first, BasicBlock(filters, filters, 1, self.activation)))
            inputs = filters
        self.fc = nn.Linear(512, outputs)

    def forward(self, x):
        x = self.maxpool(self.activation(self.bn1(self.conv1(x))))
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return self.fc(x.mean((2, 3)))


CNN = dict(model="cnn", channels=[4, 6], kernel=3, pool="max", batchNorm=False, dense=8, activation="relu")
RESNET = dict(model="resnet18", activation="tanh")
# How statistics go on from one batch to the next, a CNN shows just as well.
ONCE = dict(batches=1)
CASES = {
    "CNN": dict(job=CNN, image=[12, 10, 3], classes=5, batch=4, labelSmoothing=0.1),
    "CNN with leaky relu": dict(job=dict(CNN, activation="leaky_relu"), image=[9, 9, 1], classes=3, batch=3),
    "CNN with sigmoid": dict(job=dict(CNN, activation="sigmoid", channels=[3, 4, 5, 6, 4]), image=[8, 11, 1], classes=3, batch=3),
    "CNN with batch norm, average pools, 5x5 filters and one logit": dict(
        job=dict(CNN, activation="tanh", kernel=5, pool="avg", batchNorm=True, loss="sigmoid"),
        image=[9, 8, 1],
        classes=2,
        batch=6,
        labelSmoothing=0.1,
    ),
    "ResNet-18 with tanh": dict(job=RESNET, image=[16, 16, 3], classes=10, batch=4, **ONCE),
    "ResNet-18 with relu": dict(
        job=dict(RESNET, activation="relu"), image=[16, 16, 3], classes=10, batch=4, labelSmoothing=0.1, **ONCE
    ),
    "ResNet-18 with the 7x7 stem": dict(
        job=dict(RESNET, activation="sigmoid"), image=[96, 96, 3], classes=1000, batch=4, **ONCE
    ),
    "ResNet-18, frozen in part": dict(
        job=dict(RESNET, freeze="conv1,bn1,layer1,layer3.0.bn2"), image=[16, 16, 1], classes=10, batch=4, **ONCE
    ),
}


def build(job, image, classes):
    outputs = 1 if job.get("loss") == "sigmoid" else classes
    if job["model"] == "resnet18":
        return ResNet18(image, outputs, job["activation"])
    options = {key: job[key] for key in ("channels", "kernel", "pool", "batchNorm", "dense", "activation")}
    return Cnn(image, outputs, **options)


def loss_of(logits, labels, smoothing):
    if logits.shape[1] == 1:
        targets = labels * (1 - smoothing) + smoothing / 2
        return F.binary_cross_entropy_with_logits(logits[:, 0], targets, reduction="none")
    return F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)


def freeze(model, which):
    """Frozen layers have no gradient; frozen batch norms are in evaluation mode."""
    model.train()
    for name, module in model.named_modules():
        if any(name == layer or name.startswith(f"{layer}.") for layer in (which or "").split(",") if layer):
            module.eval()
            for parameter in module.parameters():
                parameter.requires_grad_(False)
    return model


def digest(tensor, stream):
    flat = tensor.detach().to(torch.float64).flatten().numpy()
    signs = [np.where(hashed(10_000 + SUMS * stream + n, flat.size) & np.uint32(1), 1.0, -1.0) for n in range(SUMS)]
    elements = hashed(20_000 + stream, ELEMENTS) % np.uint32(flat.size)
    return [rounded(x) for x in (np.linalg.norm(flat), *(sign @ flat for sign in signs), *flat[elements.astype(int)])]


def rounded(x):
    return float(f"{float(x):.9g}")


def images_of(case, batch):
    """Ours are [n, height, width, channels]; the stream says which batch."""
    height, width, channels = case["image"]
    return uniform(30_000 + batch, (case["batch"], height, width, channels), 1.7).permute(0, 3, 1, 2)


def run(case, dtype=torch.float64):
    job, smoothing = case["job"], case.get("labelSmoothing", 0)
    model = fill(build(job, case["image"], case["classes"])).to(dtype)
    labels = torch.from_numpy((hashed(40_000, case["batch"]) % np.uint32(case["classes"])).astype(np.int64))
    images = images_of(case, 0).to(dtype)
    model.eval()
    evaluated = model(images)
    freeze(model, job.get("freeze"))
    logits = model(images)
    losses = loss_of(logits, labels, smoothing)
    losses.sum().backward()
    for batch in range(1, case.get("batches", BATCHES)):
        model(images_of(case, batch).to(dtype))
    buffers = [buffer for name, buffer in model.named_buffers() if not name.endswith("num_batches_tracked")]
    return {
        "parameterCount": sum(parameter.numel() for parameter in model.parameters()),
        "evaluatedLogits": [rounded(x) for x in evaluated.flatten().tolist()],
        "evaluatedLosses": [rounded(x) for x in loss_of(evaluated, labels, 0).tolist()],
        "logits": [rounded(x) for x in logits.flatten().tolist()],
        "losses": [rounded(x) for x in losses.tolist()],
        "gradients": {
            name: digest(parameter.grad, stream)
            for stream, (name, parameter) in enumerate(model.named_parameters())
            if parameter.grad is not None
        },
        "runningStatistics": [digest(buffer, stream) for stream, buffer in enumerate(buffers)],
    }


def error(digests, others):
    """The largest error of a gradient, relative to its norm: what golden.test.ts measures."""
    return max(max(abs(a - b) for a, b in zip(x, others[name])) / x[0] for name, x in digests.items())


def compare_with_torchvision():
    try:
        from torchvision.models import resnet18
    except ImportError:
        return print("torchvision is not here, so our ResNet-18 is not held to it")
    theirs = resnet18(weights=None)
    ours = fill(ResNet18([224, 224, 3], 1000, "relu"))
    theirs.load_state_dict(ours.state_dict())
    assert [name for name, _ in theirs.named_parameters()] == [name for name, _ in ours.named_parameters()]
    images = uniform(1, (2, 3, 224, 224), 1.7)
    with torch.no_grad():
        print("torchvision's ResNet-18 differs by", float((theirs.eval()(images) - ours.eval()(images)).abs().max()))


if __name__ == "__main__":
    compare_with_torchvision()
    cases = {}
    for name, case in CASES.items():
        cases[name] = {**case, **run(case)}
        single = run(case, torch.float32)
        print(f"{name}: PyTorch in float32 is off by {error(cases[name]['gradients'], single['gradients']):.1e}")
    golden = {"torch": torch.__version__, "sums": SUMS, "elements": ELEMENTS, "batches": BATCHES, "cases": cases}
    file = pathlib.Path(__file__).with_name("golden.json")
    file.write_text(json.dumps(golden, separators=(",", ":")).replace('},"', '},\n"') + "\n")
    print(file, file.stat().st_size, "bytes")
