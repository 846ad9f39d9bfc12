"""How long Gloo takes to sum float32 vectors of several processes on this machine: what `gradsocket bench allreduce` is
compared with.

    python bench/pytorch/gloo.py --workers 2 --floats 11173962 --runs 30

prints one JSON object.
"""

import argparse
import json
import os
import socket
import statistics
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

WARM_UP = 60


def run_rank(rank, o, port):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=o.workers)
    vector = torch.empty(o.floats)
    times = []
    for run in range(WARM_UP + o.runs):
        vector.fill_(rank + 1.0)
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(vector)
        if run >= WARM_UP:
            times.append((time.perf_counter() - start) * 1000)
        assert vector[-1] == o.workers * (o.workers + 1) / 2
    if rank == 0:
        milliseconds = {"min": min(times), "median": statistics.median(times), "max": max(times)}
        print(json.dumps({"workers": o.workers, "floats": o.floats, "milliseconds": milliseconds}))
    dist.destroy_process_group()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--floats", type=int, default=11_173_962)
    parser.add_argument("--runs", type=int, default=30)
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        free_port = free.getsockname()[1]
    mp.spawn(run_rank, args=(options, free_port), nprocs=options.workers)
