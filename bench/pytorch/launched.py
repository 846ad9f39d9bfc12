"""The same for a script of DistributedDataParallel: seconds from its start until its first step is done, and until its end.

    python bench/pytorch/launched.py cnn --batch 64 --steps 90

takes what bench/pytorch/ddp.py takes, and prints a line of JSON.
"""

import json
import pathlib
import subprocess
import sys
import time

script = pathlib.Path(__file__).with_name("ddp.py")
command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(script)]
began = time.perf_counter()
first = None
process = subprocess.Popen(
    [*command, *sys.argv[1:], "--warmup", "0", "--first"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
)
for line in process.stdout:
    if "firstStep" in line and first is None:
        first = time.perf_counter() - began
if process.wait() != 0:
    sys.exit(process.returncode)
print(json.dumps({"firstStepSeconds": first, "seconds": time.perf_counter() - began}))
