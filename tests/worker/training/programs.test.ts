import { expect, it } from 'vitest';
import type { Engine, Share } from '../../../src/engine/interface/engine.ts';
import { drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { Programs } from '../../../src/worker/training/programs.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { smallAssignment } from '../support/assignment.ts';

it('runs each program once, as the loop will, where it is to be warm; else none', async () => {
  const blueprint = drawBlueprint(smallAssignment({ microbatches: 2 }));
  for (const warm of [true, false]) {
    const fake = new FakeEngine(blueprint.network, 2);
    const runs: { readonly samples: number; readonly shares: readonly Share[] }[] = [];
    const compile = fake.compile.bind(fake);
    let compiled = 0;
    const engine: Pick<Engine, 'compile'> = {
      compile: async (program, options) => {
        compiled++;
        const made = await compile(program, options);
        return {
          ...made,
          runAbreast: (shares, onBucket) => {
            runs.push({ samples: program.batch, shares });
            return made.runAbreast(shares, onBucket);
          },
        };
      },
    };
    await Programs.compile(Object.assign(fake, engine), blueprint, 2, warm);
    expect(compiled).toBeGreaterThan(1);
    expect(runs).toHaveLength(warm ? compiled : 0);
    for (const { samples, shares } of runs) {
      expect(shares).toHaveLength(2);
      for (const { inputs } of shares) {
        expect(inputs.labels).toHaveLength(samples);
        expect(inputs.parameters).toHaveLength(blueprint.layout.parameters.length);
      }
    }
  }
});
