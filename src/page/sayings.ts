import type { TellingEvent } from '../coordinator/progress/chronicle.ts';
import { plural } from '../shared/plural.ts';

export interface Saying {
  readonly tone: 'plain' | 'good' | 'bad';
  readonly text: string;
}

/** What a person reads about an event. */
export function sayingOf(event: TellingEvent): Saying {
  switch (event.type) {
    case 'resumed':
      return { tone: 'plain', text: `the run goes on after step ${event.step}, from ${event.file}` };
    case 'workerJoined':
      return { tone: 'good', text: `${event.worker} joined: ${event.engine} on ${event.device}` };
    case 'workerLost':
      return { tone: 'bad', text: `${event.worker} was lost: ${event.reason}` };
    case 'workerAway':
      return { tone: 'bad', text: `${event.worker} is away: ${event.reason}` };
    case 'workerBack':
      return { tone: 'good', text: `${event.worker} is back` };
    case 'workerLeaving':
      return { tone: 'plain', text: `${event.worker} wants to leave` };
    case 'workerLeft':
      return { tone: 'plain', text: `${event.worker} left: ${event.reason}` };
    case 'workerHealed':
      return { tone: 'good', text: `${event.worker} holds step ${event.step}, from ${event.source}` };
    case 'generation':
      return { tone: 'plain', text: `${togetherText(event.workers)} from step ${event.step}: ${event.why}` };
    case 'warning':
      return { tone: 'bad', text: event.message };
    case 'paused':
      return { tone: 'plain', text: 'paused: all stand still after the running step' };
    case 'unpaused':
      return { tone: 'plain', text: 'the pause is over' };
    case 'stopping':
      return { tone: 'plain', text: `stopping: ${event.reason}` };
    case 'failed':
      return { tone: 'bad', text: event.message };
  }
}

function togetherText(workers: number): string {
  return workers === 1 ? '1 worker trains alone' : `${plural(workers, 'worker')} train together`;
}
