// @ts-check
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { history, JOB, STEPS } from './history.mjs';
import { gradsocket } from './processes.mjs';
import { scheduleOf, scheduleText } from './schedule.mjs';

/**
 * @typedef {{ schedules: number, seed: number, parallel: number, say: (line: string) => void }} SoakOptions
 * @typedef {{ schedules: number, failed: readonly { seed: number, why: string }[], seconds: number, deeds: Readonly<Record<string, number>> }} SoakResult
 */

/** Runs schedule after schedule, several at once. @param {SoakOptions} options @returns {Promise<SoakResult>} */
export async function soak({ schedules, seed, parallel, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-soak-'));
  const begun = performance.now();
  /** @type {{ seed: number, why: string }[]} */
  const failed = [];
  /** @type {Record<string, number>} */
  const deeds = {};
  try {
    const whole = join(folder, 'undisturbed');
    const alone = gradsocket(['launch', '--workers', '1', '--run-dir', whole, '--quiet', ...JOB]);
    if ((await alone.ended) !== 0) throw new Error(`the undisturbed run failed: ${alone.said()}`);
    const digest = JSON.parse(readFileSync(join(whole, 'summary.json'), 'utf8')).weightsDigest;
    let next = seed;
    const lane = async () => {
      while (next < seed + schedules) {
        const schedule = scheduleOf(next++, STEPS);
        const runDir = join(folder, String(schedule.seed));
        const since = performance.now();
        const why = await history(schedule, runDir, digest);
        const took = `${((performance.now() - since) / 1000).toFixed(1)} s`;
        say(`${why === null ? 'ok' : 'FAILED'}  ${took}  ${scheduleText(schedule)}`);
        for (const { kind } of schedule.deeds) deeds[kind] = (deeds[kind] ?? 0) + 1;
        if (why === null) {
          rmSync(runDir, { recursive: true, force: true });
        } else {
          say(why);
          failed.push({ seed: schedule.seed, why });
        }
      }
    };
    await Promise.all(Array.from({ length: parallel }, lane));
  } finally {
    if (failed.length === 0) rmSync(folder, { recursive: true, force: true });
    else say(`what the failed ones left is in ${folder}`);
  }
  return { schedules, failed, seconds: (performance.now() - begun) / 1000, deeds };
}
