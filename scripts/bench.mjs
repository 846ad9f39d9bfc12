// @ts-check
// npm run bench: sets up what is missing, then measures. Flags after `--` go to `gradsocket bench`.
import { runCli } from './run-cli.mjs';

runCli(['bench', ...process.argv.slice(2)]);
