import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../../src/cli/command/settings.ts';
import { resumeCommandOf } from '../../../src/cli/run/resume-command.ts';
import { coordinatorOptions, launchOptions } from '../../../src/shared/job/options.ts';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';

function launched(
  flags: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string>> = {},
): string {
  const settings = settingsOf({ schema: launchOptions, argv: flags, environment, config: null });
  return resumeCommandOf({ command: 'launch', schema: launchOptions, settings, flag: 'run-dir', dir: 'runs/a' });
}

describe('the command that goes on with a run', () => {
  it('is short where nothing was said', () => {
    expect(launched({})).toBe('npx gradsocket launch --resume --run-dir runs/a');
  });

  it('has the workers, address and certificates that were given, wherever they were given', () => {
    const config = parseConfig('max-workers: 8\nstall-seconds: 60\n', 'job.yaml', fieldsOf(coordinatorOptions));
    const settings = settingsOf({
      schema: coordinatorOptions,
      argv: { listen: '[::]:7070', workers: '4', 'tls-cert': "/etc/it's mine/cert.pem", 'tls-key': '/etc/key.pem' },
      environment: { GRADSOCKET_MIN_WORKERS: '2' },
      config,
    });
    const asked = { command: 'coordinator', schema: coordinatorOptions, settings, flag: 'run-dir' } as const;
    expect(resumeCommandOf({ ...asked, dir: '/my runs/a' })).toBe(
      "npx gradsocket coordinator --resume --run-dir '/my runs/a' --workers 4 --min-workers 2 --max-workers 8 " +
        "--tls-cert '/etc/it'\\''s mine/cert.pem' --tls-key /etc/key.pem --stall-seconds 60 --listen '[::]:7070'",
    );
  });

  it('names the secret and does not write it', () => {
    const secret = 'correct-horse-battery';
    for (const command of [launched({ token: secret }), launched({}, { GRADSOCKET_TOKEN: secret })]) {
      expect(command).not.toContain(secret);
      expect(command).toMatch(/ --token "\$GRADSOCKET_TOKEN"$/);
    }
  });

  it('repeats neither the faults of a rehearsal nor what it goes on with', () => {
    const once = { resume: 'auto', 'run-dir': 'runs/a', chaos: 'random:seed=1,every=5s', trace: 'trace.json' };
    expect(launched({ ...once, quiet: true, 'min-workers': '' })).toBe(
      "npx gradsocket launch --resume --run-dir runs/a --min-workers '' --quiet",
    );
  });
});
