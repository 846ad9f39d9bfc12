import { describe, it } from 'vitest';
import { expectSameLogits, modelOf, RESNET } from '../cli/export/exported.ts';

describe('a model exported to tfjs gives the logits of the run, loaded by tfjs alone', () => {
  it('ResNet-18 with the 3x3 stem, even and odd sides', async () => {
    await expectSameLogits(modelOf(RESNET, [16, 16, 3]));
    await expectSameLogits(modelOf({ ...RESNET, activation: 'tanh' }, [15, 17, 1]));
  });

  it('ResNet-18 without shortcuts', () => expectSameLogits(modelOf({ ...RESNET, noSkip: true }, [16, 16, 3])));

  it('ResNet-18 with the 7x7 stem, whose pool must not take padding for pixels', async () => {
    await expectSameLogits(modelOf({ ...RESNET, activation: 'tanh' }, [96, 96, 3]));
    await expectSameLogits(modelOf({ ...RESNET, activation: 'leaky_relu' }, [97, 99, 1]));
  });
});
