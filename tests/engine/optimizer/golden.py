"""Writes golden.json beside itself: 50 steps of PyTorch's optimisers and schedules. Needs torch (2.13 was used).

A case is a job of ours, so that the test also covers how a job becomes an optimiser; here it is put into PyTorch's words.
"""

import json
import pathlib

import torch
from torch.optim import SGD, Adam, AdamW, RMSprop
from torch.optim import lr_scheduler as schedulers

STEPS = 50
STEPS_PER_EPOCH = 7
SAMPLES = 8  # the gradient that is handed over is a sum over these; PyTorch gets the mean
WEIGHT = 4  # the first so many parameters are a weight, the others a bias
SIZE = 7
SHOWN = [1, 2, 3, 10, 25, 50]  # after how many steps parameters are written down

SGD_JOB = dict(optimizer="sgd", lr=0.05, momentum=0.9)
ADAM_JOB = dict(optimizer="adam", lr=0.01)
ONE_CYCLE = dict(schedule="one-cycle", lr=0.1)

CASES = {
    "sgd": dict(optimizer="sgd", lr=0.05, momentum=0),
    "sgd with weight decay": dict(optimizer="sgd", lr=0.05, momentum=0, weightDecay=0.1),
    "sgd with momentum": SGD_JOB,
    "sgd with momentum and weight decay": dict(SGD_JOB, weightDecay=0.1),
    "sgd with momentum, biases exempt from weight decay": dict(SGD_JOB, weightDecay=0.1, decayExempt="norm-and-bias"),
    "sgd with damped momentum": dict(SGD_JOB, dampening=0.3),
    "sgd with Nesterov's momentum": dict(SGD_JOB, nesterov=True, weightDecay=0.01),
    "sgd, clipped": dict(SGD_JOB, clipNorm=2.5),
    "adam": ADAM_JOB,
    "adam with weight decay": dict(ADAM_JOB, weightDecay=0.1),
    "adam with other decays and epsilon": dict(ADAM_JOB, beta1=0.8, beta2=0.95, epsilon=1e-3),
    "adam, clipped": dict(ADAM_JOB, clipNorm=2.5, weightDecay=0.1),
    "adamw": dict(ADAM_JOB, optimizer="adamw"),
    "adamw with much weight decay": dict(ADAM_JOB, optimizer="adamw", weightDecay=0.5),
    "adamw, biases exempt": dict(ADAM_JOB, optimizer="adamw", weightDecay=0.5, decayExempt="norm-and-bias"),
    "adamw without weight decay": dict(ADAM_JOB, optimizer="adamw", weightDecay=0),
    "rmsprop": dict(optimizer="rmsprop", lr=0.01),
    "rmsprop with weight decay, alpha and epsilon": dict(optimizer="rmsprop", lr=0.01, weightDecay=0.1, alpha=0.9, epsilon=1e-3),
    "rmsprop with momentum": dict(optimizer="rmsprop", lr=0.01, momentum=0.8, weightDecay=0.1),
    "rmsprop, centred": dict(optimizer="rmsprop", lr=0.01, centred=True),
    "rmsprop, centred, with momentum, clipped": dict(optimizer="rmsprop", lr=0.01, momentum=0.8, centred=True, clipNorm=2.5),
    "constant after a warm-up": dict(SGD_JOB, warmupSteps=5),
    "constant after a warm-up of one step": dict(SGD_JOB, warmupSteps=1),
    "step": dict(SGD_JOB, schedule="step", scheduleEveryEpochs=2, scheduleGamma=0.5),
    "step after a warm-up longer than an epoch": dict(SGD_JOB, schedule="step", scheduleEveryEpochs=1, scheduleGamma=0.7, warmupSteps=10),
    "multi-step": dict(SGD_JOB, schedule="multi-step", scheduleMilestoneEpochs=[2, 3, 6]),
    "multi-step after a warm-up": dict(ADAM_JOB, schedule="multi-step", scheduleMilestoneEpochs=[1, 4], scheduleGamma=0.3, warmupSteps=4),
    "cosine": dict(SGD_JOB, schedule="cosine"),
    "cosine down to a rate, after a warm-up": dict(optimizer="adamw", lr=0.01, schedule="cosine", scheduleMinLr=0.001, warmupSteps=6),
    "polynomial": dict(SGD_JOB, schedule="polynomial"),
    "polynomial with a power, after a warm-up": dict(optimizer="rmsprop", lr=0.01, schedule="polynomial", schedulePower=2.5, warmupSteps=6),
    "one-cycle": dict(SGD_JOB, **ONE_CYCLE),
    "one-cycle, linear, with other divisors": dict(SGD_JOB, **ONE_CYCLE, oneCycleAnneal="linear", oneCycleRise=0.45, oneCycleDivisor=10, oneCycleFinalDivisor=100),
    "one-cycle with momentum": dict(SGD_JOB, **ONE_CYCLE, oneCycleMomentum=0.8),
    "one-cycle with Adam's beta1": dict(optimizer="adam", schedule="one-cycle", lr=0.02, beta1=0.95, oneCycleMomentum=0.85),
    "one-cycle after a warm-up": dict(SGD_JOB, **ONE_CYCLE, oneCycleMomentum=0.85, warmupSteps=5),
}


def optimizer_of(job, weight, bias):
    decay = job.get("weightDecay", 0.01 if job["optimizer"] == "adamw" else 0)
    exempt = job.get("decayExempt") == "norm-and-bias"
    groups = [dict(params=[weight], weight_decay=decay), dict(params=[bias], weight_decay=0 if exempt else decay)]
    common = dict(lr=job["lr"], foreach=False)
    momentum = job.get("momentum", 0)
    match job["optimizer"]:
        case "sgd":
            return SGD(groups, momentum=momentum, dampening=job.get("dampening", 0), nesterov=job.get("nesterov", False), **common)
        case "rmsprop":
            return RMSprop(groups, momentum=momentum, centered=job.get("centred", False), alpha=job.get("alpha", 0.99), eps=job.get("epsilon", 1e-8), **common)
        case "adam" | "adamw" as name:
            betas = (job.get("beta1", 0.9), job.get("beta2", 0.999))
            return {"adam": Adam, "adamw": AdamW}[name](groups, betas=betas, eps=job.get("epsilon", 1e-8), **common)


def scheduler_of(job, optimizer):
    warmup = job.get("warmupSteps", 0)
    left = STEPS - warmup
    kind = job.get("schedule", "constant")
    gamma = job.get("scheduleGamma", 0.1)
    match kind:
        case "constant":
            main = schedulers.ConstantLR(optimizer, factor=1)
        case "step":
            main = schedulers.StepLR(optimizer, job["scheduleEveryEpochs"] * STEPS_PER_EPOCH, gamma)
        case "multi-step":
            main = schedulers.MultiStepLR(optimizer, [e * STEPS_PER_EPOCH for e in job["scheduleMilestoneEpochs"]], gamma)
        case "cosine":
            main = schedulers.CosineAnnealingLR(optimizer, left, job.get("scheduleMinLr", 0))
        case "polynomial":
            main = schedulers.PolynomialLR(optimizer, left, job.get("schedulePower", 1))
        case "one-cycle":
            low = job.get("oneCycleMomentum")
            main = schedulers.OneCycleLR(
                optimizer,
                max_lr=job["lr"],
                total_steps=left,
                pct_start=job.get("oneCycleRise", 0.3),
                anneal_strategy={"cosine": "cos", "linear": "linear"}[job.get("oneCycleAnneal", "cosine")],
                div_factor=job.get("oneCycleDivisor", 25),
                final_div_factor=job.get("oneCycleFinalDivisor", 1e4),
                cycle_momentum=low is not None,
                base_momentum=low or 0,
                max_momentum=job.get("momentum", job.get("beta1", 0.9)),
            )
    if warmup == 0:
        return main
    climb = schedulers.LinearLR(optimizer, start_factor=1 / warmup, total_iters=warmup - 1)
    if kind in ("step", "multi-step"):
        return schedulers.ChainedScheduler([main, climb], optimizer=optimizer)
    return schedulers.SequentialLR(optimizer, [climb, main], milestones=[warmup])


def run(job, start, sums):
    weight, bias = (torch.nn.Parameter(part.clone()) for part in (start[:WEIGHT], start[WEIGHT:]))
    optimizer = optimizer_of(job, weight, bias)
    scheduler = scheduler_of(job, optimizer)
    rates, momenta, norms, after = [], [], [], []
    for step, gradient in enumerate(sums / SAMPLES, start=1):
        weight.grad, bias.grad = gradient[:WEIGHT].clone(), gradient[WEIGHT:].clone()
        if "clipNorm" in job:
            norms.append(short(torch.nn.utils.clip_grad_norm_([weight, bias], job["clipNorm"]).item()))
        group = optimizer.param_groups[0]
        rates.append(short(group["lr"]))
        if "oneCycleMomentum" in job:
            momenta.append(short(group["betas"][0] if "betas" in group else group["momentum"]))
        optimizer.step()
        scheduler.step()
        if step in SHOWN:
            after.append([short(x) for x in [*weight.tolist(), *bias.tolist()]])
    changing = "schedule" in job or "warmupSteps" in job
    return {**({"rates": rates} if changing else {}), **({"momenta": momenta} if momenta else {}), **({"norms": norms} if norms else {}), "after": after}


def short(number):
    """Nine digits tell float32 values apart."""
    return float(f"{number:.9g}")


def main():
    generator = torch.Generator().manual_seed(1)
    start = torch.round(torch.randn(SIZE, generator=generator), decimals=3)
    sums = torch.round(torch.randn(STEPS, SIZE, generator=generator) * SAMPLES, decimals=2)
    golden = {
        "torch": torch.__version__,
        "samples": SAMPLES,
        "stepsPerEpoch": STEPS_PER_EPOCH,
        "weight": WEIGHT,
        "shown": SHOWN,
        "start": [short(x) for x in start.tolist()],
        "gradients": [[short(x) for x in row] for row in sums.tolist()],
        "cases": [{"name": name, "job": job, **run(job, start, sums)} for name, job in CASES.items()],
    }
    path = pathlib.Path(__file__).with_name("golden.json")
    path.write_text(json.dumps(golden, indent=0) + "\n")


main()
