import { expect, it } from 'vitest';
import { connectionsFor } from '../../src/coordinator/connections.ts';

it('a coordinator has room for the connections of all its workers, of as many spares, and of those that look', () => {
  expect(connectionsFor(2)).toBe(1024);
  expect(connectionsFor(4096)).toBeGreaterThanOrEqual(4096 * 6 + 32);
});
