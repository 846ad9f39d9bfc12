import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mergeTraces } from '../../../src/worker/trace/merge.ts';
import { NO_TRACE } from '../../../src/worker/trace/trace.ts';
import { beginTraceFile, openTrace } from '../../../src/worker/trace/trace-file.ts';

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id2?: { readonly local: number };
  readonly args?: Readonly<Record<string, unknown>>;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trace-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A clock that the test sets. */
function clockOf(processId: number) {
  const clock = { time: 0, processId, now: () => clock.time };
  return clock;
}

function eventsOf(file: string): readonly Event[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { traceEvents: Event[] }).traceEvents;
}

describe('a trace', () => {
  test('of two processes is one, on one clock that begins with the run', async () => {
    const files = ['a', 'b'].map((name) => join(folder, `${name}.json`));
    for (const [index, file] of files.entries()) {
      const clock = clockOf(100 + index);
      beginTraceFile(file);
      const target = { file, process: `worker-${index}` };
      const engine = openTrace(target, 'engine', clock);
      const transport = openTrace(target, 'transport', clock);
      clock.time = 1_000_000 + index;
      const start = engine.now();
      transport.begin('all-reduce', 7, { bucket: 2 });
      clock.time += 40;
      engine.span('microbatch', start, { step: 3 });
      clock.time += 5;
      transport.end('all-reduce', 7);
      engine.flush();
      transport.flush();
    }
    const into = join(folder, 'merged.json');
    const count = await mergeTraces(files, into, 1_000_000);
    const events = eventsOf(into);
    expect(events).toHaveLength(count);

    const spans = events.filter(({ ph }) => ph === 'X');
    expect(spans).toEqual([
      { ph: 'X', name: 'microbatch', ts: 0, dur: 40, pid: 100, tid: 1, args: { step: 3 } },
      { ph: 'X', name: 'microbatch', ts: 1, dur: 40, pid: 101, tid: 1, args: { step: 3 } },
    ]);
    const second = events.filter(({ pid, name }) => pid === 101 && name === 'all-reduce');
    expect(second.map(({ ph, ts, tid, id2 }) => [ph, ts, tid, id2?.local])).toEqual([
      ['b', 1, 2, 7],
      ['e', 46, 2, 7],
    ]);
    const names = events
      .filter(({ name }) => name.endsWith('_name'))
      .map(({ pid, tid, args }) => [pid, tid, args?.['name']]);
    expect(names).toContainEqual([100, 1, 'worker-0']);
    expect(names).toContainEqual([101, 2, 'transport']);
  });

  test('of a process that was killed lacks only what it had not written', async () => {
    const file = join(folder, 'killed.json');
    beginTraceFile(file);
    const clock = clockOf(1);
    const trace = openTrace({ file, process: 'worker-0' }, 'data', clock);
    trace.span('fill', 0);
    trace.flush();
    trace.span('never written', 0);
    appendFileSync(file, '{"ph":"X","name":"half a li');
    const into = join(folder, 'rest.json');
    await mergeTraces([file], into, 0);
    expect(eventsOf(into).filter(({ ph }) => ph === 'X')).toMatchObject([{ name: 'fill' }]);
  });

  test('is written in few pieces', () => {
    const file = join(folder, 'pieces.json');
    beginTraceFile(file);
    const trace = openTrace({ file, process: 'worker-0' }, 'engine', clockOf(1));
    const lines = () => readFileSync(file, 'utf8').split('\n').length;
    for (let n = 0; n < 100; n++) trace.span('microbatch', 0);
    expect(lines()).toBe(2);
    for (let n = 0; n < 1000; n++) trace.span('microbatch', 0);
    expect(lines()).toBeGreaterThan(1000);
  });

  test('begins its file anew', () => {
    const file = join(folder, 'again.json');
    for (let run = 0; run < 2; run++) {
      beginTraceFile(file);
      const trace = openTrace({ file, process: 'w' }, 'engine', clockOf(1));
      trace.span(`run ${run}`, 0);
      trace.flush();
    }
    expect(readFileSync(file, 'utf8')).not.toContain('run 0');
  });

  test('that nobody wants is none', () => {
    expect(openTrace(null, 'engine')).toBe(NO_TRACE);
    expect(openTrace(undefined, 'data')).toBe(NO_TRACE);
  });

  test('has the time of day, so that processes agree', () => {
    const file = join(folder, 'day.json');
    beginTraceFile(file);
    const trace = openTrace({ file, process: 'w' }, 'engine');
    expect(Math.abs(trace.now() / 1000 - Date.now())).toBeLessThan(5_000);
  });
});
