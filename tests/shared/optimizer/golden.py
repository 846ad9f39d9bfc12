"""Writes golden.json beside itself: parameters after each of 50 steps of PyTorch's optimisers. Needs torch (2.13 was used)."""

import json
import pathlib

import torch

STEPS = 50
SIZE = 7
SAMPLES = 8  # the gradient that is handed over is a sum over these; PyTorch gets the mean

CASES = [
    ("sgd", torch.optim.SGD, dict(lr=0.05)),
    ("sgd with weight decay", torch.optim.SGD, dict(lr=0.05, weight_decay=0.1)),
    ("sgd with momentum", torch.optim.SGD, dict(lr=0.05, momentum=0.9)),
    ("sgd with momentum and weight decay", torch.optim.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.1)),
    ("sgd with damped momentum", torch.optim.SGD, dict(lr=0.05, momentum=0.9, dampening=0.3)),
    ("sgd with Nesterov's momentum", torch.optim.SGD, dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ("adam", torch.optim.Adam, dict(lr=0.01)),
    ("adam with weight decay", torch.optim.Adam, dict(lr=0.01, weight_decay=0.1)),
    ("rmsprop", torch.optim.RMSprop, dict(lr=0.01)),
    ("rmsprop with momentum and weight decay", torch.optim.RMSprop, dict(lr=0.01, momentum=0.8, weight_decay=0.1)),
    ("rmsprop, centred, with momentum", torch.optim.RMSprop, dict(lr=0.01, momentum=0.8, centered=True)),
]


def main() -> None:
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(SIZE, generator=generator)
    sums = torch.randn(STEPS, SIZE, generator=generator) * SAMPLES
    cases = []
    for name, make, options in CASES:
        parameter = torch.nn.Parameter(start.clone())
        optimizer = make([parameter], foreach=False, **options)
        after = []
        for gradient in sums / SAMPLES:
            parameter.grad = gradient.clone()
            optimizer.step()
            after.append(parameter.detach().tolist())
        cases.append({"name": name, "options": options, "after": after})
    golden = {"torch": torch.__version__, "samples": SAMPLES, "start": start.tolist(), "gradients": sums.tolist(), "cases": cases}
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden) + "\n")


main()
