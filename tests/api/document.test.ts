import { expect, it } from 'vitest';
import { apiMarkdown, jobSettings } from './markdown.ts';

it('the type of settings is what the schema says (npm run docs writes it)', async () => {
  await expect(jobSettings()).toMatchFileSnapshot('../../src/api/job-settings.ts');
});

it('docs/api.md is what the types say (npm run docs writes it)', async () => {
  await expect(apiMarkdown()).toMatchFileSnapshot('../../docs/api.md');
});
