import { basename, resolve } from 'node:path';
import { fieldsOf } from './fields.ts';
import { type Job, jobSchema } from './schema.ts';

/** A job, and what is said of it, for pages that are sent to others: where files lie on their author's machine is nobody's concern. */

/** With files and folders by their names alone. */
export function handedOnJob<T extends Job>(job: T): T {
  const named = pathsOf(job).map(([key, path]) => [key, basename(path)]);
  return { ...job, ...Object.fromEntries(named) };
}

/** The same of a sentence or a command that may name files of the job, or `more` of them. */
export function handedOnText(text: string, job: Job, more: readonly string[] = []): string {
  const paths = [...pathsOf(job).map(([, path]) => path), ...more.filter((path) => path.includes('/'))];
  const all = new Set(paths.flatMap((path) => [path, resolve(path)]));
  // The longest first: a folder may lie in another.
  return [...all]
    .toSorted((a, b) => b.length - a.length)
    .reduce((said, path) => said.replaceAll(path, basename(path)), text);
}

/** Of a dataset that is no folder, `digits`, and of numbers in a path's place, there is nothing to take off. */
function pathsOf(job: Job): readonly (readonly [string, string])[] {
  return fieldsOf(jobSchema).flatMap(({ key, isPath }) => {
    const value = job[key as keyof Job];
    return isPath && typeof value === 'string' && value.includes('/') ? [[key, value] as const] : [];
  });
}
