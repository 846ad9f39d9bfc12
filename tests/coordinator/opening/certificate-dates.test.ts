import { expect, it } from 'vitest';
import { datesNotice } from '../../../src/coordinator/opening/certificate-dates.ts';
import { selfSigned } from '../../../src/shared/link/self-signed.ts';

it('a certificate is told of before it is valid, in its last week, and once it has expired', async () => {
  const dates = { from: new Date('2026-01-01'), until: new Date('2026-03-01') };
  const { cert } = await selfSigned({ names: ['gradsocket'], ...dates });
  const at = (day: string): string | null => datesNotice(cert, Date.parse(day));
  expect(at('2025-12-31')).toMatch(
    /is not valid before 2026-01-01: .* refuse it\. .*clock of this machine \(2025-12-31\)\.$/,
  );
  expect(at('2026-02-21')).toBeNull();
  expect(at('2026-02-23')).toMatch(/expires on 2026-03-01: .* refuse it from then on\./);
  expect(at('2026-03-02')).toMatch(/has expired on 2026-03-01: .* refuse it\./);
});
