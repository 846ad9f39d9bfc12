"""A tutorial's CNN in PyTorch on a folder of photographs, for comparison with gradsocket's defaults on the same split.

    python bench/pytorch/pets.py FOLDER --split RUN [--split RUN ...]

FOLDER holds files named cat.0.jpg and dog.0.jpg. RUN is the folder of a gradsocket run on it: the samples that it held out
(samples.json) are held out here, too. The network and the recipe are those of the image classification tutorial that ships
with Keras: pixels divided by 255, three 3x3 convolutions of 16, 32 and 64 filters, each with relu and 2x2 max-pool, a dense
layer of 128, Adam at 0.001, batches of 32; PyTorch's own initial values. Each split is a run with a seed of its own. Prints a
JSON line for each: accuracy after the last epoch, in the mean of the last five and at its best, and every step's loss of the first
two epochs at its highest.
"""

import argparse
import base64
import hashlib
import io
import json
import pathlib

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F
from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--split", action="append", type=pathlib.Path, required=True, help="folder of a gradsocket run")
parser.add_argument("--image-size", type=int, default=64)
parser.add_argument("--channels", type=int, nargs="+", default=[16, 32, 64])
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--optimizer", choices=["adam", "sgd", "rmsprop"], default="adam")
parser.add_argument("--lr", type=float, default=0.001)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--threads", type=int, default=1)
o = parser.parse_args()
torch.set_num_threads(o.threads)


def picture(data):
    """Scaled to cover a square and cropped around the centre, as gradsocket does it."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    scale = o.image_size / min(image.size)
    width, height = (max(o.image_size, int(side * scale)) for side in image.size)
    image = image.resize((width, height), Image.Resampling.LANCZOS)
    left, top = (width - o.image_size) // 2, (height - o.image_size) // 2
    return numpy.asarray(image.crop((left, top, left + o.image_size, top + o.image_size)))


def load():
    files = sorted(o.folder.glob("*.jpg"))
    classes = sorted({file.name.split(".")[0] for file in files})
    contents = [file.read_bytes() for file in files]
    images = numpy.stack([picture(data) for data in contents])
    images = torch.from_numpy(images).permute(0, 3, 1, 2).float().contiguous() / 255
    labels = torch.tensor([classes.index(file.name.split(".")[0]) for file in files])
    return images, labels, [hashlib.sha256(data).digest()[:16] for data in contents]


def held_out(run, keys):
    """Which samples the run held out: their keys stand one after the other in samples.json."""
    file = run / "samples.json" if run.is_dir() else run
    every = base64.b64decode(json.loads(file.read_text())["validation"])
    chosen = {every[i : i + 16] for i in range(0, len(every), 16)}
    return torch.tensor([key in chosen for key in keys])


def network(classes):
    layers, inputs, side = [], 3, o.image_size
    for outputs in o.channels:
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        inputs, side = outputs, side // 2
    layers += [nn.Dropout(o.dropout)] if o.dropout else []
    layers += [nn.Flatten(), nn.Linear(inputs * side * side, 128), nn.ReLU(), nn.Linear(128, classes)]
    return nn.Sequential(*layers)


def train(seed, images, labels, validation):
    torch.manual_seed(seed)
    model = network(int(labels.max()) + 1)
    rules = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
    optimizer = (
        torch.optim.SGD(model.parameters(), o.lr, momentum=0.9)
        if o.optimizer == "sgd"
        else rules[o.optimizer](model.parameters(), o.lr)
    )
    training, held = torch.nonzero(~validation)[:, 0], torch.nonzero(validation)[:, 0]
    accuracies, losses = [], []
    for epoch in range(o.epochs):
        model.train()
        for part in training[torch.randperm(len(training))].split(o.batch):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images[part]), labels[part])
            loss.backward()
            optimizer.step()
            if epoch < 2:
                losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            accuracies.append((model(images[held]).argmax(1) == labels[held]).double().mean().item())
    late = sum(accuracies[-5:]) / len(accuracies[-5:])
    return {"seed": seed, "last": accuracies[-1], "late": late, "best": max(accuracies), "highestLoss": max(losses)}


images, labels, keys = load()
results = []
for seed, run in enumerate(o.split, 1):
    results.append(train(seed, images, labels, held_out(run, keys)))
    print(json.dumps(results[-1]), flush=True)
mean = {key: sum(result[key] for result in results) / len(results) for key in ("last", "late", "best")}
print(json.dumps({"runs": len(results), **mean}))
