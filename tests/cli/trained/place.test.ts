import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { placeOf } from '../../../src/cli/trained/place.ts';

const run = mkdtempSync(join(tmpdir(), 'a run '));
afterAll(() => rmSync(run, { recursive: true, force: true }));
const checkpoint = join(run, 'checkpoints', 'step-00000002.safetensors');
mkdirSync(join(run, 'checkpoints'));
writeFileSync(join(run, 'job.yaml'), '');
writeFileSync(checkpoint, '');

it('finds the run by its folder, and by what lies in it', () => {
  expect(placeOf(run, 'best')).toEqual({ runDir: run, which: 'best' });
  expect(placeOf(join(run, 'job.yaml'), 'newest')).toEqual({ runDir: run, which: 'newest' });
  expect(placeOf(join(run, 'checkpoints'), 'best')).toEqual({ runDir: run, which: 'best' });
  expect(placeOf(join(run, 'checkpoints/'), 'best')).toEqual({ runDir: run, which: 'best' });
  expect(placeOf(checkpoint, 'best')).toEqual({ runDir: run, which: checkpoint });
  expect(placeOf(checkpoint, 'newest')).toEqual({ runDir: run, which: 'newest' });
});

it('takes a run that is called checkpoints for what it is, also where it lies in another', () => {
  const inner = mkdtempSync(join(tmpdir(), 'outer '));
  const runDir = join(inner, 'checkpoints');
  mkdirSync(runDir);
  for (const folder of [inner, runDir]) writeFileSync(join(folder, 'job.yaml'), '');
  expect(placeOf(runDir, 'newest')).toEqual({ runDir, which: 'newest' });
  rmSync(inner, { recursive: true });
});

it('finds a checkpoint by its name in the run', () => {
  expect(placeOf(run, 'step-00000002.safetensors')).toEqual({ runDir: run, which: checkpoint });
  expect(placeOf(run, checkpoint).which).toBe(checkpoint);
  expect(placeOf(run, 'step-9.safetensors').which).toBe('step-9.safetensors');
});

it('finds a checkpoint by its step, and by the words of other programs', () => {
  for (const step of ['2', '00000002', 'step-2', 'step_2']) expect(placeOf(run, step).which).toBe(checkpoint);
  expect(placeOf(run, '3').which).toBe('3');
  expect(placeOf(run, 'last').which).toBe('newest');
  expect(placeOf(run, 'best.pt').which).toBe('best');
  writeFileSync(join(run, 'checkpoints', 'last'), '');
  expect(placeOf(run, 'last').which).toBe(join(run, 'checkpoints', 'last'));
});

it('leaves other paths as they are', () => {
  expect(placeOf('/nowhere', 'best')).toEqual({ runDir: '/nowhere', which: 'best' });
  const stray = join(run, 'checkpoints', 'notes.txt');
  writeFileSync(stray, '');
  expect(placeOf(stray, 'best').runDir).toBe(stray);
});
