import type * as files from 'node:fs';
import type * as fs from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { RunHarness } from '../run-harness.ts';
import { until } from '../until.ts';

const log = vi.hoisted(() => [] as string[]);
vi.mock('node:fs/promises', async (original) => {
  const { recordedDisk } = await import('../../shared/checkpoint/recorded-disk.ts');
  return recordedDisk(await original<typeof fs>(), log);
});
vi.mock('node:fs', async (original) => {
  const { recordedSyncs } = await import('../../shared/checkpoint/recorded-disk.ts');
  return recordedSyncs(await original<typeof files>(), log);
});

/** What happened to the ledger and the checkpoints. */
const lasting = () => log.filter((line) => /ledger|step-|best|checkpoints/.test(line));

const checkpointOf = (step: number) => {
  const file = `step-0000000${step}.safetensors`;
  return [
    `appendFile .${file}.RANDOM.tmp`,
    `datasync .${file}.RANDOM.tmp`,
    `rename .${file}.RANDOM.tmp ${file}`,
    'sync checkpoints',
  ];
};
const BEST = [
  'appendFile .best.json.RANDOM.tmp',
  'datasync .best.json.RANDOM.tmp',
  'rename .best.json.RANDOM.tmp best.json',
  'sync checkpoints',
];

describe('what a power failure leaves', () => {
  it('is never a checkpoint ahead of the ledger, nor a best one without its file', async () => {
    const harness = await RunHarness.start({ wanted: 1, job: { keepCheckpoints: 1 } });
    await harness.train('a');
    // As it was opened, and the generation.
    await until(() => log.filter((line) => line === 'datasync ledger.jsonl').length === 2, 'the generation');
    for (const [round, step] of [3, 6].entries()) {
      log.length = 0;
      await harness.commit(3);
      await until(() => harness.of('checkpoint').length === round + 1, 'the checkpoint');
      const written = lasting();
      // The ledger's lines come in one or several writes; the last one is followed by the sync.
      expect(written.filter((line) => line.startsWith('appendFile ledger')).length).toBeGreaterThan(0);
      const rest = written.slice(written.findLastIndex((line) => line.startsWith('appendFile ledger')) + 1);
      expect(rest).toEqual([
        'datasync ledger.jsonl',
        ...checkpointOf(step),
        // The second evaluation is no better than the first: the best one stays, and so does its file.
        ...(round === 0 ? BEST : []),
      ]);
    }
    expect((await harness.run.over).exitCode).toBe(0);
  });

  it('is never a step on record without its metrics', async () => {
    const harness = await RunHarness.start({ wanted: 1 });
    await harness.train('a');
    await until(() => log.includes('datasync ledger.jsonl'), 'the generation');
    log.length = 0;
    await harness.commit(3);
    await until(() => harness.of('checkpoint').length === 1, 'the checkpoint');
    const record = log.filter((line) => /metrics|ledger/.test(line));
    expect(record).toContain('appendFile metrics.jsonl');
    expect(record).toContain('datasync ledger.jsonl');
    // Each time that lines of the ledger are kept, those of the metrics have been.
    for (const [at, line] of record.entries()) {
      if (line !== 'datasync ledger.jsonl') continue;
      const written = record.slice(0, at).findLast((other) => other.endsWith('metrics.jsonl'));
      expect(written).toBe('datasync metrics.jsonl');
    }
  });

  it('is never a generation on record without the key with which its members are led on', async () => {
    const harness = await RunHarness.start({ wanted: 1 });
    log.length = 0;
    await harness.train('a');
    await until(() => log.includes('datasync ledger.jsonl'), 'the generation');
    const key = log.findIndex((line) => /^rename .*key/.test(line));
    const line = log.findIndex((entry) => entry.startsWith('appendFile ledger'));
    expect(key).toBeGreaterThan(-1);
    expect(line).toBeGreaterThan(key);
  });

  it('is an old checkpoint rather than none: it goes when the new one has come', async () => {
    const harness = await RunHarness.start({ wanted: 1, job: { keepCheckpoints: 1, checkpointEvery: 1 } });
    await harness.train('a');
    await harness.commit(1);
    await until(() => harness.of('checkpoint').length === 1, 'the first');
    log.length = 0;
    await harness.commit(1);
    await until(() => harness.of('checkpoint').length === 2, 'the second');
    const rest = lasting().slice(lasting().indexOf('datasync ledger.jsonl'));
    expect(rest).toEqual(['datasync ledger.jsonl', ...checkpointOf(2), 'rm step-00000001.safetensors']);
  });
});
