// @ts-check
// The results of measure.mjs for people.

/** @param {Record<string, any>} found results by step; steps that are missing leave their rows out */
export function tableOf({
  doctor,
  gradients = [],
  digits,
  'same-bits': sameBits,
  engine = [],
  train = [],
  pytorch = [],
}) {
  const device = doctor?.engines.find((/** @type {any} */ one) => one.engine === 'tensorflow').device ?? 'unknown';
  return [
    `# ${device}`,
    '',
    ...gradientRows(gradients),
    ...(digits === undefined
      ? []
      : [
          `Digits, 10 epochs: ${percent(digits.validationAccuracy)} of the validation images, ${digits.seconds.toFixed(1)} s.`,
          '',
        ]),
    ...(sameBits === undefined ? [] : [sameBitsLine(sameBits), '']),
    ...speedRows('Forward, backward and update in a plain loop', engine, pytorch),
    ...speedRows('Whole runs, coordinator and workers on this one card', train, pytorch),
  ].join('\n');
}

/** @param {readonly any[]} rows */
function gradientRows(rows) {
  if (rows.length === 0) return [];
  return [
    '| gradient of | in | far from wasm: loss | gradient | worst parameter | bits repeat |',
    '|---|---|---|---|---|---|',
    ...rows.map(
      ({ model, arithmetic, losses, gradient, worst, sameBits }) =>
        `| ${model} | ${arithmetic} | ${part(losses)} | ${part(gradient)} | ${part(worst.difference)} (${worst.name}) | ${sameBits ? 'yes' : '**no**'} |`,
    ),
    '',
  ];
}

/** @param {readonly { workers: number, weightsDigest: string }[]} runs */
function sameBitsLine(runs) {
  const same = runs.every(({ weightsDigest }) => weightsDigest === runs[0]?.weightsDigest);
  const workers = runs.map((run) => run.workers).join(' and ');
  return `Runs of ${workers} workers have ${same ? 'the same' : '**different**'} weights, bit for bit.`;
}

/** @param {string} title @param {readonly any[]} ours @param {readonly any[]} theirs */
function speedRows(title, ours, theirs) {
  if (ours.length === 0) return [];
  return [
    `${title}, images/s:`,
    '',
    '| network | batch | workers | in | gradsocket | PyTorch | ratio | PyTorch with fixed bits | ratio |',
    '|---|---|---|---|---|---|---|---|---|',
    ...ours.map((one) => {
      const speed = one.imagesPerSecond;
      const [free, fixed] = [false, true].map((deterministic) => best(theirs, one, deterministic));
      return `| ${one.model} | ${one.batch} | ${one.workers ?? '-'} | ${one.arithmetic} | ${Math.round(speed)} | ${beside(speed, free)} | ${beside(speed, fixed)} |`;
    }),
    '',
  ];
}

/** @param {readonly any[]} theirs @param {any} one @param {boolean} deterministic @returns {number | undefined} */
function best(theirs, { model, batch, arithmetic }, deterministic) {
  const same = theirs.filter(
    (other) =>
      other.model === model &&
      other.batch === batch &&
      other.arithmetic === arithmetic &&
      other.deterministic === deterministic,
  );
  return same.length === 0 ? undefined : Math.max(...same.map(({ imagesPerSecond }) => imagesPerSecond));
}

/** @param {number} speed @param {number | undefined} other */
function beside(speed, other) {
  return other === undefined ? '- | -' : `${Math.round(other)} | ${(speed / other).toFixed(2)}`;
}

/** @param {number} share */
function part(share) {
  return share.toExponential(1);
}

/** @param {number} share */
function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}
