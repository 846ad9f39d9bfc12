// @ts-check
// npm run fuzz -- --frames 1000000 --seed 1: random and mutated frames at the sockets of a run that goes on beside it.
import { optionsOf } from './options.mjs';
import { build, checkNode, installDependencies } from './prepare.mjs';

const values = optionsOf({ frames: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } });
checkNode();
installDependencies();
build();
const { fuzz } = await import('./fuzz/fuzz.mjs');
const result = await fuzz({
  frames: Number(values.frames),
  seed: Number(values.seed),
  say: (line) => console.log(line),
});
const { sent, connections, answers, memory, steps, seconds, wrong } = result;
console.log(`${sent} frames on ${connections} connections in ${seconds.toFixed(0)} s beside ${steps} steps`);
console.log(`how connections ended: ${JSON.stringify(answers)}`);
console.log(`MiB, from ${JSON.stringify(memory[0]?.memory)} to ${JSON.stringify(memory.at(-1)?.memory)}`);
console.log(wrong === null ? 'the run is unharmed: its weights are those of an undisturbed one' : `WRONG: ${wrong}`);
process.exit(wrong === null ? 0 : 1);
