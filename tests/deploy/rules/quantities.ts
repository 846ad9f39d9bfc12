import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import { containersIn } from '../parts.ts';

const QUANTITY = /^(\d+(?:\.\d*)?|\.\d+)(m|k|[MGTPE]|[KMGTPE]i)?$/;
const FACTORS: Readonly<Record<string, number>> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };

/** What a quantity amounts to; NaN: it is none. */
function amountOf(quantity: string | number): number {
  const [, digits, unit = ''] = QUANTITY.exec(String(quantity)) ?? [];
  if (digits === undefined) return Number.NaN;
  const binary = unit.endsWith('i') ? 1024 ** ' KMGTPE'.indexOf(unit.slice(0, 1)) : undefined;
  return Number(digits) * (unit === '' ? 1 : (binary ?? FACTORS[unit] ?? Number.NaN));
}

/** Nobody is promised more than it may have; devices are promised as many as they may have. */
export function quantityRules(objects: readonly KubernetesObject[]): readonly string[] {
  return containersIn(objects).flatMap(({ where, container: { resources } }) => {
    const { requests = {}, limits = {} } = resources ?? {};
    const wrong = Object.entries({ ...requests, ...limits })
      .filter(([, quantity]) => Number.isNaN(amountOf(quantity)))
      .map(([name, quantity]) => `${where}: ${quantity} of ${name} is no quantity`);
    const more = Object.entries(requests).flatMap(([name, asked]) => {
      const limit = limits[name];
      if (limit !== undefined && amountOf(asked) > amountOf(limit))
        return [`${where}: requests of ${name} exceed its limits`];
      return name.includes('/') && amountOf(asked) !== amountOf(limit ?? 'none')
        ? [`${where}: requests of ${name} differ from its limits`]
        : [];
    });
    const none = ['cpu', 'memory']
      .filter((name) => limits[name] === undefined)
      .map((name) => `${where}: ${name} has no limit`);
    return [...wrong, ...more, ...none];
  });
}
