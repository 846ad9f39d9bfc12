import { macrotask } from './macrotask.ts';
import { Simulator } from './history.ts';
import { toldOf, traced } from './telling.ts';

/** One of the processes of `npm run simulate`: runs the seeds that it is given, and tells what came out. */
type Task =
  | { readonly type: 'seeds'; readonly from: number; readonly count: number; readonly calm: boolean }
  | { readonly type: 'trace'; readonly seed: number; readonly calm: boolean };

const simulator = await Simulator.create();

async function seeds({ from, count, calm }: Extract<Task, { type: 'seeds' }>): Promise<void> {
  const kinds: Record<string, number> = {};
  let events = 0;
  for (let seed = from; seed < from + count; seed++) {
    const outcome = await macrotask(() => simulator.run(seed, { calm }));
    events += outcome.events;
    for (const fault of outcome.fired) {
      const [kind] = fault.split(' ');
      kinds[kind!] = (kinds[kind!] ?? 0) + 1;
    }
    if (outcome.violation !== null)
      process.send!({ type: 'failed', seed, violation: outcome.violation, told: toldOf(outcome) });
  }
  process.send!({ type: 'done', from, count, events, kinds });
}

async function trace({ seed, calm }: Extract<Task, { type: 'trace' }>): Promise<void> {
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  const outcome = await macrotask(() => simulator.run(seed, { calm, onTrace: (event) => write(traced(event)) }));
  write('');
  write(toldOf(outcome, 0));
  process.send!({ type: 'done', from: seed, count: 1, events: outcome.events, kinds: {} });
}

process.on('message', (task: Task) => void (task.type === 'seeds' ? seeds(task) : trace(task)));
process.send!({ type: 'ready' });
