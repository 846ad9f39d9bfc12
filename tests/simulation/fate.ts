import { DIVERGED } from '../../src/shared/checkpoint/finite.ts';
import { ChunkConnection } from './chunk-connection.ts';
import { ControlConnection } from './control-channel.ts';
import type { Fault } from './faults.ts';
import type { World } from './world.ts';

/** Brings about the faults of a history, each when its moment has come. */
export class Fate {
  readonly #world: World;
  readonly fired: Fault[] = [];
  #waiting: Fault[];
  /** How often there was an event of each label that a fault waits for. */
  readonly #seen: Map<string, number>;
  /** What ends the faults that last. */
  readonly #open = new Set<() => void>();

  constructor(world: World) {
    this.#world = world;
    this.#waiting = [...world.scenario.faults];
    this.#seen = new Map(this.#waiting.flatMap(({ at }) => ('label' in at ? [[at.label, 0]] : [])));
  }

  begin(): void {
    this.#world.scheduler.onNext = this.#waiting.length === 0 ? null : (label) => this.#next(label);
  }

  /** Everything that lasts is over. */
  end(): void {
    for (const close of this.#open) close();
  }

  #next(label: string): void {
    const seen = (this.#seen.get(label) ?? -1) + 1;
    if (seen > 0) this.#seen.set(label, seen);
    const { count } = this.#world.scheduler;
    const isDue = ({ at }: Fault) => ('event' in at ? count >= at.event : at.label === label && at.nth <= seen);
    // Before nearly every event none is.
    if (!this.#waiting.some(isDue)) return;
    const due = this.#waiting.filter(isDue);
    this.#waiting = this.#waiting.filter((fault) => !due.includes(fault));
    for (const fault of due) {
      if (this.#world.ended !== null) return;
      this.fired.push(fault);
      this.#world.scheduler.note('fate', fault.kind, fault);
      this.#happen(fault);
    }
    if (this.#waiting.length === 0) this.#world.scheduler.onNext = null;
  }

  #happen(fault: Fault): void {
    const world = this.#world;
    switch (fault.kind) {
      case 'killWorker':
        return world.killWorker(fault.name, fault.ms, fault.told);
      case 'killCoordinator':
        return world.killCoordinator(fault.ms, fault.power, fault.told);
      case 'killAll':
        for (const name of world.slots.keys()) world.killWorker(name, fault.ms * world.dice.uniform(), true);
        return world.killCoordinator(fault.ms * world.dice.uniform(), world.dice.chance(0.5), true);
      case 'stopWorker': {
        const { worker } = world.slotOf(fault.name);
        return worker === null ? undefined : this.#stop(worker.process, fault.ms);
      }
      case 'stopCoordinator':
        return world.coordinator === null ? undefined : this.#stop(world.coordinator.process, fault.ms);
      case 'leaveWorker':
        return this.#leave(fault);
      case 'hole':
        this.#hole(fault.from, fault.to, fault.ms);
        return fault.oneWay ? undefined : this.#hole(fault.to, fault.from, fault.ms);
      case 'partition':
        return this.#partition(fault.names, fault.ms);
      case 'break':
        return this.#break(fault);
      case 'join':
        return world.startWorker(fault.name);
      case 'slow': {
        const { tempo } = world.slotOf(fault.name);
        const before = tempo.pace;
        tempo.pace = () => before() * fault.factor;
        return this.#lasts(fault.ms, () => {
          tempo.pace = before;
        });
      }
      case 'engineError':
        world.slotOf(fault.name).tempo.fails = true;
        return;
      case 'hang':
        return this.#hang(fault.name, fault.ms);
      case 'slowDisk': {
        const before = world.disk.syncMs;
        world.disk.syncMs = Math.min(before * fault.factor, 5_000);
        return this.#lasts(fault.ms, () => {
          world.disk.syncMs = before;
        });
      }
      case 'fullDisk': {
        world.disk.full = true;
        return this.#lasts(fault.ms, () => {
          world.disk.full = false;
        });
      }
      case 'interrupt':
        world.interruptedFor = fault.ms;
        return world.inCoordinator('SIGINT', () => world.coordinator?.run?.interrupt('Ctrl-C'));
      case 'pause':
        world.inCoordinator('pause', () => world.coordinator?.run?.pause());
        return this.#lasts(fault.ms, () => world.inCoordinator('resume', () => world.coordinator?.run?.goOn()));
      case 'save':
        return world.inCoordinator('save', () => world.coordinator?.run?.save());
      case 'corrupt': {
        const { worker } = world.slotOf(fault.name);
        // After the last step nobody looks at it any more.
        if (worker === null || worker.replica === null || worker.replica.committed >= world.truth.steps) return;
        world.checks.poisoned = { name: fault.name, code: 'REPLICAS_DIVERGED' };
        worker.replica.corrupt();
        return;
      }
      case 'poison': {
        const { tempo } = world.slotOf(fault.name);
        tempo.poison = () => {
          tempo.poison = null;
          world.scheduler.note(fault.name, 'computes what is no number');
          const shares = world.coordinator?.run?.model.generation?.microbatches ?? [];
          const alone = shares.filter(({ start, end }) => end > start).length < 2;
          // Where nobody else computes anything, it may as well be the training's fault.
          world.checks.poisoned = { name: fault.name, code: alone ? DIVERGED : 'POISONED' };
        };
        return;
      }
    }
  }

  #stop(process: World['fate'], ms: number): void {
    const { scheduler, network, slots } = this.#world;
    if (process.stopped) return;
    process.stopped = true;
    const slot = slots.get(process.name);
    network.stirAll(process);
    this.#lasts(ms, () => {
      if (process.dead) return;
      if (slot !== undefined) slot.disturbedAt = scheduler.now;
      scheduler.resume(process);
      network.stirAll(process);
    });
  }

  #leave({ name, ms, twice }: Extract<Fault, { kind: 'leaveWorker' }>): void {
    const world = this.#world;
    const slot = world.slotOf(name);
    const { worker } = slot;
    if (worker === null) return;
    if (ms === null && world.mayStayAway(slot)) slot.staysAway = true;
    worker.interrupt();
    if (twice) world.later(world.dice.between(0, 50), 'SIGTERM', () => worker.interrupt());
  }

  #hang(name: string, ms: number): void {
    const world = this.#world;
    const slot = world.slotOf(name);
    const { worker } = slot;
    if (worker === null) return;
    slot.tempo.hangs = true;
    world.later(30_000 + ms, 'kill what hangs', () => {
      if (slot.worker === worker) world.killWorker(name, 100, true);
    });
  }

  #break({ from, to, which }: Extract<Fault, { kind: 'break' }>): void {
    for (const connection of this.#world.network.between(from, to)) {
      if (connection instanceof ControlConnection && which !== 'chunks') connection.breakOff();
      if (connection instanceof ChunkConnection && which !== 'control') connection.breakOff();
    }
  }

  #partition(names: readonly string[], ms: number): void {
    const inside = new Set(names);
    const sites = ['c', ...this.#world.slots.keys()];
    for (const a of sites) {
      for (const b of sites) if (a !== b && inside.has(a) !== inside.has(b)) this.#hole(a, b, ms);
    }
  }

  #hole(from: string, to: string, ms: number): void {
    const { network, slots, scheduler } = this.#world;
    const end = network.swallow(from, to);
    this.#lasts(ms, () => {
      end();
      for (const name of [from, to]) {
        const slot = slots.get(name);
        if (slot !== undefined) slot.disturbedAt = scheduler.now;
        else for (const other of slots.values()) other.disturbedAt = scheduler.now;
      }
    });
  }

  #lasts(ms: number, end: () => void): void {
    let over = false;
    const once = () => {
      if (over) return;
      over = true;
      this.#open.delete(once);
      end();
    };
    this.#open.add(once);
    this.#world.later(ms, 'it is over', once);
  }
}

/** In one line. */
export function describeFault({ at, kind, ...rest }: Fault): string {
  const when = 'event' in at ? `at event ${at.event}` : `at ${at.label} no. ${at.nth}`;
  const what = Object.entries(rest).map(
    ([key, value]) => `${key} ${typeof value === 'number' ? Math.round(value) : JSON.stringify(value)}`,
  );
  return `${kind} ${when}: ${what.join(', ')}`;
}
