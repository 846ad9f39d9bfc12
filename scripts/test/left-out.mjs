// @ts-check
// A reporter for vitest: says at the end which tests were left out, and why. The reason is the note that they were left out with, or
// stands in the name, `... (left out: WHY)`. What `-t` leaves out is no news.

export default class LeftOut {
  #chosen = false;

  onInit(/** @type {import('vitest/node').Vitest} */ vitest) {
    this.#chosen = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(/** @type {readonly import('vitest/node').TestModule[]} */ modules) {
    if (this.#chosen) return;
    for (const module of modules) {
      /** @type {Map<string, number>} */
      const counts = new Map();
      for (const test of module.children.allTests('skipped')) {
        const { note } = /** @type {import('vitest/node').TestResultSkipped} */ (test.result());
        const why = note ?? whyIn(test.fullName);
        counts.set(why, (counts.get(why) ?? 0) + 1);
      }
      for (const [why, count] of counts) console.log(`${count} left out of ${module.relativeModuleId}: ${why}`);
    }
  }
}

/** @param {string} name */
function whyIn(name) {
  return /\((?:left out|skipped)\b:? ?(.*?)\)/.exec(name)?.[1] ?? `it does not say why (${name})`;
}
