import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { nearestName } from '../../shared/nearest.ts';

/**
 * What can be done to a worker. kill: its process ends at once. stop: it stands still for some seconds. drop: all its
 * connections break, and new ones for some seconds. delay: for some seconds it neither sends nor hears. slow: for some
 * seconds it computes at a third of its pace. corrupt: a bit of its parameters flips.
 */
export const CHAOS_KINDS = ['kill', 'stop', 'drop', 'delay', 'slow', 'corrupt'] as const;
export type ChaosKind = (typeof CHAOS_KINDS)[number];

/** How long each lasts unless told otherwise; a kill and a flipped bit last. */
const SECONDS: Readonly<Record<ChaosKind, number>> = { kill: 0, stop: 3, drop: 0, delay: 1, slow: 10, corrupt: 0 };
/** What a random schedule takes. A flipped bit ends a run, so it comes only where it is asked for. */
const RANDOM_KINDS: readonly ChaosKind[] = ['kill', 'stop', 'drop', 'delay', 'slow'];

/** One thing to do. */
export interface Fault {
  readonly kind: ChaosKind;
  /** The number in the worker's name. */
  readonly rank: number;
  readonly seconds: number;
}

/** To be done when so many steps are committed. */
export interface TimedFault extends Fault {
  readonly step: number;
}

/** Faults without end, one about every so many seconds. */
export interface RandomFaults {
  readonly seed: number;
  readonly every: number;
  readonly kinds: readonly ChaosKind[];
  /** How long each lasts; null: as long as its kind does. */
  readonly seconds: number | null;
}

export interface ChaosSpec {
  readonly listed: readonly TimedFault[];
  readonly random: RandomFaults | null;
}

export function durationOf(kind: ChaosKind, seconds: number | null): number {
  return seconds ?? SECONDS[kind];
}

/**
 * `kill@step=5,rank=1; stop@step=9,rank=0,seconds=3`, `random:seed=7,every=20s,kinds=kill+stop`, or both.
 *
 * @throws GradsocketError that says which part is not understood
 */
export function parseChaos(text: string, workers: number): ChaosSpec {
  const listed: TimedFault[] = [];
  let random: RandomFaults | null = null;
  for (const part of text.split(';').map((each) => each.trim())) {
    if (part === '') continue;
    if (!part.startsWith('random:')) {
      listed.push(timedFault(part, workers));
    } else {
      if (random !== null) throw refused(part, 'there is one random schedule already');
      random = randomFaults(part);
    }
  }
  if (listed.length === 0 && random === null) throw refused(text, 'it names no fault');
  return { listed: listed.toSorted((a, b) => a.step - b.step), random };
}

function timedFault(part: string, workers: number): TimedFault {
  const at = part.indexOf('@');
  if (at === -1) throw refused(part, `a fault is written as kill@step=5,rank=1`);
  const kind = kindOf(part, part.slice(0, at).trim());
  const values = valuesOf(part, part.slice(at + 1), ['step', 'rank', 'seconds']);
  const step = numberOf(part, 'step', values.get('step'), { whole: true });
  const rank = numberOf(part, 'rank', values.get('rank'), { whole: true });
  if (rank >= workers) {
    throw refused(part, `there is no worker-${rank}, as --workers is ${workers}`);
  }
  return { kind, step, rank, seconds: secondsOf(part, kind, values.get('seconds')) };
}

function secondsOf(part: string, kind: ChaosKind, given: string | undefined): number {
  if (given === undefined) return SECONDS[kind];
  if (kind === 'kill' || kind === 'corrupt') throw refused(part, `${kind} takes no seconds`);
  return numberOf(part, 'seconds', given, { whole: false });
}

function randomFaults(part: string): RandomFaults {
  const values = valuesOf(part, part.slice('random:'.length), ['seed', 'every', 'kinds', 'seconds']);
  const every = numberOf(part, 'every', values.get('every')?.replace(/s$/, ''), { whole: false });
  if (every === 0) throw refused(part, 'every has to be above 0');
  const kinds = values.get('kinds');
  const seconds = values.get('seconds');
  return {
    seed: numberOf(part, 'seed', values.get('seed'), { whole: true }),
    every,
    kinds: kinds === undefined ? RANDOM_KINDS : kinds.split('+').map((name) => kindOf(part, name.trim())),
    seconds: seconds === undefined ? null : numberOf(part, 'seconds', seconds, { whole: false }),
  };
}

function kindOf(part: string, name: string): ChaosKind {
  const kind = CHAOS_KINDS.find((known) => known === name);
  if (kind !== undefined) return kind;
  const near = nearestName(name, CHAOS_KINDS);
  throw refused(
    part,
    `there is no fault '${name}'; ${near === null ? `there are ${CHAOS_KINDS.join(', ')}` : `did you mean ${near}?`}`,
  );
}

function valuesOf(part: string, text: string, names: readonly string[]): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const setting of text.split(',')) {
    const [name = '', value = '', ...more] = setting.split('=').map((each) => each.trim());
    if (!names.includes(name)) throw refused(part, `'${name}' is none of ${names.join(', ')}`);
    if (value === '' || more.length > 0) throw refused(part, `${name} wants a value, as in ${name}=5`);
    if (values.has(name)) throw refused(part, `${name} is there twice`);
    values.set(name, value);
  }
  return values;
}

function numberOf(
  part: string,
  name: string,
  text: string | undefined,
  { whole }: { readonly whole: boolean },
): number {
  if (text === undefined) throw refused(part, `${name} is missing`);
  if (!(whole ? /^\d{1,15}$/ : /^\d{1,6}(\.\d{1,6})?$/).test(text)) {
    throw refused(part, `${name}=${text} is no ${whole ? 'whole number' : 'number'} of at least 0`);
  }
  return Number(text);
}

function refused(part: string, why: string): GradsocketError {
  return new GradsocketError(
    'CHAOS_SPEC',
    EXIT.usage,
    `--chaos: '${part}' is not understood: ${why.endsWith('?') ? why : `${why}.`} Nothing is done to a run without it.`,
  );
}
