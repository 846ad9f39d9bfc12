import type { Outcome } from './history.ts';
import type { Traced } from './scheduler.ts';

/** One event, on one line. */
export function traced({ at, process, label, subject }: Traced): string {
  return `${(at / 1000).toFixed(6).padStart(12)} ${process.padEnd(5)} ${label}${subject === null ? '' : ` ${shown(subject)}`}`;
}

/** What came out of a history, with its last `lines` events. */
export function toldOf(
  { seed, scenario, violation, stack, hash, events, time, trace, fired }: Outcome,
  lines = 40,
): string {
  const { wanted, min, max, topology, jobIndex, encoded } = scenario;
  const told = [
    `seed ${seed}: ${violation ?? 'as it should be'}`,
    `  ${wanted} workers (${min} to ${max}), ${topology}, job ${jobIndex}${encoded ? ', messages encoded' : ''}; ${events} events in ${(time / 1000).toFixed(3)} s; hash ${hash}`,
    ...fired.map((fault) => `  fault: ${fault}`),
  ];
  if (stack !== null) told.push(...stack.split('\n').slice(1, 8));
  if (violation !== null && lines > 0) told.push('  the last events:', ...trace.slice(-lines).map(traced));
  return told.join('\n');
}

function shown(subject: unknown): string {
  const text =
    JSON.stringify(subject, (_, value: unknown) => {
      if (value instanceof Uint8Array || isBuffer(value)) return '..';
      if (typeof value === 'string' && /^[0-9a-f]{32,}$/.test(value)) return `${value.slice(0, 8)}..`;
      if (typeof value === 'object' && value !== null && 'job' in value) return { ...value, job: '..', dataset: '..' };
      return value;
    }) ?? '';
  return text.length > 260 ? `${text.slice(0, 257)}...` : text;
}

/** As JSON.stringify has them. */
function isBuffer(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
