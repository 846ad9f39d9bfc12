import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { imageOptions } from '../../scripts/image/options.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = join(ROOT, '.github', 'workflows');
const SCRIPTS = (
  JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly scripts: Readonly<Record<string, string>> }
).scripts;

interface Step {
  readonly uses?: string;
  readonly run?: string;
}
interface Job {
  readonly uses?: string;
  readonly needs?: string | readonly string[];
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

describe.each(readdirSync(FOLDER))('.github/workflows/%s', (file) => {
  const text = readFileSync(join(FOLDER, file), 'utf8');
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs);
  const steps = jobs.flatMap(([, job]) => job.steps ?? []);
  const commands = steps.flatMap(({ run }) => run?.split('\n') ?? []);

  it('calls scripts that there are', () => {
    for (const command of commands) {
      const [, name] = /^npm (?:run )?(?!ci |install |pack)([\w:]+)/.exec(command) ?? [];
      if (name !== undefined) expect(Object.keys(SCRIPTS)).toContain(name);
    }
    for (const [, { uses }] of jobs) {
      if (uses !== undefined) expect(existsSync(join(ROOT, uses))).toBe(true);
    }
  });

  it('asks npm run image for what it knows', () => {
    for (const command of commands) {
      const [, words] = /^npm run image -- (.*)$/.exec(command) ?? [];
      if (words === undefined) continue;
      const args = words
        .replaceAll('${{ matrix.variant }}', 'cuda')
        .replaceAll('"', '')
        .split(/ (?![^{]*\}\})/);
      expect(imageOptions(args)).toMatchObject({ kind: 'build' });
    }
  });

  it('may read, unless a job says what it writes, and knows no secret but the token of the forge', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(secrets.filter((name) => name !== 'GITHUB_TOKEN')).toEqual([]);
  });

  it('names each action by its major version, each job by what it waits for, and lets none run for ever', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
    for (const [, job] of jobs) {
      for (const name of [job.needs ?? []].flat()) expect(Object.keys(workflow.jobs)).toContain(name);
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
    }
  });
});

it('tests on every Node that is supported', () => {
  const { jobs } = parse(readFileSync(join(FOLDER, 'ci.yml'), 'utf8')) as Workflow;
  expect(jobs['test']?.strategy?.matrix['node']).toEqual(['20', '22', '24']);
  expect(Object.keys(jobs)).toEqual(expect.arrayContaining(['lint', 'test', 'pack', 'image']));
});
