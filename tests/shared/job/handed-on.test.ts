import { describe, expect, it } from 'vitest';
import { handedOnJob, handedOnText } from '../../../src/shared/job/handed-on.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const job = jobSchema.parse({ data: '/home/kim/my pets', weights: 'nets/r18.safetensors', classWeights: '2,1' });

describe('what is handed on', () => {
  it('is a job that names its files, and not where they lie', () => {
    expect(handedOnJob(job)).toEqual({ ...job, data: 'my pets', weights: 'r18.safetensors' });
    expect(handedOnJob(jobSchema.parse({})).data).toBe('digits');
  });

  it('is a sentence or a command without the folders above its files', () => {
    expect(handedOnText("launch --data '/home/kim/my pets' --lr 0.1", job)).toBe("launch --data 'my pets' --lr 0.1");
    const gone = '/home/kim/my pets/cat.1.jpg and /home/kim/run/job.yaml are gone.';
    expect(handedOnText(gone, job, ['/home/kim/run'])).toBe('my pets/cat.1.jpg and run/job.yaml are gone.');
    // The longest first: a folder may lie in another.
    expect(handedOnText('/a/b/c/d', job, ['/a/b', '/a/b/c'])).toBe('c/d');
  });
});
