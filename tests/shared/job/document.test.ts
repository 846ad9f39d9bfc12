import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jobFromYaml, jobToYaml, settingsText } from '../../../src/shared/job/document.ts';
import { flagsMarkdown } from './markdown.ts';
import { bytesOf, hostAndPort, launchOptions } from '../../../src/shared/job/options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

it('job.yaml holds every setting and reads back to the same job', () => {
  const some = fc.record({
    // A run's paths are absolute: none begins with the sign for the home folder, which reading would replace.
    data: fc.string({ minLength: 1 }).filter((text) => !text.startsWith('~')),
    imageSize: fc.option(fc.integer({ min: 8, max: 1024 })),
    channels: fc.array(fc.integer({ min: 1, max: 512 }), { minLength: 1, maxLength: 16 }),
    lr: fc.option(fc.double({ min: 1e-12, max: 10, noNaN: true })),
    optimizer: fc.constantFrom('sgd', 'adam', 'rmsprop'),
    seed: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  });
  fc.assert(
    fc.property(some, (values) => {
      const job = jobSchema.parse(values);
      const text = jobToYaml(job);
      expect(jobFromYaml(text, 'job.yaml')).toEqual(job);
      expect(text.match(/^[a-z0-9-]+:/gm)?.length).toBe(Object.keys(job).length);
    }),
  );
});

it.each(['', '# nothing\n', '---\n'])(
  'a job.yaml of %j says nothing of its run, and is not taken for one of defaults',
  (text) => {
    expect(() => jobFromYaml(text, 'runs/a/job.yaml')).toThrow(
      expect.objectContaining({
        code: 'JOB_INCOMPLETE',
        exitCode: 78,
        message: expect.stringMatching(/^runs\/a\/job\.yaml holds no settings/),
      }),
    );
  },
);

it('a job.yaml with a setting that is not known says who may have written it', () => {
  expect(() => jobFromYaml('epochs: 3\nwarp-factor: 9\n', 'runs/a/job.yaml')).toThrow(
    expect.objectContaining({
      exitCode: 78,
      message: expect.stringMatching(
        /^runs\/a\/job\.yaml:2: unknown key `warp-factor`\. If a newer gradsocket wrote the file/,
      ),
    }),
  );
});

it('a file that was saved as UTF-16 is told of, one with a mark before it is read', () => {
  expect(settingsText(Buffer.from('\ufeffepochs: 3\r\n'), 'job.yaml')).toBe('epochs: 3\r\n');
  expect(() => settingsText(Buffer.from('\ufeffepochs: 3\n', 'utf16le'), 'job.yaml')).toThrow(
    expect.objectContaining({
      exitCode: 78,
      message: expect.stringMatching(/^job\.yaml cannot be read: it is UTF-16/),
    }),
  );
});

it('docs/flags.md is what the schemas say (npm run docs writes it)', async () => {
  await expect(flagsMarkdown()).toMatchFileSnapshot('../../../docs/flags.md');
});

it.each([
  ['1GiB', 2 ** 30],
  ['512 MiB', 2 ** 29],
  ['1.5k', 1536],
  ['100', 100],
  ['7B', 7],
])('%s is %i bytes', (text, bytes) => {
  expect(launchOptions.parse({ cacheMemory: text }).cacheMemory).toBe(text);
  expect(bytesOf(text)).toBe(bytes);
});

it('an address is a host, in brackets where it is IPv6, and a port', () => {
  expect(hostAndPort('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
  expect(hostAndPort('[::1]:7070')).toEqual({ host: '::1', port: 7070 });
  for (const listen of ['7070', ':7070', '::1:7070', 'host', 'host:port']) {
    expect(launchOptions.safeParse({ listen }).success).toBe(false);
  }
});
