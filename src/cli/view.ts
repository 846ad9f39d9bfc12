import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandModule } from 'yargs';
import { z } from 'zod';
import { routes } from '../coordinator/http/routes.ts';
import { inspectionsIn, thinned } from '../coordinator/progress/inspections.ts';
import { readShownLines } from '../coordinator/store/line-file.ts';
import { RunFolder } from '../coordinator/store/run-folder.ts';
import { stepIn, viewOf } from '../coordinator/view/compose.ts';
import type { PageData } from '../coordinator/view/view.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { LinkServer } from '../shared/link/link-server.ts';
import type { Inspection } from '../shared/protocol/inspection.ts';
import { printWarning } from './command/failure.ts';
import { type Argv0, atHome, settingsOf, withSettings } from './command/settings.ts';
import { listenAddress } from './run/listen-address.ts';
import { onInterrupt } from './run/interrupts.ts';
import { openInBrowser } from './ui/open-in-browser.ts';
import { printJson, printLines } from './ui/print.ts';
import { plural } from '../shared/plural.ts';
import { endedRun } from './view/ended-run.ts';
import { foundRuns, namesOf } from './view/found-runs.ts';
import { readable } from './view/readable.ts';
import { RunCache } from './view/run-cache.ts';

const options = z.strictObject({
  listen: z
    .string()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:[\]]+):\d{1,5}$/)
    .meta({ expects: 'host:port, such as 127.0.0.1:8080; port 0 takes a free one' })
    .default('127.0.0.1:0')
    .describe('address of the page, on this machine'),
  open: z.boolean().default(false).describe('open it in the browser'),
  json: z.boolean().default(false).describe('print JSON'),
});

export const viewCommand: CommandModule = {
  command: 'view <run>',
  describe: 'Show a run that has ended, or several laid over each other, in the browser',
  builder: (yargs) =>
    withSettings(yargs, options)
      .example([
        ['view runs/pets', 'the page of a run, going on or ended'],
        ['view runs', 'several runs, laid over each other'],
      ])
      .positional('run', {
        type: 'string',
        coerce: atHome,
        describe: 'folder of a run, or one that holds several',
      }),
  handler: async (argv) => {
    process.exitCode = await view(argv);
  },
};

async function view(argv: Argv0): Promise<number> {
  const { values } = settingsOf({ schema: options, argv, environment: {}, config: null });
  const listen = listenAddress('--listen', values.listen);
  if (!isLoopback(listen.host)) {
    throw new GradsocketError(
      'VIEW_LISTEN',
      EXIT.usage,
      `--listen ${values.listen}: view shows runs on this machine alone. Listen on 127.0.0.1, and forward the port to see it elsewhere.`,
    );
  }
  const path = String(argv['run']);
  const { dirs: found, leftOut } = await foundRuns(path);
  // What can be read shows before anything listens.
  const tell = tellOnce(printWarning);
  const cache = new RunCache((dir) => endedRun(dir, tell));
  const { dirs, unreadable } = await readable(found, cache);
  for (const message of unreadable) printWarning(`left out: ${message}`);
  const server = await LinkServer.listen({
    listen,
    onRequest: routes({
      host: listen.host,
      token: null,
      viewToken: null,
      isTls: false,
      status: () => statusIn(dirs, cache),
      inspections: () => inspectionsOf(dirs, tell),
      view: () => pageData(path, dirs, cache),
      checkpoint: (name) => checkpointIn(dirs, name),
      order: null,
      metrics: () => Promise.resolve({ type: 'text/plain; charset=utf-8', text: '' }),
      ready: () => true,
      onWrongToken: () => undefined,
    }),
  });
  const url = `http://${server.url.slice('ws://'.length)}/`;
  if (values.json) printJson({ page: url, runs: dirs });
  else {
    const left = leftOut === 0 ? '' : ` (the newest; ${plural(leftOut, 'older one')} left out)`;
    printLines([
      `page      ${url}`,
      `shows     ${dirs.length === 1 ? dirs[0] : plural(dirs.length, 'run')}${left}; Ctrl-C ends it`,
    ]);
  }
  if (values.open) {
    const trouble = await openInBrowser(url);
    if (trouble !== null) printLines([`          ${trouble}`]);
  }
  await new Promise<void>((resolve) => {
    onInterrupt({ gently: () => resolve(), atOnce: () => resolve() });
  });
  await server.close();
  return EXIT.done;
}

/** A run that goes on is read again and again, and would be told of as often. */
function tellOnce(tell: (sentence: string) => void): (sentence: string) => void {
  const told = new Set<string>();
  return (sentence) => {
    if (told.has(sentence)) return;
    told.add(sentence);
    tell(sentence);
  };
}

/** Of one run: looks into several have no common course. */
async function inspectionsOf(
  dirs: readonly string[],
  tell: (sentence: string) => void,
): Promise<readonly Inspection[]> {
  const [dir] = dirs;
  if (dir === undefined || dirs.length > 1) return [];
  return thinned(inspectionsIn(await readShownLines(new RunFolder(dir).inspectFile, tell)));
}

/** `path`: in which the folders lie. One that was removed meanwhile does not hide the others. */
async function pageData(path: string, dirs: readonly string[], cache: RunCache): Promise<PageData> {
  const { dirs: shown, runs } = await readable(dirs, cache);
  const names = runs.length === 1 ? null : namesOf(shown, path);
  const now = Date.now();
  const views = runs.map((run, place) => viewOf({ ...run, name: names?.[place] ?? run.name }, now));
  return { live: false, maySteer: true, runs: views };
}

/** What the coordinator of the run answered; of several, all of them. */
async function statusIn(dirs: readonly string[], cache: RunCache): Promise<{ readonly state: string }> {
  const { runs } = await readable(dirs, cache);
  const [first, ...others] = runs.map(({ run, history }) => ({ ...run, curve: history.curve }));
  if (others.length === 0) return first!;
  const several = { state: 'several', runs: [first, ...others] };
  return several;
}

async function checkpointIn(dirs: readonly string[], name: string): Promise<{ path: string; bytes: number } | null> {
  const [only] = dirs;
  if (dirs.length !== 1 || only === undefined || stepIn(name) === null) return null;
  const path = join(only, 'checkpoints', name);
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { path, bytes: found.size } : null;
}
