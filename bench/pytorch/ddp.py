"""Images per second of DistributedDataParallel with Gloo on tensors that lie ready: the figure to compare with.

    torchrun --standalone --nproc-per-node 2 bench/pytorch/ddp.py cnn --batch 64 --steps 40

prints one JSON object. `--batch` is per worker, one thread a worker.
"""

import argparse
import json
import os
import resource
import statistics
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F

from models import build

parser = argparse.ArgumentParser()
parser.add_argument("model", choices=["cnn", "resnet18"])
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--steps", type=int, default=40)
parser.add_argument("--warmup", type=int, default=3)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--size", type=int, default=32)
parser.add_argument("--inputs", type=int, default=3)
parser.add_argument("--contiguous", action="store_true", help="NCHW instead of channels_last")
parser.add_argument("--compile", action="store_true", help="torch.compile")
parser.add_argument("--first", action="store_true", help="say when the first step is done")
parser.add_argument("--bf16", action="store_true", help="autocast to bfloat16")
parser.add_argument("--evaluate", type=int, default=0, help="then evaluate on as many images, together, five times")
o = parser.parse_args()
if o.evaluate > 0 and (o.bf16 or o.compile):
    parser.error("--evaluate is of float32, and eager")

torch.set_num_threads(o.threads)
dist.init_process_group("gloo")
rank, workers = dist.get_rank(), dist.get_world_size()
torch.manual_seed(1)
options = {"inputs": o.inputs} if o.model == "resnet18" else {"inputs": o.inputs, "size": o.size}
model = build(o.model, **options)
images = torch.randn(o.batch, o.inputs, o.size, o.size)
labels = torch.randint(0, 10, (o.batch,))
if not o.contiguous:
    model = model.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
model = torch.nn.parallel.DistributedDataParallel(model)
if o.compile:
    model = torch.compile(model)
optimizer = torch.optim.SGD(model.parameters(), 0.01, momentum=0.9)


def step():
    optimizer.zero_grad()
    with torch.autocast("cpu", torch.bfloat16, enabled=o.bf16):
        loss = F.cross_entropy(model(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(o.warmup):
    step()
dist.barrier()
times = []
for _ in range(o.steps):
    start = time.perf_counter()
    step()
    times.append(time.perf_counter() - start)
    if o.first and rank == 0 and len(times) == 1:
        print(json.dumps({"firstStep": True}), flush=True)
dist.barrier()


def evaluate(count):
    """Loss and accuracy over `count` images, this rank's in batches as in training; seconds until all have the sums."""
    own = torch.randn(count, o.inputs, o.size, o.size)
    truth = torch.randint(0, 10, (count,))
    if not o.contiguous:
        own = own.to(memory_format=torch.channels_last)
    model.eval()
    seconds = []
    for _ in range(5):
        dist.barrier()
        began = time.perf_counter()
        sums = torch.zeros(2, dtype=torch.float64)
        with torch.inference_mode():
            for some, labels in zip(own.split(o.batch), truth.split(o.batch)):
                logits = model.module(some)
                sums[0] += F.cross_entropy(logits, labels, reduction="sum")
                sums[1] += (logits.argmax(1) == labels).sum()
        dist.all_reduce(sums)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


evaluated = {}
if o.evaluate > 0:
    each = o.evaluate // workers
    evaluated = {"evaluatedPerSecond": round(workers * each / evaluate(each), 2)}
if rank == 0:
    median = statistics.median(times)
    print(
        json.dumps(
            {
                "model": o.model,
                "workers": workers,
                "imagesPerSecond": round(workers * o.batch / median, 2),
                "meanImagesPerSecond": round(workers * o.batch * len(times) / sum(times), 2),
                "channelsLast": not o.contiguous,
                "bf16": o.bf16,
                "compiled": o.compile,
                "malloc": "MALLOC_TRIM_THRESHOLD_" in os.environ,
                "peakMiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
                "torch": torch.__version__,
                **evaluated,
            }
        )
    )
# Who ends first takes the connection of the other away, who may abort for it ("terminate called without an active exception").
dist.barrier()
dist.destroy_process_group()
