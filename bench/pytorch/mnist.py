"""Training on MNIST in PyTorch with gradsocket's defaults: the curve that ours has to lie beside.

    python bench/pytorch/mnist.py FOLDER --epochs 3 --seed 1
    python bench/pytorch/mnist.py FOLDER --model resnet18 --epochs 1 --microbatches 2

FOLDER holds the four IDX files. Prints a JSON line for every `--log-every` steps (mean loss over them) and for every
evaluation on the test images.
"""

import argparse
import json
import pathlib

import torch
import torch.nn.functional as F

from models import CNN, ResNet18, initialise_he_normal

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--model", choices=["cnn", "resnet18"], default="cnn")
parser.add_argument("--microbatches", type=int, default=1, help="batch norm sees parts of a batch, as workers do")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--batch", type=int, default=64)
parser.add_argument("--lr", type=float, default=0.01)
parser.add_argument("--momentum", type=float, default=0.9)
parser.add_argument("--cosine", action="store_true", help="anneal the rate to 0 over the run, step by step")
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--log-every", type=int, default=50)
o = parser.parse_args()
torch.manual_seed(o.seed)


def idx(name):
    """The bytes of an IDX file in its own shape: the magic number's last byte counts the dimensions."""
    data = bytearray((o.folder / name).read_bytes())
    shape = [int.from_bytes(data[4 * i + 4 : 4 * i + 8], "big") for i in range(data[3])]
    return torch.frombuffer(data, dtype=torch.uint8, offset=4 + 4 * data[3]).reshape(shape)


def load(prefix):
    return idx(f"{prefix}-images-idx3-ubyte").unsqueeze(1).float() / 255, idx(f"{prefix}-labels-idx1-ubyte").long()


images, labels = load("train")
test_images, test_labels = load("t10k")
mean, deviation = images.mean(), images.std(correction=0)
images, test_images = (images - mean) / deviation, (test_images - mean) / deviation

model = ResNet18(inputs=1) if o.model == "resnet18" else CNN(size=images.shape[-1], inputs=1)
model = initialise_he_normal(model).to(memory_format=torch.channels_last)
optimizer = torch.optim.SGD(model.parameters(), o.lr, momentum=o.momentum)
steps = o.epochs * -(-len(images) // o.batch)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps) if o.cosine else None
step, recent = 0, []
for epoch in range(o.epochs):
    order = torch.randperm(len(images))
    for batch in order.split(o.batch):
        optimizer.zero_grad()
        total = 0.0
        for part in batch.tensor_split(o.microbatches):
            logits = model(images[part].to(memory_format=torch.channels_last))
            loss = F.cross_entropy(logits, labels[part], reduction="sum") / len(batch)
            loss.backward()
            total += loss.item()
        optimizer.step()
        if schedule:
            schedule.step()
        step += 1
        recent.append(total)
        if step % o.log_every == 0:
            print(json.dumps({"step": step, "loss": sum(recent) / len(recent)}), flush=True)
            recent = []
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in test_images.split(500)])
    accuracy = (logits.argmax(1) == test_labels).double().mean().item()
    model.train()
    loss = F.cross_entropy(logits, test_labels).item()
    print(json.dumps({"epoch": epoch + 1, "validationAccuracy": accuracy, "validationLoss": loss}), flush=True)
