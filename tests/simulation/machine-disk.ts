import type { Disk, DiskFile } from '../../src/shared/disk.ts';
import { VirtualDisk } from '../shared/virtual-disk.ts';
import type { Dice } from './dice.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** The disk of the coordinator's machine: outlives its processes, and takes its time. */
export class MachineDisk {
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  #disk: VirtualDisk;
  /** Of the call that is being made. */
  #process: Process | null = null;
  #label = '';
  #ms = 0;
  /** Calls under way: whether they come to anything is open when the process dies. */
  readonly #running = new Set<() => unknown>();
  #full = false;
  /** It was full at some time. */
  wasFull = false;
  /** Milliseconds that a sync takes. */
  syncMs = 2;

  constructor(scheduler: Scheduler, dice: Dice) {
    this.#scheduler = scheduler;
    this.#dice = dice;
    this.#disk = this.#fillable(
      new VirtualDisk({ schedule: (act) => this.#schedule(act), random: () => dice.uniform() }),
    );
  }

  #fillable(disk: VirtualDisk): VirtualDisk {
    disk.fault = ({ name }) => (this.#full && name === 'append' ? { code: 'ENOSPC' } : null);
    return disk;
  }

  /** Nothing more fits on it. */
  set full(full: boolean) {
    this.#full = full;
    this.wasFull ||= full;
  }

  /** As `process` uses it. */
  of(process: Process): Disk {
    const disk = this.#disk;
    const call = <T>(label: string, ms: number, make: () => Promise<T>): Promise<T> => {
      this.#process = process;
      this.#label = label;
      this.#ms = ms;
      return make();
    };
    const file = (opened: DiskFile): DiskFile => ({
      append: (bytes) => call('disk append', 0.1, () => opened.append(bytes)),
      truncate: (length) => call('disk truncate', 0.1, () => opened.truncate(length)),
      sync: () => call('disk sync', this.syncMs, () => opened.sync()),
      close: () => call('disk close', 0.02, () => opened.close()),
    });
    return {
      open: async (path, options) => file(await call('disk open', 0.1, () => disk.open(path, options))),
      read: (path) => call('disk read', 0.1, () => disk.read(path)),
      list: (folder) => call('disk list', 0.05, () => disk.list(folder)),
      rename: (from, to) => call('disk rename', 0.1, () => disk.rename(from, to)),
      remove: (path) => call('disk remove', 0.1, () => disk.remove(path)),
      makeFolder: (path) => call('disk folder', 0.1, () => disk.makeFolder(path)),
      syncFolder: (path) => call('disk sync folder', this.syncMs, () => disk.syncFolder(path)),
      free: () => call('disk free', 0.02, () => disk.free()),
    };
  }

  /** The process died; with `power`, the machine with it. */
  crash(power: boolean): void {
    for (const act of this.#running) {
      try {
        if (this.#dice.chance(0.5)) act();
      } catch {
        // It failed, and nobody is left to hear of it.
      }
    }
    this.#running.clear();
    this.#disk = this.#fillable(power ? this.#disk.afterPowerCut() : this.#disk.afterKill());
  }

  bytes(path: string): Buffer | null {
    return this.#disk.contentOf(path);
  }

  #schedule<T>(act: () => T): Promise<T> {
    const ms = this.#ms * this.#dice.between(0.5, 1.5);
    return new Promise((resolve, reject) => {
      this.#running.add(act);
      this.#scheduler.after(this.#process!, ms, this.#label, () => {
        this.#running.delete(act);
        try {
          resolve(act());
        } catch (error) {
          reject(error);
        }
      });
    });
  }
}
