import { forEachBounded } from '../../../data/files/bounded.ts';
import { clockNow, type FromSimulation, type ToSimulation } from './messages.ts';
import { SimulatedWorker } from './simulated-worker.ts';

/** Entry of the process that simulates the workers: their time is not the coordinator's. */
const CONNECTING_AT_ONCE = 64;

const workers: SimulatedWorker[] = [];
let wanted = 0;
let told: SimulatedWorker['phase'] = 'joining';

function say(message: FromSimulation): void {
  process.send!(message);
}

function onPhase(): void {
  if (workers.length < wanted) return;
  const phase = workers[0]?.phase;
  if (phase === undefined || phase === told || workers.some((worker) => worker.phase !== phase)) return;
  told = phase;
  if (phase === 'training') say({ type: 'begun', at: clockNow() });
  if (phase === 'left') say({ type: 'left', at: clockNow() });
}

async function join({ url, token, workers: count }: Extract<ToSimulation, { type: 'join' }>): Promise<void> {
  wanted = count;
  say({ type: 'joining', at: clockNow() });
  await forEachBounded(count, CONNECTING_AT_ONCE, async (index) => {
    workers.push(await SimulatedWorker.join(url, token, `simulated-${index}`, onPhase));
  });
  onPhase();
}

process.on('message', (message: ToSimulation) => {
  switch (message.type) {
    case 'join':
      join(message).catch((error: unknown) => say({ type: 'failed', message: String(error) }));
      return;
    case 'commit':
      say({ type: 'committed', at: clockNow() });
      for (const worker of workers) worker.commit(wanted);
      return;
    case 'lose': {
      const lost = workers.pop();
      wanted = workers.length;
      told = 'joining';
      for (const worker of workers) worker.phase = 'joining';
      say({ type: 'lost', at: clockNow() });
      lost?.vanish();
      return;
    }
  }
});
process.on('disconnect', () => process.exit(0));
