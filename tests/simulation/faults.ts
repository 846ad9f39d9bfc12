import type { Dice } from './dice.ts';
import type { Scenario } from './scenario.ts';

/** When a fault begins: after so many events, or before the `nth` event of that label. */
type Moment = { readonly event: number } | { readonly label: string; readonly nth: number };

/** What happens to a history. `ms`: for how long; a process that is killed is started again after that, null: never. */
export type Fault = { readonly at: Moment } & (
  | { readonly kind: 'killWorker'; readonly name: string; readonly ms: number | null; readonly told: boolean }
  | { readonly kind: 'stopWorker'; readonly name: string; readonly ms: number }
  /** SIGTERM; `twice`: and again a moment later. */
  | { readonly kind: 'leaveWorker'; readonly name: string; readonly ms: number | null; readonly twice: boolean }
  /** `power`: with its machine, so that what was not synced may be lost, and nobody is told unless `told`. */
  | { readonly kind: 'killCoordinator'; readonly ms: number; readonly power: boolean; readonly told: boolean }
  | { readonly kind: 'stopCoordinator'; readonly ms: number }
  /** Everything at once. */
  | { readonly kind: 'killAll'; readonly ms: number }
  /** Bytes vanish between two sites; `oneWay`: only in this direction. */
  | { readonly kind: 'hole'; readonly from: string; readonly to: string; readonly oneWay: boolean; readonly ms: number }
  /** These sites and all others do not reach each other. */
  | { readonly kind: 'partition'; readonly names: readonly string[]; readonly ms: number }
  /** The connections between two sites break. */
  | { readonly kind: 'break'; readonly from: string; readonly to: string; readonly which: 'control' | 'chunks' | 'all' }
  | { readonly kind: 'join'; readonly name: string }
  | { readonly kind: 'slow'; readonly name: string; readonly factor: number; readonly ms: number }
  /** The engine never ends what it computes; the process is killed after `ms` if nobody did. */
  | { readonly kind: 'hang'; readonly name: string; readonly ms: number }
  /** The engine throws. */
  | { readonly kind: 'engineError'; readonly name: string }
  | { readonly kind: 'slowDisk'; readonly factor: number; readonly ms: number }
  /** Ctrl-C at the coordinator; it is started again after `ms`. */
  | { readonly kind: 'interrupt'; readonly ms: number }
  /** Nothing more fits on the coordinator's disk. */
  | { readonly kind: 'fullDisk'; readonly ms: number }
  /** A bit in this worker's memory falls over. */
  | { readonly kind: 'corrupt'; readonly name: string }
  /** What this worker computes next is no number. */
  | { readonly kind: 'poison'; readonly name: string }
  /** No faults: somebody wants the run held for so long, or its state saved. */
  | { readonly kind: 'pause'; readonly ms: number }
  | { readonly kind: 'save' }
);

type FaultKind = Fault['kind'];

/** Moments at which little is known of who holds what: they come seldom by chance. */
const DELICATE = [
  'generation',
  'connected',
  'begin',
  'halt',
  'weights',
  'drain',
  'give',
  'state',
  'reduced',
  'healed',
  'welcome',
  'hello',
  'ready',
  'rejoined',
  'recorded',
  'upload',
  'done',
  'leave',
  'evaluated',
  'peerLost',
  'leaving',
  'cease',
  'disk sync',
  'disk rename',
  'disk append',
  'disk sync folder',
  'attach',
  'call',
  'rs',
  'ag',
  'compute',
  'backward',
  'evaluate',
  'step',
  'rest of chunk',
  'silence',
  'close',
  'reset',
  'engine: committed',
  'engine: halt',
  'from engine: computed',
] as const;

type Base = Omit<Scenario, 'faults'>;

export function drawFaults(dice: Dice, scenario: Base): readonly Fault[] {
  const count = dice.pick([0, 1, 1, 1, 2, 2, 3, 4, 6]);
  // One poisons the run, so that nothing else can be asked of it.
  if (dice.chance(0.06) && scenario.wanted > 1)
    return [
      { at: moment(dice, scenario), kind: dice.pick(['corrupt', 'poison'] as const), name: dice.pick(scenario.names) },
    ];
  return Array.from({ length: count }, () => drawFault(dice, scenario));
}

function moment(dice: Dice, { wanted, topology }: Base): Moment {
  if (dice.chance(0.45)) return { label: dice.pick(DELICATE), nth: Math.floor(dice.magnitude(1, 30)) };
  const events = 150 + wanted * 120 + (topology === 'mesh' ? wanted * wanted * 60 : wanted * 60);
  return { event: dice.below(events * 2) };
}

/** A moment, or longer than anybody waits. */
function duration(dice: Dice): number {
  return dice.magnitude(1, dice.pick([50, 1_000, 20_000]));
}

const KINDS: readonly (readonly [Exclude<FaultKind, 'corrupt' | 'poison' | 'pause' | 'save'>, number])[] = [
  ['killWorker', 25],
  ['killCoordinator', 14],
  ['stopWorker', 9],
  ['leaveWorker', 7],
  ['break', 10],
  ['hole', 7],
  ['partition', 6],
  ['join', 6],
  ['stopCoordinator', 4],
  ['hang', 3],
  ['slow', 4],
  ['engineError', 3],
  ['slowDisk', 3],
  ['fullDisk', 4],
  ['killAll', 3],
  ['interrupt', 3],
];

/** What people ask of a run, now and then. From dice of their own: histories without it stay as they are. */
export function drawHolds(dice: Dice, scenario: Base): readonly Fault[] {
  if (!dice.chance(0.15)) return [];
  return Array.from({ length: dice.int(1, 3) }, () => {
    const at = moment(dice, scenario);
    return dice.chance(0.6) ? { at, kind: 'pause', ms: duration(dice) } : { at, kind: 'save' };
  });
}

function drawFault(dice: Dice, scenario: Base): Fault {
  const at = moment(dice, scenario);
  const name = dice.pick(scenario.names);
  const sites = ['c', ...scenario.names];
  const ms = duration(dice);
  let left = dice.below(KINDS.reduce((sum, [, weight]) => sum + weight, 0));
  const [kind] = KINDS.find(([, weight]) => (left -= weight) < 0)!;
  switch (kind) {
    case 'killWorker':
      return { at, kind, name, ms: dice.chance(0.85) ? ms : null, told: dice.chance(0.8) };
    case 'leaveWorker':
      return { at, kind, name, ms: dice.chance(0.7) ? ms : null, twice: dice.chance(0.15) };
    case 'stopWorker':
    case 'hang':
      return { at, kind, name, ms };
    case 'engineError':
      return { at, kind, name };
    case 'slow':
      // Also for so long that its share becomes smaller.
      return {
        at,
        kind,
        name,
        factor: dice.magnitude(2, 50),
        ms: dice.chance(0.4) ? dice.magnitude(20_000, 600_000) : ms,
      };
    case 'killCoordinator': {
      const power = dice.chance(0.5);
      return { at, kind, ms, power, told: !power || dice.chance(0.5) };
    }
    case 'stopCoordinator':
    case 'fullDisk':
    case 'killAll':
    case 'interrupt':
      return { at, kind, ms };
    case 'slowDisk':
      return { at, kind, factor: dice.magnitude(5, 500), ms };
    case 'hole': {
      const [from, to] = twoOf(dice, sites);
      return { at, kind, from, to, oneWay: dice.chance(0.3), ms };
    }
    case 'break': {
      const [from, to] = twoOf(dice, sites);
      return { at, kind, from, to, which: dice.pick(['control', 'chunks', 'all'] as const) };
    }
    case 'partition': {
      const names = sites.filter(() => dice.chance(0.5));
      return { at, kind, names: names.length === 0 ? [name] : names, ms };
    }
    case 'join':
      return { at, kind, name: dice.pick(['f', 'g'] as const) };
  }
}

function twoOf(dice: Dice, sites: readonly string[]): readonly [string, string] {
  const first = dice.below(sites.length);
  const second = (first + 1 + dice.below(sites.length - 1)) % sites.length;
  return [sites[first]!, sites[second]!];
}
