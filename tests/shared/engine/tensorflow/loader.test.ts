import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { INSIDE } from '../../../../src/shared/engine/install/folder.ts';
import { installed, WITHOUT_TENSORFLOW } from './installed.ts';

/** Loads TensorFlow's library as a worker does and prints what of its files that nobody writes is resident, in KiB. */
const PROGRAM = `
process.dlopen({ exports: {} }, process.argv[1]);
let counts = false;
let resident = 0;
for (const line of require('fs').readFileSync('/proc/self/smaps', 'utf8').split('\\n')) {
  const mapping = /^[0-9a-f]+-[0-9a-f]+ r.(.)p /.exec(line);
  if (mapping !== null) counts = line.includes('/libtensorflow');
  else if (counts && line.startsWith('Shared_Clean:')) resident += Number(line.split(/ +/)[1]);
  else if (counts && line.startsWith('Private_Clean:')) resident += Number(line.split(/ +/)[1]);
}
console.log(resident);
`;

it.skipIf(WITHOUT_TENSORFLOW)('leaves nothing resident that only loading the library needed', () => {
  const loader = join(installed().folder, INSIDE.loader);
  const kibibytes = Number(execFileSync(process.execPath, ['-e', PROGRAM, loader], { encoding: 'utf8' }));
  // More than 200 MiB without the loader's care.
  expect(kibibytes).toBeLessThan(16 * 1024);
});
