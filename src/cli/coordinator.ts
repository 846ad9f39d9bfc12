import { randomBytes } from 'node:crypto';
import type { CommandModule } from 'yargs';
import { coordinatorOptions, hostAndPort } from '../shared/job/options.ts';
import { isLoopback } from '../shared/link/credential.ts';
import { reachableUrls } from '../shared/link/reachable.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { readAsked } from './run/asked.ts';
import { leadRun } from './run/lead.ts';
import { tokenOf } from './run/secrets.ts';
import { joinCommand, trustIn } from './run/joining.ts';
import { type Argv0, withConfig, withManySettings } from './command/settings.ts';
import { plural } from '../shared/plural.ts';

export const coordinatorCommand: CommandModule = {
  command: 'coordinator',
  describe: 'Train with workers that come from elsewhere',
  builder: (yargs) =>
    withConfig(withManySettings(yargs, [coordinatorOptions, jobSchema], ['listen', 'token'])).example([
      [
        'coordinator --listen 0.0.0.0:7070 --workers 3 --data pets',
        'waits for three workers, and prints the command that starts one',
      ],
      ['coordinator --tls-cert cert.pem --tls-key key.pem --listen 0.0.0.0:7070', 'over TLS'],
    ]),
  handler: async (argv) => {
    process.exitCode = await coordinate(argv);
  },
};

async function coordinate(argv: Argv0): Promise<number> {
  const asked = await readAsked(argv, coordinatorOptions, 'coordinator');
  const { workers, listen, quiet, json } = asked.options;
  const given = await tokenOf(asked.options);
  // Where others reach it there must be one. Where nothing is shown to people, nobody would learn of one that is made up.
  const madeUp = given === null && !isLoopback(hostAndPort(listen).host) && !quiet && !json;
  const token = madeUp ? randomBytes(24).toString('base64url') : given;
  return leadRun(asked, {
    token,
    // They stand still in a pause, and whoever pressed it has the token to end it.
    workersLiveOn: true,
    onListening: ({ url, isOver, pin }, screen) => {
      if (isOver) return null;
      const secret = token === null || madeUp ? '' : ', with the same GRADSOCKET_TOKEN';
      const variable = madeUp ? `GRADSOCKET_TOKEN=${token} ` : '';
      const [address = url, ...others] = reachableUrls(url);
      const join = joinCommand(address, trustIn(asked.options, pin));
      screen.note(`waiting for ${plural(workers, 'worker')}: ${variable}${join}${secret}`);
      if (others.length > 0) screen.tell('or', `--coordinator ${others.join(', ')}`);
      return null;
    },
  });
}
