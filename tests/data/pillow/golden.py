"""Writes golden.json beside itself: what Pillow makes of small pictures, through torchvision's transforms where they have
the name. Needs torchvision and Pillow (0.29 and 13.0 were used). `npm run format` then lays the file out.

Pictures come from a formula that golden.test.ts knows, too. Of each result there are its sha256 and its first pixels.
"""

import hashlib
import json
import pathlib

import numpy as np
from PIL import Image
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

MODES = {
    "bilinear": InterpolationMode.BILINEAR,
    "bicubic": InterpolationMode.BICUBIC,
    "lanczos": InterpolationMode.LANCZOS,
}
# height, width, shorter side, crop: larger, smaller, odd and even remainders, one side as it is.
RESIZED = [(75, 100, 51, 45), (100, 75, 52, 45), (40, 40, 32, 28), (20, 33, 37, 32), (64, 99, 64, 61), (61, 47, 16, 15)]
# height, width, new height, new width.
SQUASHED = [(75, 100, 30, 40), (30, 40, 75, 100), (48, 48, 48, 20)]
GREY = ["#ff0000", "#00ff00", "#0000ff", "#ffffff", "#808080", "#123456", "#fedcba"]


def picture(height, width):
    y, x, c = np.ogrid[:height, :width, :3]
    values = (x * x * 7 + y * y * 3 + x * y * (c + 1) + c * 85) % 256
    return Image.fromarray(values.astype(np.uint8))


def result(image):
    values = np.asarray(image)
    return {"sha256": hashlib.sha256(values.tobytes()).hexdigest(), "first": values.reshape(-1)[:12].tolist()}


def main():
    golden = {"resized": [], "squashed": [], "grey": {}}
    for name, mode in MODES.items():
        for height, width, shorter, crop in RESIZED:
            transform = Compose([Resize(shorter, interpolation=mode), CenterCrop(crop)])
            of = {"interpolation": name, "own": [height, width], "shorter": shorter, "crop": crop}
            golden["resized"].append({**of, **result(transform(picture(height, width)))})
        for height, width, new_height, new_width in SQUASHED:
            of = {"interpolation": name, "own": [height, width], "size": [new_height, new_width]}
            squashed = Resize((new_height, new_width), interpolation=mode)(picture(height, width))
            golden["squashed"].append({**of, **result(squashed)})
    for colour in GREY:
        golden["grey"][colour] = Image.new("RGB", (1, 1), colour).convert("L").getpixel((0, 0))
    pathlib.Path(__file__).with_name("golden.json").write_text(json.dumps(golden))


if __name__ == "__main__":
    main()
