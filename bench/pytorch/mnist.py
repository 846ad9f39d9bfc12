"""The CNN on MNIST in PyTorch with gradsocket's defaults: the curve that ours has to lie beside.

    python bench/pytorch/mnist.py FOLDER --epochs 3 --seed 1

FOLDER holds the four IDX files. Prints a JSON line for every `--log-every` steps (mean loss over them) and for every
evaluation on the test images.
"""

import argparse
import json
import pathlib

import torch
import torch.nn.functional as F

from models import CNN, initialise_he_normal

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--lr", type=float, default=0.05)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--log-every", type=int, default=50)
o = parser.parse_args()
torch.manual_seed(o.seed)


def idx(name, header):
    data = (o.folder / name).read_bytes()[header:]
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def load(prefix):
    images = idx(f"{prefix}-images-idx3-ubyte", 16).reshape(-1, 1, 28, 28).float() / 255
    return images, idx(f"{prefix}-labels-idx1-ubyte", 8).long()


images, labels = load("train")
test_images, test_labels = load("t10k")
mean, deviation = images.mean(), images.std(correction=0)
images, test_images = (images - mean) / deviation, (test_images - mean) / deviation

model = initialise_he_normal(CNN(size=28, inputs=1)).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), o.lr, momentum=o.momentum)
step, recent = 0, []
for epoch in range(o.epochs):
    order = torch.randperm(len(images))
    for batch in order.split(o.batch):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images[batch].to(memory_format=torch.channels_last)), labels[batch])
        loss.backward()
        optimizer.step()
        step += 1
        recent.append(loss.item())
        if step % o.log_every == 0:
            print(json.dumps({"step": step, "loss": sum(recent) / len(recent)}), flush=True)
            recent = []
    with torch.no_grad():
        logits = torch.cat([model(part) for part in test_images.split(500)])
    accuracy = (logits.argmax(1) == test_labels).double().mean().item()
    loss = F.cross_entropy(logits, test_labels).item()
    print(json.dumps({"epoch": epoch + 1, "validationAccuracy": accuracy, "validationLoss": loss}), flush=True)
