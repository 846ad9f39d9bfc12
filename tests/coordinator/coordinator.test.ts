import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Coordinator, type CoordinatorOptions } from '../../src/coordinator/coordinator.ts';
import { NO_WEIGHTS } from '../../src/coordinator/opening/given-weights.ts';
import { settingsOf } from '../../src/coordinator/opening/settings.ts';
import type { RunEvent } from '../../src/coordinator/progress/events.ts';
import { RunFolder } from '../../src/coordinator/store/run-folder.ts';
import { EXIT } from '../../src/shared/errors.ts';
import { connectChannel } from '../../src/shared/link/connect.ts';
import { jobSchema } from '../../src/shared/job/schema.ts';

const JOB = jobSchema.parse({});

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-coordinator-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function start(
  options: Partial<CoordinatorOptions> = {},
): Promise<{ readonly coordinator: Coordinator; readonly events: RunEvent[] }> {
  const events: RunEvent[] = [];
  const coordinator = await Coordinator.start({
    weights: NO_WEIGHTS,
    job: JOB,
    runDir: join(await scratch(), 'run'),
    resume: false,
    workers: 2,
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => coordinator.close());
  return { coordinator, events };
}

function httpOf({ url }: Coordinator): string {
  return url.replace(/^ws/, 'http');
}

describe('a coordinator', () => {
  it('answers health, readiness, metrics, status and the page while it waits for workers', async () => {
    const { coordinator, events } = await start();
    const base = httpOf(coordinator);
    expect(events.map(({ type }) => type)).toEqual(['listening', 'dataset']);
    for (const path of ['/healthz', '/readyz', '/metrics', '/', '/api/run']) {
      expect([path, (await fetch(base + path)).status]).toEqual([path, 200]);
    }
    expect(await (await fetch(`${base}/api/run`)).json()).toMatchObject({
      state: 'gathering',
      step: 0,
      wanted: 2,
      workers: [],
      job: { microbatches: 4, lr: expect.any(Number) },
      dataset: { name: expect.any(String), trainSamples: expect.any(Number) },
    });
    expect((await fetch(`${base}/nothing`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(405);
    const page = await (await fetch(base)).text();
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it('counts whom it turns away and what it sends, where Prometheus asks', async () => {
    const { coordinator } = await start({ token: 'secret' });
    const counted = async () => {
      const response = await fetch(`${httpOf(coordinator)}/metrics?token=secret`);
      const lines = (await response.text()).split('\n');
      return ['protocol_errors_total{', 'data_bytes_sent_total '].map((name) =>
        lines.find((line) => line.startsWith(`gradsocket_${name}`)),
      );
    };
    expect(await counted()).toEqual([undefined, 'gradsocket_data_bytes_sent_total 0']);
    const dial = (token: string) => connectChannel({ url: coordinator.url, endpoint: 'data', token });
    await expect(dial('wrong')).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    const channel = await dial('secret');
    const items = await new Promise<readonly { readonly bytes: Uint8Array }[]>((resolve, reject) => {
      channel.start({
        onMessage: (message) => {
          if (message.type === 'samples') resolve(message.items);
        },
        onClose: ({ reason }) => reject(new Error(reason)),
      });
      channel.send({ type: 'fetch', id: 1, split: 'train', indexes: [0, 1, 2] });
    });
    const bytes = items.reduce((sum, item) => sum + item.bytes.length, 0);
    expect(bytes).toBeGreaterThan(0);
    expect(await counted()).toEqual([
      'gradsocket_protocol_errors_total{reason="wrongToken"} 1',
      `gradsocket_data_bytes_sent_total ${bytes}`,
    ]);
    channel.close('done');
  });

  it('ends at once on an interrupt while nobody is there, with 130 and a summary', async () => {
    const { coordinator } = await start();
    coordinator.interrupt('Ctrl-C');
    expect(await coordinator.finished).toMatchObject({
      exitCode: EXIT.interrupted,
      summary: { status: 'interrupted', steps: 0 },
    });
    expect((await fetch(`${httpOf(coordinator)}/readyz`)).status).toBe(503);
    await coordinator.close();
    await coordinator.close();
  });

  it('refuses a port that is taken, before it makes a run folder', async () => {
    const { coordinator } = await start();
    const parent = await scratch();
    const port = Number(new URL(coordinator.url).port);
    await expect(start({ listen: { host: '127.0.0.1', port }, runDir: join(parent, 'run') })).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      exitCode: EXIT.configuration,
      message: expect.stringContaining(`127.0.0.1:${port}`),
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('refuses an address that others reach without a token', async () => {
    await expect(start({ listen: { host: '0.0.0.0', port: 0 } })).rejects.toMatchObject({
      code: 'TOKEN_REQUIRED',
      exitCode: EXIT.configuration,
    });
  });

  it('refuses data that is not there without leaving a run folder or a listener', async () => {
    const parent = await scratch();
    await expect(
      start({ job: { ...JOB, data: join(parent, 'none') }, runDir: join(parent, 'run') }),
    ).rejects.toMatchObject({
      exitCode: expect.any(Number),
      message: expect.stringContaining('none'),
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('refuses microbatches that leave workers without work', async () => {
    await expect(start({ job: { ...JOB, microbatches: 1 } })).rejects.toThrow(
      /--microbatches 1 leaves some of --workers 2/,
    );
    await expect(start({ job: { ...JOB, batch: 8, microbatches: 16 } })).rejects.toThrow(/--batch 8 leaves some/);
  });

  it('refuses a batch norm over one value a channel, and lets a frozen one be', async () => {
    // Images of 8 x 8 are 1 x 1 after three halvings.
    const deep = { ...JOB, batchNorm: true, channels: [2, 2, 2, 2], dense: 2, batch: 32, microbatches: 32 };
    const parent = await scratch();
    await expect(start({ job: deep, runDir: join(parent, 'run') })).rejects.toMatchObject({
      code: 'ONE_VALUE_NORM',
      exitCode: EXIT.configuration,
      message: expect.stringMatching(/^--batch 32 in 32 microbatches .* batch norm bn4: .* Lower --microbatches to 16/),
    });
    expect(await readdir(parent)).toEqual([]);
    await (await start({ job: { ...deep, microbatches: 4 } })).coordinator.close();
  });

  it('refuses a warm-up that the dataset leaves no steps after, without leaving a run folder', async () => {
    const parent = await scratch();
    const job = { ...JOB, warmupSteps: 1000 };
    await expect(start({ job, runDir: join(parent, 'run') })).rejects.toMatchObject({
      code: 'JOB_CONFLICT',
      message: expect.stringMatching(/^--warmup-steps 1000 leaves nothing of the \d+ steps of the run\./),
    });
    expect(await readdir(parent)).toEqual([]);
  });

  it('refuses to begin a run where one lies, and to resume where none does', async () => {
    const runDir = join(await scratch(), 'run');
    const { coordinator } = await start({ runDir });
    await coordinator.close();
    await expect(start({ runDir })).rejects.toMatchObject({ code: 'RUN_EXISTS', exitCode: EXIT.configuration });
    await expect(start({ runDir: `${runDir}-other`, resume: true })).rejects.toMatchObject({ code: 'NO_RUN' });
  });

  it('lets no second coordinator lead the run in a folder, and says which process does', async () => {
    const runDir = join(await scratch(), 'run');
    const { coordinator } = await start({ runDir });
    const before = await readdir(runDir, { recursive: true });
    await expect(start({ runDir, resume: true })).rejects.toMatchObject({
      code: 'RUN_RUNNING',
      exitCode: EXIT.configuration,
      message: expect.stringContaining(`process ${process.pid} on ${hostname()}`) as string,
    });
    expect(await readdir(runDir, { recursive: true })).toEqual(before);
    await coordinator.close();
    expect(await readdir(runDir)).not.toContain('run.lock');
    await (await start({ runDir, resume: true })).coordinator.close();
  });

  it('of a run that goes on has it for itself before it looks at its checkpoints: whoever leads it may be writing one', async () => {
    const runDir = join(await scratch(), 'run');
    const { coordinator } = await start({ runDir });
    await coordinator.close();
    const [first, second] = [new RunFolder(runDir), new RunFolder(runDir)];
    const asked = { job: JOB, runDir, resume: true, workers: 2, weights: NO_WEIGHTS };
    await settingsOf(asked, first);
    await expect(settingsOf(asked, second)).rejects.toMatchObject({ code: 'RUN_RUNNING' });
    first.unlock();
  });

  it('begins one run where two are begun in one folder at once', async () => {
    const runDir = join(await scratch(), 'run');
    const begun = await Promise.allSettled([start({ runDir }), start({ runDir })]);
    expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = begun.find((one) => one.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: expect.stringMatching(/^RUN_(RUNNING|EXISTS)$/) as string });
  });

  it('resumes with the job of the run, and refuses another one', async () => {
    const runDir = join(await scratch(), 'run');
    await (await start({ runDir })).coordinator.close();
    await expect(start({ runDir, resume: true, job: { ...JOB, seed: 5 } })).rejects.toThrow(/--seed was 1/);
    const { events } = await start({ runDir, resume: true, job: { ...JOB, epochs: 3 } });
    expect(events).toContainEqual({ type: 'warning', message: expect.stringMatching(/no checkpoint yet/) });
  });

  it('shows the job on an address that others reach only to whoever has a token, which no address may hold', async () => {
    const { coordinator } = await start({
      listen: { host: '0.0.0.0', port: 0 },
      token: 'secret',
      viewToken: 'only-look',
    });
    const base = httpOf(coordinator).replace('0.0.0.0', '127.0.0.1');
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(base + path, { headers })).status;
    expect(await status('/healthz')).toBe(200);
    expect(await status('/metrics')).toBe(200);
    expect(await status('/api/run')).toBe(401);
    expect(await status('/?token=wrong')).toBe(401);
    expect(await status('/?token=secret')).toBe(401);
    expect(await status('/api/run?token=secret')).toBe(401);
    expect(await status('/api/run', { Authorization: 'Bearer secret' })).toBe(200);
    expect(await status('/api/run', { Authorization: 'Bearer only-look' })).toBe(200);
    const joining = connectChannel({
      url: coordinator.url.replace('0.0.0.0', '127.0.0.1'),
      endpoint: 'control',
      token: 'only-look',
    });
    await expect(joining).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
  });
});
