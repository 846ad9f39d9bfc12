import { expect, it } from 'vitest';
import { unknownVariables } from '../../../src/cli/command/variables.ts';

const settings = () => ['lr', 'batch', 'batch-norm', 'listen', 'token', 'coordinator', 'min-workers'];

it.each([
  ['GRADSOCKET_BACTH', 'GRADSOCKET_BATCH'],
  ['GRADSOCKET_MINWORKERS', 'GRADSOCKET_MIN_WORKERS'],
  ['GRADSOCKET_MIN-WORKERS', 'GRADSOCKET_MIN_WORKERS'],
  ['GRADSOCKET_lr', 'GRADSOCKET_LR'],
  ['gradsocket_batch', 'GRADSOCKET_BATCH'],
  ['GRADSOCKET_TOKN', 'GRADSOCKET_TOKEN'],
  ['GRADSOCKET_CHACHE', 'GRADSOCKET_CACHE'],
])('%s is named, with %s as what was meant, and its value is not', (name, meant) => {
  const [sentence, ...more] = unknownVariables({ [name]: 'a-secret' }, settings);
  expect(sentence).toBe(`${name} is no setting and has no effect. Did you mean ${meant}?`);
  expect(more).toEqual([]);
});

it('one that is like none is sent to the list', () => {
  expect(unknownVariables({ GRADSOCKET_XYZZY_PLUGH: '1', GRADSOCKET_PORT: '7070' }, settings)).toEqual([
    'GRADSOCKET_XYZZY_PLUGH is no setting and has no effect. docs/flags.md lists those that there are.',
    'GRADSOCKET_PORT is no setting and has no effect. docs/flags.md lists those that there are.',
  ]);
});

it('what Kubernetes tells of services is nothing to speak of', () => {
  const service = (name: string, port: number) => ({
    [`${name}_SERVICE_HOST`]: '10.96.0.7',
    [`${name}_SERVICE_PORT`]: String(port),
    [`${name}_SERVICE_PORT_CONTROL_PLANE`]: String(port),
    [`${name}_PORT`]: `tcp://10.96.0.7:${port}`,
    [`${name}_PORT_${port}_TCP`]: `tcp://10.96.0.7:${port}`,
    [`${name}_PORT_${port}_TCP_PROTO`]: 'tcp',
    [`${name}_PORT_${port}_TCP_PORT`]: String(port),
    [`${name}_PORT_${port}_TCP_ADDR`]: '10.96.0.7',
    [`${name}_PORT_53_UDP`]: 'udp://10.96.0.7:53',
  });
  const injected = { ...service('GRADSOCKET', 7000), ...service('GRADSOCKET_COORDINATOR', 7070) };
  const never = () => expect.fail('there is nothing to look up');
  expect(unknownVariables(injected, never)).toEqual([]);
});

it('settings of whatever command, and variables beside the settings, are well', () => {
  const environment = { GRADSOCKET_LR: '1', GRADSOCKET_CACHE: '/c', GRADSOCKET_FAULT: 'x', PATH: '/bin' };
  expect(unknownVariables(environment, settings)).toEqual([]);
});
