import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { writeFailure, writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type FileLock, lockFolder } from '../../shared/lock.ts';
import { type ConfigFile, parseConfig } from '../../shared/job/config.ts';
import { settingsText } from '../../shared/job/document.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { writeYaml } from '../../shared/job/write-yaml.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import { RUNS } from '../run/folders.ts';
import type { ListedSetting } from './grid/listed-settings.ts';
import { type Origins, originsSchema } from './origins.ts';

const PLAN = 'sweep.yaml';
const ORIGINS = 'origins.json';

/** The folder of a sweep: what was asked for, the runs, what is shown of them. */
export class SweepFolder {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  get planFile(): string {
    return join(this.dir, PLAN);
  }

  get reportFile(): string {
    return join(this.dir, 'report.html');
  }

  get tableFile(): string {
    return join(this.dir, 'report.csv');
  }

  /** Of one run; relative to the sweep it is `runs/<id>`. */
  runDir(id: string): string {
    return join(this.dir, 'runs', id);
  }

  get exists(): boolean {
    return existsSync(this.planFile);
  }

  async readPlan(schema: z.ZodObject): Promise<ConfigFile> {
    const content = await readFile(this.planFile).catch((error: NodeJS.ErrnoException) => {
      const why = error.code === 'ENOENT' ? `there is no ${PLAN}` : error.message;
      throw new GradsocketError(
        'NO_SWEEP',
        EXIT.configuration,
        `${this.dir} holds no sweep to go on with: ${why}. Leave out --resume to start one, or pass --resume auto.`,
        { cause: error },
      );
    });
    return parseConfig(settingsText(content, this.planFile), this.planFile, fieldsOf(schema));
  }

  /** Keeps a second sweep out: both would start the same runs. */
  lock(): Promise<FileLock> {
    return lockFolder(join(this.dir, 'sweep.lock'), { code: 'SWEEP_RUNNING', what: 'a sweep' });
  }

  async make(): Promise<void> {
    try {
      await createFolder(join(this.dir, 'runs'));
    } catch (error) {
      throw writeFailure(this.dir, 0, error);
    }
  }

  async writePlan(
    settings: readonly ListedSetting[],
    run: Readonly<Record<string, unknown>>,
    origins: Origins,
  ): Promise<void> {
    // First: a plan whose paths begin nowhere would be taken for one of the folder in which it is resumed.
    if (Object.keys(origins).length > 0) {
      await writeFileAtomically(join(this.dir, ORIGINS), `${JSON.stringify(origins, null, 2)}\n`);
    }
    await writeFileAtomically(this.planFile, planToYaml(settings, run));
  }

  /** Empty where no paths are compared, and in a sweep of a version that did not write them down. */
  async readOrigins(): Promise<Origins> {
    const path = join(this.dir, ORIGINS);
    const text = await readFile(path).then(textOfBytes, () => '{}');
    try {
      return originsSchema.parse(JSON.parse(text));
    } catch (error) {
      const sentence = `${path} is damaged: it says in which folders the paths begin that the sweep compares. Write it anew, as {"data": "/folder"}.`;
      throw new GradsocketError('SWEEP_ORIGINS', EXIT.configuration, sentence, { cause: error });
    }
  }
}

/** Every setting in the words of the flags, several values as a list: `--config sweep.yaml` asks for the same sweep. */
export function planToYaml(settings: readonly ListedSetting[], run: Readonly<Record<string, unknown>>): string {
  const named = settings.map(({ field, values }) => [field.name, values.length === 1 ? values[0] : values] as const);
  return writeYaml({ ...run, ...Object.fromEntries(named) });
}

/** The sweep in `runs` that was begun or resumed last; null: there is none. */
export async function newestSweep(runs: string = RUNS): Promise<string | null> {
  let newest: { readonly path: string; readonly begun: number } | null = null;
  for (const name of await readdir(runs).catch(() => [])) {
    const path = join(runs, name);
    const plan = await stat(join(path, PLAN)).catch(() => null);
    if (plan !== null && plan.mtimeMs > (newest?.begun ?? -1)) newest = { path, begun: plan.mtimeMs };
  }
  return newest?.path ?? null;
}

/** @throws GradsocketError where there is none */
export async function newestSweepDir(runs: string = RUNS): Promise<string> {
  const newest = await newestSweep(runs);
  if (newest !== null) return newest;
  throw new GradsocketError(
    'NO_SWEEP',
    EXIT.configuration,
    `There is no sweep to resume in ${runs}/. Name its folder with --sweep-dir.`,
  );
}
