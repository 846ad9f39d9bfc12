import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { confusionPicture } from '../../../src/cli/report/confusion-picture.ts';
import { metricsCsv } from '../../../src/cli/report/metrics-csv.ts';
import { runReport } from '../../../src/cli/report/page.ts';
import { plot } from '../../../src/cli/report/plot.ts';
import { plotsOf } from '../../../src/cli/report/plots.ts';
import { withoutFolders } from '../../../src/cli/report/without-folders.ts';
import type { ShownRun } from '../../../src/coordinator/view/view.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { stepLine, TIME, viewSource } from '../../coordinator/view/view-source.ts';

/** A run of 30 steps with a name that is HTML. */
function reported() {
  const { source } = viewSource(30);
  const evaluations = [{ step: 30, loss: 0.5, accuracy: 0.75 }];
  const job = jobSchema.parse({ microbatches: 4, momentum: 0.5 });
  const dataset = { name: '<pets>', digest: '', classes: ['cat', 'dog'], trainSamples: 40, validationSamples: 10 };
  const run = {
    ...source.run,
    state: 'finished',
    job,
    dataset,
    evaluations,
    steps: 30,
    loss: 0.1,
    imagesPerSecond: 50,
    summary: null,
  };
  return { ...source, run: run as unknown as ShownRun };
}

describe('the plots of a report', () => {
  it('are pictures of their own that need no style sheet, and become pixels', async () => {
    const plots = plotsOf(reported());
    expect(plots.map(({ name }) => name)).toEqual([
      'loss',
      'loss-log',
      'accuracy',
      'learning-rate',
      'gradient-norm',
      'throughput',
    ]);
    const titles = plots.map(({ svg }) => / font-weight="bold"[^>]*>([^<]+)</.exec(svg.text)![1]);
    expect(new Set(titles).size).toBe(plots.length);
    for (const { svg } of plots) {
      expect(svg.text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      expect(svg.text).not.toMatch(/class=|NaN|undefined|Infinity/);
    }
    const { width, height } = await sharp(Buffer.from(plots[0]!.svg.text)).metadata();
    expect([width, height]).toEqual([760, 380]);
  });

  it('have a gap where a loss is no number, and nothing to draw where none is one', () => {
    const points = [1, 2, Number.NaN, 4, 5].map((value, index) => ({ step: index + 1, value }));
    const svg = plot({ title: 'Loss', axis: 'loss', lines: [{ name: 'training', points, marked: false }] })!.text;
    expect(svg.match(/<path d="M[^"]+" fill="none" stroke="#0072b2"/g)).toHaveLength(2);
    const one = [2, Number.NaN].map((value, index) => ({ step: index + 1, value }));
    const alone = plot({
      title: 'Loss',
      axis: 'loss',
      lines: [{ name: 'training', points: one, marked: false }],
    })!.text;
    expect(alone).toMatch(/<circle/);
    const none = [{ step: 1, value: Number.NaN }];
    expect(
      plot({ title: 'Loss', axis: 'loss', lines: [{ name: 'training', points: none, marked: false }] }),
    ).toBeNull();
  });
});

it('a run that went to infinity, without validation, has a plot that says what it leaves out, and names what it shows', () => {
  const { source, history } = viewSource(60);
  for (let step = 61; step <= 64; step++) history.add(stepLine(step, 10 ** step));
  history.add(stepLine(65, Number.NaN));
  const run = { ...reported().run, evaluations: [] };
  const [loss] = plotsOf({ ...source, run });
  expect(loss!.svg.text).toContain('>Loss, without its spikes<');
  expect(loss!.svg.text).toContain('>training<');
  expect(loss!.svg.text).not.toContain('>validation<');
  // Each point stands for one step: there is no band around them, also where it is no number.
  expect(loss!.svg.text).not.toContain('opacity="0.18"');
});

it('a class may be called what no picture can have', () => {
  const svg = confusionPicture([[1]], ['a\u0001\u001B[2J'])!.text;
  expect(svg).toContain('a\\u0001\\u001B[2J');
});

describe('a report', () => {
  it('is one page that asks for nothing, says what was measured, and shows names as text', () => {
    const source = reported();
    const html = runReport({
      source,
      plots: plotsOf(source),
      evaluation: 'Not measured: the data has gone.',
      now: new Date(TIME),
    });
    expect(html).toContain('&lt;pets&gt;: 40 training images, 10 for validation');
    expect(html).toContain('<b>75.0 %</b><span>best validation accuracy</span>');
    expect(html).toContain('Not measured: the data has gone.');
    expect(html).not.toMatch(/<script|src=|href=|@import/);
    // As it is by default: what goes with sgd and a batch of 64.
    expect(html).toContain('<tr class="out"><td>microbatches</td><td class="name">4</td></tr>');
    expect(html).toContain('<tr class=""><td>momentum</td><td class="name">0.5</td></tr>');
    // A frame that two plots share would cut off one of them.
    const ids = [...html.matchAll(/id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('names files and folders without where they lie', () => {
    const { run, ...rest } = reported();
    const job = {
      ...run.job,
      data: '/home/ann/my pets',
      weights: '/mnt/ann/resnet18.safetensors',
      classWeights: '0.5,2',
    };
    const dataset = { ...run.dataset, name: '/home/ann/my pets' };
    const command =
      "npx gradsocket launch --data '/home/ann/my pets' --weights /mnt/ann/resnet18.safetensors --workers 2";
    const shown = (evaluation: Parameters<typeof withoutFolders>[1]) =>
      runReport({
        ...withoutFolders(
          { ...rest, run: { ...run, job, dataset }, commands: { run: command, join: null } },
          evaluation,
          '/home/ann/run',
        ),
        plots: [],
        now: new Date(TIME),
      });
    const html = shown('Not measured: /home/ann/my pets does not exist.');
    expect(html).not.toMatch(/home|mnt/);
    expect(html).toContain('Not measured: my pets does not exist.');
    expect(shown('Not measured: /home/ann/run/checkpoints is empty.')).toContain('Not measured: run/checkpoints is');
    expect(html).toContain('<td class="name">resnet18.safetensors</td>');
    expect(html).toContain('<td class="name">0.5,2</td>');
    expect(html).toContain("launch --data 'my pets' --weights resnet18.safetensors --workers 2");
    const measured = { step: 3, samples: 4, split: 'validation', accuracy: 1, loss: 0, scores: [], picture: null };
    const mean = { precision: 1, recall: 1, f1: 1 };
    expect(
      shown({ ...measured, mean, checkpoint: '/home/ann/runs/pets/checkpoints/step-00000003.safetensors' }),
    ).toContain('(step-00000003.safetensors)');
  });

  it('has its tables in frames that scroll: a name or a phone may be too wide, or too narrow', () => {
    const scores = [{ name: 'x'.repeat(200), precision: 1, recall: 1, f1: 1, support: 4 }];
    const mean = { precision: 1, recall: 1, f1: 1 };
    const about = { checkpoint: 'a', step: 3, samples: 4, split: 'validation', accuracy: 1, loss: 0, picture: null };
    const html = runReport({
      source: reported(),
      plots: [],
      evaluation: { ...about, scores, mean },
      now: new Date(TIME),
    });
    expect(html).toContain('<div class="scroll"><table><thead><tr><th>class</th>');
    expect(html).toContain(`<td class="name">${'x'.repeat(200)}</td>`);
  });

  it('has all figures as a table, in which what is no number is empty', () => {
    const evaluation = {
      type: 'evaluation',
      time: TIME,
      step: 1,
      epoch: 0,
      loss: 2,
      accuracy: 0.5,
      samples: 9,
    } as const;
    expect(metricsCsv([stepLine(1, Number.NaN), evaluation]).split('\r\n')).toEqual([
      'type,time,step,epoch,loss,accuracy,samples,learning_rate,gradient_norm,images_per_second,seconds',
      `step,${TIME},1,0,,0.5,10,0.1,1,50,0.2`,
      `evaluation,${TIME},1,0,2,0.5,9,,,,`,
      '',
    ]);
  });

  it('shows what was taken for what, unless there are more classes than can be read', () => {
    const matrix = [
      [3, 1],
      [0, 0],
    ];
    const svg = confusionPicture(matrix, ['cat', '<dog>'])!.text;
    expect(svg).toContain('cat taken for &lt;dog&gt;: 1');
    expect(svg).not.toContain('NaN');
    // Names of wide characters have the room that they need: seventeen and a dot, twelve pixels each.
    const wide = confusionPicture(matrix, ['猫'.repeat(30), 'dog'])!.text;
    expect(Number(/text x="([\d.]+)"[^>]*text-anchor="end">猫/.exec(wide)![1])).toBeGreaterThan(17 * 12);
    expect(
      confusionPicture(
        [],
        Array.from({ length: 41 }, (_, n) => `${n}`),
      ),
    ).toBeNull();
  });
});
