import type { CommandModule } from 'yargs';
import { EXIT } from '../shared/errors.ts';
import { coordinatorOptions } from '../shared/job/options.ts';
import { jobSchema } from '../shared/job/schema.ts';
import { printFailure } from './failure.ts';
import { readAsked } from './run/asked.ts';
import { beginRun } from './run/begin.ts';
import { onInterrupt } from './run/interrupts.ts';
import { COMMAND, exampleImage } from './self.ts';
import { type Argv0, withSettings } from './settings.ts';
import { resultLines } from './ui/result.ts';
import { createScreen } from './ui/screen.ts';

export const coordinatorCommand: CommandModule = {
  command: 'coordinator',
  describe: 'Train with workers that come from elsewhere',
  builder: (yargs) =>
    withSettings(withSettings(yargs, 'The run:', coordinatorOptions), 'The job:', jobSchema).option('config', {
      type: 'string',
      describe: 'YAML file of settings, in the words of the flags',
    }),
  handler: async (argv) => {
    process.exitCode = await coordinate(argv);
  },
};

async function coordinate(argv: Argv0): Promise<number> {
  const asked = await readAsked(argv, coordinatorOptions);
  const { quiet, json, token, workers } = asked.options;
  const screen = createScreen({ out: process.stdout, quiet, json, now: Date.now });
  const atOnce = (): never => {
    screen.clear();
    process.exit(EXIT.interrupted);
  };
  // Until there is a coordinator, nothing has begun that would have to be finished in order.
  let interrupt: (reason: string) => void = atOnce;
  const release = onInterrupt({ gently: (reason) => interrupt(reason), atOnce });
  try {
    const coordinator = await beginRun(asked, token, (event) => {
      screen.show(event);
      if (event.type === 'failed') {
        screen.clear();
        printFailure(event.message);
      }
    });
    interrupt = (reason) => coordinator.interrupt(reason);
    try {
      screen.say([`waiting   for ${workers} of: ${COMMAND} worker --coordinator ${coordinator.url}`]);
      const { exitCode, summary } = await coordinator.finished;
      if (summary !== null) {
        const context = { runDir: asked.runDir, command: COMMAND, example: exampleImage(asked.job.data) };
        screen.say(resultLines(summary, context));
      }
      return exitCode;
    } finally {
      await coordinator.close();
    }
  } finally {
    release();
    screen.clear();
  }
}
