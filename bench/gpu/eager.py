"""Images per second of PyTorch on one GPU, on tensors that lie there: the figure to compare with.

    python bench/gpu/eager.py resnet18 --batch 256 --steps 50 --arithmetic f32

prints one JSON object. `--arithmetic`: f32 without the tensor cores, tf32 with them (PyTorch's own default: for convolutions), or bf16
by autocast.
"""

import argparse
import json
import os
import statistics
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "pytorch"))
from models import build  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("model", choices=["cnn", "resnet18"])
parser.add_argument("--batch", type=int, default=256)
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--warmup", type=int, default=10)
parser.add_argument("--size", type=int, default=32)
parser.add_argument("--arithmetic", choices=["f32", "tf32", "bf16"], default="tf32")
parser.add_argument("--contiguous", action="store_true", help="NCHW instead of channels_last")
parser.add_argument("--compile", action="store_true", help="torch.compile")
parser.add_argument("--deterministic", action="store_true", help="cuDNN's deterministic algorithms alone")
o = parser.parse_args()

torch.backends.cudnn.allow_tf32 = o.arithmetic != "f32"
torch.backends.cuda.matmul.allow_tf32 = o.arithmetic != "f32"
torch.backends.cudnn.deterministic = o.deterministic
torch.backends.cudnn.benchmark = not o.deterministic
torch.manual_seed(1)
device = torch.device("cuda")
options = {} if o.model == "resnet18" else {"size": o.size}
layout = torch.contiguous_format if o.contiguous else torch.channels_last
model = build(o.model, **options).to(device, memory_format=layout)
images = torch.randn(o.batch, 3, o.size, o.size, device=device).to(memory_format=layout)
labels = torch.randint(0, 10, (o.batch,), device=device)
if o.compile:
    model = torch.compile(model)
optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)


def step():
    optimizer.zero_grad()
    with torch.autocast("cuda", torch.bfloat16, enabled=o.arithmetic == "bf16"):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(o.warmup):
    step()
times = []
for _ in range(o.steps):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
median = statistics.median(times)
print(
    json.dumps(
        {
            "model": o.model,
            "device": torch.cuda.get_device_name(),
            "batch": o.batch,
            "arithmetic": o.arithmetic,
            "channelsLast": not o.contiguous,
            "compiled": o.compile,
            "deterministic": o.deterministic,
            "imagesPerSecond": round(o.batch / median, 1),
            "stepMilliseconds": round(1000 * median, 3),
            "torch": torch.__version__,
        }
    )
)
