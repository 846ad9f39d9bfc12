// @ts-check
// npm run soak -- --schedules 100 --seed 1: real processes that are killed, stopped, cut off, joined and restarted by seeded
// schedules; each run has to come to the weights of the undisturbed one. `--parallel` runs several at once.
import { availableParallelism } from 'node:os';
import { optionsOf } from './options.mjs';
import { build, checkNode, installDependencies } from './prepare.mjs';
import { soak } from './soak/soak.mjs';

const values = optionsOf({
  schedules: { type: 'string', default: '100' },
  seed: { type: 'string', default: '1' },
  parallel: { type: 'string', default: String(Math.max(1, Math.floor(availableParallelism() / 2))) },
});
checkNode();
installDependencies();
build();
const { schedules, failed, seconds, deeds } = await soak({
  schedules: Number(values.schedules),
  seed: Number(values.seed),
  parallel: Number(values.parallel),
  say: (line) => console.log(line),
});
const done = Object.entries(deeds).map(([kind, count]) => `${count} ${kind}`);
console.log(
  `${schedules - failed.length} of ${schedules} ended with the right weights, in ${seconds.toFixed(0)} s: ${done.join(', ')}`,
);
if (failed.length > 0) console.log(`failed: ${failed.map(({ seed }) => `--seed ${seed} --schedules 1`).join('; ')}`);
process.exit(failed.length === 0 ? 0 : 1);
