import { forEachBounded } from '../../../data/files/bounded.ts';
import { type Answer, clockNow, type FromSimulation, type ToSimulation } from './messages.ts';
import { SimulatedWorker } from './simulated-worker.ts';

/** Entry of the process that simulates the workers: their time is not the coordinator's. */
const CONNECTING_AT_ONCE = 64;

const workers: SimulatedWorker[] = [];
let at: { readonly url: string; readonly token: string } | null = null;
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
  at = { url, token };
  wanted = count;
  say({ type: 'joining', at: clockNow() });
  await forEachBounded(count, CONNECTING_AT_ONCE, async (index) => {
    workers.push(await SimulatedWorker.join(url, token, `simulated-${index}`, onPhase));
  });
  onPhase();
}

async function look({ paths, times }: Extract<ToSimulation, { type: 'look' }>): Promise<void> {
  const answers: Answer[] = [];
  for (const path of paths) answers.push(await ask(path, times));
  say({ type: 'looked', answers });
}

async function ask(path: string, times: number): Promise<Answer> {
  const { url, token } = at!;
  const milliseconds: number[] = [];
  let bytes = 0;
  for (let n = 0; n < times; n++) {
    const began = clockNow();
    const answer = await fetch(`${url.replace(/^ws/, 'http')}${path}`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    bytes = (await answer.arrayBuffer()).byteLength;
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
    milliseconds.push(clockNow() - began);
  }
  return { milliseconds, bytes };
}

function failed(error: unknown): void {
  say({ type: 'failed', message: String(error) });
}

process.on('message', (message: ToSimulation) => {
  switch (message.type) {
    case 'join':
      join(message).catch(failed);
      return;
    case 'look':
      look(message).catch(failed);
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
