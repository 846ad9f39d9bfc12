"""Writes weighted-golden.json beside itself: PyTorch's CrossEntropyLoss(weight=...) on a small batch. Needs torch (2.14 was
used). `npm run format` then lays the file out.

With two classes the logits are 0 and x: what --loss sigmoid computes.
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)


def case(logits, labels, weights, smoothing):
    x = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.CrossEntropyLoss(weight=torch.tensor(weights), label_smoothing=smoothing)(x, torch.tensor(labels))
    loss.backward()
    return {
        "logits": logits, "labels": labels, "weights": weights, "smoothing": smoothing,
        "loss": loss.item(), "gradient": x.grad.tolist(),
    }  # fmt: skip


LOGITS = [[1.5, -0.5, 0.25], [-2.0, 3.0, 0.5], [0.0, 0.75, -1.25], [2.5, 2.25, 2.0], [-0.5, -1.5, 4.0]]
LABELS = [0, 1, 1, 2, 0]
ONE = [[0.0, 1.25], [0.0, -0.75], [0.0, 3.5], [0.0, -4.0]]
cases = {"softmax": [], "sigmoid": []}
for smoothing in [0.0, 0.1]:
    for weights in [[0.5, 2.0, 1.25], [1.0, 1.0, 1.0], [0.0, 3.0, 0.25]]:
        cases["softmax"].append(case(LOGITS, LABELS, weights, smoothing))
    for weights in [[0.5, 2.0], [0.0, 1.0]]:
        cases["sigmoid"].append(case(ONE, [0, 1, 1, 0], weights, smoothing))
pathlib.Path(__file__).with_name("weighted-golden.json").write_text(json.dumps(cases))
