import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { readSummary, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const small = ['--workers', '1', '--engine', 'cpu', '--channels', '4', '--dense', '8', '--steps', '2', '--quiet'];

/** A user's mistake gets one sentence on stderr, the right exit code, and never a stack trace. */
async function refused(
  args: readonly string[],
  exitCode: number,
  ...says: readonly (string | RegExp)[]
): Promise<void> {
  const { code, stderr } = await run(args);
  expect(stderr).not.toMatch(/\n\s+at /);
  for (const words of says) expect(stderr).toMatch(words);
  expect(stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
  expect(code).toBe(exitCode);
}

let runs = 0;
const launch = (...args: string[]): string[] => [
  'launch',
  '--run-dir',
  path.join(folder, `run ${runs++}`),
  ...small,
  ...args,
];

async function picture(file: string, format: 'jpeg' | 'png' = 'jpeg'): Promise<void> {
  mkdirSync(path.dirname(file), { recursive: true });
  await sharp({
    create: {
      width: 40,
      height: 40,
      channels: 3,
      background: { r: 200, g: 30, b: 90 },
      noise: { type: 'gaussian', mean: 128, sigma: 60 },
    },
  })
    .toFormat(format)
    .toFile(file);
}

/** A dataset of two classes, five pictures each. */
async function pictures(name: string): Promise<string> {
  const root = path.join(folder, name);
  for (const label of ['cat', 'dog']) for (let i = 0; i < 5; i++) await picture(path.join(root, label, `${i}.jpg`));
  return root;
}

describe('a dataset that cannot be used', () => {
  it('a folder that does not exist', () => refused(launch('--data', path.join(folder, 'nowhere')), 65, /nowhere/));

  it('one class only', async () => {
    const root = path.join(folder, 'one class');
    for (let i = 0; i < 3; i++) await picture(path.join(root, 'cat', `${i}.jpg`));
    await refused(launch('--data', root), 65, /cat/, /class/);
  });

  it('an empty class', async () => {
    const root = await pictures('empty class');
    mkdirSync(path.join(root, 'bird'));
    await refused(launch('--data', root), 65, /bird/);
  });

  it('a truncated JPEG, which --bad-images skip leaves out', async () => {
    const root = await pictures('truncated');
    const file = path.join(root, 'cat', '1.jpg');
    truncateSync(file, Math.floor(readFileSync(file).length / 2));
    await refused(launch('--data', root), 65, /cat\/1\.jpg/, /--bad-images skip/);
    const { code, stderr } = await run(launch('--data', root, '--bad-images', 'skip'));
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(0);
  });

  it('a text file called .png', async () => {
    const root = await pictures('text');
    writeFileSync(path.join(root, 'dog', 'note.png'), 'not a picture\n');
    await refused(launch('--data', root), 65, /dog\/note\.png/);
  });

  it('IDX files with a wrong magic number', async () => {
    const root = path.join(folder, 'idx');
    mkdirSync(root);
    writeFileSync(path.join(root, 'train-images-idx3-ubyte'), Buffer.alloc(16 + 28 * 28));
    writeFileSync(path.join(root, 'train-labels-idx1-ubyte'), Buffer.alloc(9));
    await refused(launch('--data', root), 65, /train-images-idx3-ubyte/, /0x00000803/);
  });

  it('a CIFAR-10 file that was cut short', async () => {
    const root = path.join(folder, 'cifar');
    mkdirSync(root);
    writeFileSync(path.join(root, 'data_batch_1.bin'), Buffer.alloc(3073 * 4 - 100));
    await refused(launch('--data', root), 65, /data_batch_1\.bin/);
  });
});

describe('a wrong job', () => {
  it('a word that a shell left empty', () => refused(['report', ''], 64, /^gradsocket: report: RUN is empty/));

  it('two things to write to one output', () =>
    refused(['predict', 'run', 'a.jpg', '--csv', '-', '--json'], 64, /--csv - and --json/));

  it('--batch 0', () => refused(launch('--batch', '0'), 64, /--batch/));

  it('more microbatches than samples in a batch', () =>
    refused(launch('--batch', '8', '--microbatches', '16'), 64, /--batch 8/, /--microbatches 16/));

  it('an unknown optimiser, with the nearest name', () => refused(launch('--optimizer', 'adm'), 64, /adm/, /adam/));

  it('an unknown flag, with the nearest name', () => refused(launch('--epocs', '3'), 64, /--epocs/, /--epochs/));

  it('a key in the YAML file that no flag has, with its line', async () => {
    const file = path.join(folder, 'job.yaml');
    writeFileSync(file, 'data: digits\nepochs: 2\nlearnig-rate: 0.1\n');
    await refused(launch('--config', file), 78, /job\.yaml/, /3/, /learnig-rate/);
  });
});

describe('a wrong connection', () => {
  const token = 'right-token-0123456789';
  const open: ReturnType<typeof start>[] = [];
  afterAll(async () => {
    for (const running of open) {
      running.child.kill('SIGINT');
      await running.finished;
    }
  });

  async function coordinator(...args: string[]): Promise<{ port: number; running: ReturnType<typeof start> }> {
    const running = start([
      'coordinator',
      '--run-dir',
      path.join(folder, `run ${runs++}`),
      '--workers',
      '1',
      '--json',
      '--listen',
      '127.0.0.1:0',
      '--token',
      token,
      '--channels',
      '4',
      '--dense',
      '8',
      '--engine',
      'cpu',
      '--steps',
      '2',
      ...args,
    ]);
    open.push(running);
    const line = await running.line((text) => (JSON.parse(text) as { type: string }).type === 'listening');
    return { port: Number(new URL((JSON.parse(line) as { url: string }).url).port), running };
  }

  const worker = (port: number, withToken: string): string[] => [
    'worker',
    '--coordinator',
    `ws://127.0.0.1:${port}`,
    '--token',
    withToken,
    '--engine',
    'cpu',
  ];

  it('a port that is taken', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as net.AddressInfo;
    await refused(
      launch('--listen', `127.0.0.1:${port}`),
      78,
      new RegExp(`127\\.0\\.0\\.1:${port}`),
      /another program/,
    );
    await new Promise((resolve) => taken.close(resolve));
  });

  it('a token missing on an address that others reach', () =>
    refused(launch('--listen', '0.0.0.0:0', '--token', ''), 78, /token/));

  it('a worker with a wrong token', async () => {
    const { port } = await coordinator();
    await refused(worker(port, 'wrong-token-0123456789'), 78, /token/);
  });

  it('nobody listening: try again later', () => refused([...worker(1, token), '--wait', '1'], 75, /127\.0\.0\.1:1/));

  it('random bytes, half a request, a frame of 2 GiB and a worker of another version harm nobody', async () => {
    const { port, running } = await coordinator();
    const closed = (socket: net.Socket): Promise<void> =>
      new Promise((resolve) =>
        socket
          .once('close', () => resolve())
          .on('error', () => {})
          .resume(),
      );

    const noise = net.connect(port, '127.0.0.1');
    noise.write(Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)));
    await closed(noise);

    const refusedUpgrade = new WebSocket(`ws://127.0.0.1:${port}/v1/control`, 'gradsocket.v0', {
      headers: { authorization: `Bearer ${token}` },
    });
    await new Promise((resolve) => refusedUpgrade.once('error', resolve));

    const huge = new WebSocket(`ws://127.0.0.1:${port}/v1/control`, 'gradsocket.v1', {
      headers: { authorization: `Bearer ${token}` },
    });
    await new Promise((resolve) => huge.once('open', resolve));
    // A client's frame head that announces 2 GiB: final, binary; masked, 64-bit length; mask.
    const raw = (huge as unknown as { _socket: net.Socket })._socket;
    raw.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]));
    const code = await new Promise((resolve) => huge.once('close', resolve));
    expect(code).toBe(1009);

    const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    expect(metrics).toMatch(/gradsocket_protocol_errors_total\{[^}]*\} [1-9]/);
    const trained = await run(worker(port, token));
    expect(trained.stderr).not.toMatch(/\n\s+at /);
    expect(trained.code).toBe(0);
    expect((await running.finished).code).toBe(0);
  });
});

describe('a checkpoint', () => {
  let runDir: string;
  let digest: string | null;
  beforeAll(async () => {
    runDir = path.join(folder, 'checkpoints');
    const flags = ['--workers', '1', '--engine', 'cpu', '--channels', '4', '--dense', '8', '--checkpoint-every', '2'];
    await train(runDir, [...flags, '--steps', '4']);
    digest = (await train(path.join(folder, 'whole'), [...flags, '--steps', '6'])).weightsDigest;
  });

  it('cut in half: named, and the one before it continues to the same weights', async () => {
    const checkpoints = path.join(runDir, 'checkpoints');
    const newest = readdirSync(checkpoints).sort().at(-1) ?? 'none';
    expect(newest).toBe('step-00000004.safetensors');
    truncateSync(path.join(checkpoints, newest), Math.floor(readFileSync(path.join(checkpoints, newest)).length / 2));
    const { code, stderr, stdout } = await run([
      'launch',
      '--run-dir',
      runDir,
      '--resume',
      '--workers',
      '1',
      '--steps',
      '6',
    ]);
    expect(stdout + stderr).toContain(newest);
    expect(code).toBe(0);
    expect(readSummary(runDir).weightsDigest).toBe(digest);
  });

  it('cut in half and the only one: refused by name', async () => {
    const only = path.join(folder, 'only');
    mkdirSync(path.join(only, 'checkpoints'), { recursive: true });
    copyFileSync(path.join(runDir, 'job.yaml'), path.join(only, 'job.yaml'));
    writeFileSync(path.join(only, 'checkpoints', 'step-00000004.safetensors'), 'short');
    await refused(['predict', only, 'picture.png'], 65, /step-00000004\.safetensors/);
  });
});

describe('a full disk', () => {
  const disk = path.join(folder, 'disk');
  let mounted = false;
  beforeAll(() => {
    mkdirSync(disk);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1600k', 'tmpfs', disk], { stdio: 'ignore' });
      mounted = true;
    } catch {
      // Not root: nothing to fill.
    }
  });
  afterAll(() => {
    if (mounted) execFileSync('umount', ['-l', disk]);
  });

  it('while checkpointing: a sentence, 74, and the earlier checkpoints stay', async ({ skip }) => {
    if (!mounted) skip('mounting a small file system needs root');
    const runDir = path.join(disk, 'run');
    const flags = ['--workers', '1', '--engine', 'cpu', '--channels', '8', '--dense', '32', '--keep-checkpoints', '50'];
    await refused(
      ['launch', '--run-dir', runDir, ...flags, '--checkpoint-every', '1', '--steps', '60', '--quiet'],
      74,
      /full|space/,
    );
    const kept = readdirSync(path.join(runDir, 'checkpoints'));
    // Room for the record is kept free; what was written before stays.
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) expect(name).toMatch(/^step-\d{8}\.safetensors$/);
  });
});
