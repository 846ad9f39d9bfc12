import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kernelCalls } from '../../../src/collective/kernels/calls.ts';
import { TRAINING_KERNELS, trainingCalls } from '../../../src/engine/interpreter/kernels/training-kernels.ts';

const ASSEMBLY = new URL('../../../assembly/', import.meta.url);

type Parameters = Readonly<Record<string, readonly string[]>>;

/** The parameters of all functions that a module exports, as its sources declare them. */
function declaredBy(index: string): Parameters {
  const file = new URL(index, ASSEMBLY);
  const exported = readFileSync(file, 'utf8').matchAll(/export \{ ([^}]+) \} from '(.+)';/g);
  return Object.fromEntries(
    [...exported].flatMap(([, names, source]) => {
      const text = readFileSync(new URL(`${source}.ts`, file), 'utf8');
      return names!.split(', ').map((name) => {
        const [, parameters] = new RegExp(`export function ${name}\\(([^)]*)\\)`).exec(text)!;
        return [name, [...parameters!.matchAll(/(\w+):/g)].map(([, parameter]) => parameter!)];
      });
    }),
  );
}

/** What the calls pass on, and in which order: every value is the name that it was asked for by. */
function passedOnBy(calls: (bare: never) => object): Parameters {
  const names = new Proxy({}, { get: (_, name) => name });
  const bare = new Proxy(
    {},
    {
      get:
        () =>
        (...values: unknown[]) =>
          values,
    },
  );
  return Object.fromEntries(Object.entries(calls(bare as never)).map(([name, call]) => [name, call(names)]));
}

describe('kernels called with values by name', () => {
  it.each([
    ['index.ts', kernelCalls],
    ['training/index.ts', trainingCalls],
  ] as const)('get them in the order in which assembly/%s declares them, and no kernel is left out', (index, calls) => {
    expect(passedOnBy(calls)).toEqual(declaredBy(index));
  });

  it('are known by the same numbers to all threads', () => {
    expect(TRAINING_KERNELS.toSorted()).toEqual(Object.keys(declaredBy('training/index.ts')).toSorted());
  });
});
