"""What bench/allreduce.mjs is compared with: PyTorch's Gloo summing as many float32, N processes on this machine.

usage: python bench/gloo.py N [FLOATS] [RUNS]     (pip install torch --index-url of the CPU wheels)
"""

import os
import sys
import time

import torch
import torch.distributed as dist
import torch.multiprocessing as mp

WARM_UP = 10


def rank_main(rank: int, ranks: int, floats: int, runs: int) -> None:
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29517")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=ranks)
    vector = torch.ones(floats)
    times = []
    for run in range(WARM_UP + runs):
        dist.barrier()
        start = time.perf_counter()
        dist.all_reduce(vector)
        if run >= WARM_UP:
            times.append((time.perf_counter() - start) * 1000)
        vector.fill_(1.0)
    if rank == 0:
        times.sort()
        print(f"gloo      {ranks} processes, {floats * 4 / 1e6:.1f} MB: min {times[0]:.1f} ms, median {times[len(times) // 2]:.1f} ms")
    dist.destroy_process_group()


if __name__ == "__main__":
    ranks = int(sys.argv[1])
    floats = int(sys.argv[2]) if len(sys.argv) > 2 else 11_173_962
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    mp.spawn(rank_main, args=(ranks, floats, runs), nprocs=ranks)
