import { expect, it } from 'vitest';
import { Alarm } from '../../src/coordinator/alarm.ts';

it('what breaks before anybody can act on it is told as soon as somebody can, and only the first of it', () => {
  const alarm = new Alarm();
  alarm.ring('disk full');
  alarm.ring('and again');
  const heard: unknown[] = [];
  alarm.answer((error) => heard.push(error));
  expect(heard).toEqual(['disk full']);
  alarm.ring('later');
  expect(heard).toEqual(['disk full', 'later']);
});

it('silence is told to nobody, but an error of no value is', () => {
  const quiet = new Alarm();
  quiet.answer(() => expect.fail('nothing rang'));
  const alarm = new Alarm();
  alarm.ring(undefined);
  const heard: unknown[] = [];
  alarm.answer((error) => heard.push(error));
  expect(heard).toEqual([undefined]);
});
