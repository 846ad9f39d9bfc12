"""Writes data/digits/: scikit-learn's copy of the UCI handwritten digits as IDX files, the format of MNIST.

    python3 -m pip install scikit-learn
    python3 scripts/make-digits.py

The result is kept in the repository; run this only to check or remake it. It writes the same bytes each time.
"""

import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

UNSIGNED_BYTE = 0x08


def write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(">HBB", 0, UNSIGNED_BYTE, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


digits = load_digits()
assert digits.images.shape == (1797, 8, 8) and digits.images.min() == 0 and digits.images.max() == 16

# A pixel counts the dark dots (0 to 16) of a 4x4 block. Scaled to the full range of a byte, half up.
pixels = np.floor(digits.images * 255 / 16 + 0.5)

folder = Path(__file__).resolve().parent.parent / "data" / "digits"
folder.mkdir(parents=True, exist_ok=True)
write_idx(folder / "train-images-idx3-ubyte", pixels)
write_idx(folder / "train-labels-idx1-ubyte", digits.target)
