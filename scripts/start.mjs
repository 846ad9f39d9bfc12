// @ts-check
// npm start: sets up what is missing, then trains on the bundled digits. Flags after `--` go to `gradsocket launch`.
import { runCli } from './run-cli.mjs';

await runCli('launch', process.argv.slice(2));
