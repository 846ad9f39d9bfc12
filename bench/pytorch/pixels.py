"""How far pixels are from torchvision's, on a folder of photographs: Resize(256), CenterCrop(224) and others on the same files.

    python bench/pytorch/pixels.py FOLDER [--images 200]

Needs torchvision, and `npm run build` before. Prints a line for each transform. Photographs that are stored sideways count
as they lie: ours are turned upright, so leave them out.
"""

import argparse
import pathlib
import subprocess
import tempfile

import numpy as np
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

MODES = {
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
    "lanczos": InterpolationMode.LANCZOS,
}

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--images", type=int, default=200)
o = parser.parse_args()

files = sorted(file for file in o.folder.rglob("*") if file.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
files = files[:: max(1, len(files) // o.images)][: o.images]
root = pathlib.Path(__file__).parents[2]
for name, mode in MODES.items():
    for shorter, size in [(256, 224), (73, 64), (224, 224)]:
        transform = Compose([Resize(shorter, interpolation=mode), CenterCrop(size)])
        theirs = np.stack([np.asarray(transform(Image.open(file).convert("RGB"))) for file in files])
        with tempfile.NamedTemporaryFile() as out:
            command = ["node", root / "bench" / "pixels.mjs", out.name, str(shorter), str(size), name, *files]
            subprocess.run(command, check=True)
            ours = np.fromfile(out.name, dtype=np.uint8).reshape(theirs.shape)
        apart = np.abs(ours.astype(int) - theirs.astype(int))
        text = f"mean {apart.mean():.6f} of 255, largest {apart.max()}, alike {(apart == 0).mean():.2%}"
        print(f"{name} {shorter}:{size} on {len(files)} images: {text}", flush=True)
