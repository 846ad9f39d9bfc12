import { expect, it } from 'vitest';
import { metricsMarkdown } from './markdown.ts';

it('docs/metrics.md lists what coordinator and worker have (npm run docs writes it)', async () => {
  await expect(metricsMarkdown()).toMatchFileSnapshot('../../../docs/metrics.md');
});
