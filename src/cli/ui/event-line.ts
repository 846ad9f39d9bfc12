import type { RunEvent } from '../../coordinator/progress/events.ts';
import { plural } from '../../shared/plural.ts';

/** A line that stays: what it is about, and what is said of it. */
export interface EventLine {
  readonly tone: 'plain' | 'good' | 'bad';
  readonly about: string;
  readonly text: string;
}

/** What a person at a terminal reads about an event; null: nothing, it shows in the live line or at the end. */
export function eventLine(event: RunEvent): EventLine | null {
  switch (event.type) {
    case 'dataset': {
      const { train, validation, classes, skipped, mixup } = event;
      const left = skipped === 0 ? '' : `, ${plural(skipped, 'image')} skipped`;
      const mixed = mixup === undefined ? '' : `; training loss and accuracy are of mixed images (--mixup ${mixup})`;
      const text = `${event.name}: ${plural(train, 'training image')}, ${validation.toLocaleString('en')} for validation, ${plural(classes, 'class')}${left}${mixed}`;
      return { tone: 'plain', about: 'data', text };
    }
    case 'resumed': {
      const changed = event.changed === null ? '' : `; from here on ${event.changed}`;
      return { tone: 'plain', about: 'resumed', text: `after step ${event.step}, from ${event.file}${changed}` };
    }
    case 'workerJoined': {
      const text = `${event.engine} on ${event.device}, ${plural(event.threads, 'thread')}`;
      return { tone: 'plain', about: event.worker, text };
    }
    case 'workerLost':
      return { tone: 'bad', about: event.worker, text: `lost: ${event.reason}` };
    case 'workerAway':
      return { tone: 'bad', about: event.worker, text: `connection lost: ${event.reason}` };
    case 'workerBack':
      return { tone: 'good', about: event.worker, text: 'connected again' };
    case 'workerLeaving':
      return { tone: 'plain', about: event.worker, text: 'asked to leave, after the running step' };
    case 'workerLeft':
      return { tone: 'plain', about: event.worker, text: `left: ${event.reason}` };
    case 'workerHealed':
      return { tone: 'good', about: event.worker, text: `holds step ${event.step}, from ${event.source}` };
    case 'generation':
      // The first one is no news; later ones mean that workers came or went.
      if (event.generation <= 1) return null;
      return {
        tone: 'plain',
        about: 'workers',
        text: `${plural(event.workers, 'worker')} ${event.workers === 1 ? 'goes' : 'go'} on at step ${event.step}: ${event.why}`,
      };
    case 'warning':
      return { tone: 'bad', about: 'warning', text: event.message };
    case 'paused':
      return { tone: 'plain', about: 'paused', text: 'all stand still after the running step' };
    case 'unpaused':
      return { tone: 'plain', about: 'going on', text: 'the pause is over' };
    case 'stopping':
      return { tone: 'plain', about: 'stopping', text: event.reason };
    case 'listening':
      return event.metrics === undefined ? null : { tone: 'plain', about: 'metrics', text: event.metrics };
    case 'step':
    case 'workerStep':
    // In the line of its epoch.
    case 'evaluation':
    case 'checkpoint':
    case 'finished':
    case 'failed':
      return null;
  }
}
