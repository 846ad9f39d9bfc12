import { describe, expect, test } from 'vitest';
import { rowLines } from '../../../scripts/bench/report.mjs';
import { rowsOf } from '../../../scripts/bench/rows.mjs';

const speed = {
  what: 'CNN, 2 workers',
  unit: 'images/s',
  against: 'DDP + Gloo',
  sense: 'at least',
  goal: 1.2,
} as const;

describe('the lines of npm run bench', () => {
  test('tell median and spread, the ratio of medians, and whether the goal is reached', () => {
    const lines = rowLines([
      { ...speed, ours: [130, 110, 120], theirs: [100, 90, 95] },
      { ...speed, ours: [110], theirs: [100] },
      { ...speed, unit: 'ms', sense: 'at most', goal: 0.8, ours: [20, 24], theirs: [40] },
    ]);
    expect(lines).toEqual([
      'CNN, 2 workers: 120 (110–130) images/s | 95.0 (90.0–100): DDP + Gloo | 1.26 (≥ 1.2) holds',
      'CNN, 2 workers: 110 images/s | 100: DDP + Gloo | 1.10 (≥ 1.2) missed',
      'CNN, 2 workers: 22.0 (20.0–24.0) ms | 40.0: DDP + Gloo | 0.55 (≤ 0.8) holds',
    ]);
  });

  test('compare with the goal itself where there is nobody to compare with', () => {
    const line = { ...speed, unit: '%', against: '', sense: 'at most', goal: 3, ours: [2.5], theirs: [] } as const;
    expect(rowLines([line])).toEqual(['CNN, 2 workers: 2.50 % | 2.50 % (≤ 3 %) holds']);
  });

  test('claim nothing that was not measured', () => {
    const [ours, theirs] = rowLines([
      { ...speed, ours: [], theirs: [100] },
      { ...speed, ours: [100], theirs: [] },
    ]);
    for (const line of [ours, theirs]) {
      expect(line).toContain('not measured');
      expect(line).not.toMatch(/holds|missed|NaN/);
    }
  });
});

test.each([true, false])(
  'rows have names of their own, and what is measured under one name is one thing (quick: %s)',
  (quick) => {
    const rows = rowsOf({ quick, bfloat16: true });
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const specs = new Map<string, string>();
    for (const spec of rows.flatMap(({ needs }) => needs)) {
      const known = specs.get(spec.key);
      const told = JSON.stringify([spec.args, spec.env]);
      if (known !== undefined) expect(told).toBe(known);
      specs.set(spec.key, told);
    }
  },
);
