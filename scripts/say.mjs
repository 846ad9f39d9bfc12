// @ts-check
// The voice of the set-up scripts: short lines on stderr, so that `npm start -- --json` keeps stdout for itself.

/** @param {string} line */
export function say(line) {
  process.stderr.write(`• ${line}\n`);
}

/** @param {string} line @returns {never} */
export function fail(line) {
  process.stderr.write(`✗ ${line}\n`);
  process.exit(1);
}
