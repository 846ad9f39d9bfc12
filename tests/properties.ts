import fc from 'fast-check';

/**
 * Properties are tried with the same examples each time, so that a test passes or fails for what the code is. Others are tried with
 * `GRADSOCKET_TEST_SEED=$RANDOM npm run test:unit`.
 */
fc.configureGlobal({ seed: Number(process.env['GRADSOCKET_TEST_SEED'] ?? 1) });
