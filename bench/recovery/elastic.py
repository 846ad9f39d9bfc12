# The same little CNN as in measure.mjs under torchrun, with gloo: prints a line for each committed step. Rank 1 is killed, or stops,
# once, in the middle; what torchrun's elastic agent then does is measured. State is kept in a checkpoint after each step, which
# is more often than anybody would: what a restart costs is measured, and not what it repeats.
import datetime, os, signal, sys, time
import torch
import torch.distributed as dist
import torch.nn as nn

folder, steps, fault_at, kind, timeout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], float(sys.argv[5])
torch.set_num_threads(1)
dist.init_process_group("gloo", timeout=datetime.timedelta(seconds=timeout))
rank = dist.get_rank()
torch.manual_seed(0)
model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(64, 10))
model = nn.parallel.DistributedDataParallel(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
saved = os.path.join(folder, "checkpoint.pt")
step = 0
if os.path.exists(saved):
    state = torch.load(saved)
    step = state["step"]
    model.load_state_dict(state["model"])
images, labels = torch.randn(60, 1, 8, 8), torch.randint(0, 10, (60,))
while step < steps:
    if step == fault_at and rank == 1 and not os.path.exists(os.path.join(folder, "struck")):
        open(os.path.join(folder, "struck"), "w").close()
        print(f"struck {time.time()}", flush=True)
        os.kill(os.getpid(), signal.SIGKILL if kind == "kill" else signal.SIGSTOP)
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
    step += 1
    if rank == 0:
        torch.save({"step": step, "model": model.state_dict()}, saved + ".new")
        os.replace(saved + ".new", saved)
        print(f"step {step} {time.time()}", flush=True)
dist.destroy_process_group()
