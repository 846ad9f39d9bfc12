import type { z } from 'zod';
import type { TensorFile } from '../../shared/checkpoint/safetensors.ts';
import type { Preprocessing } from '../../shared/job/preprocessing.ts';
import { datasetDescription } from '../../shared/protocol/shared.ts';
import { isOurs } from './load.ts';
import { readTensorFile } from './tensor-file.ts';
import { flagName } from '../../shared/job/flag-name.ts';

/** What a job says about its images that given weights have a say in. */
export type PreparedBy = Preprocessing & { readonly imageSize: number | null };

export interface Prepared {
  readonly preprocessing: Preprocessing;
  /** For people, what was decided for them; null: nothing. */
  readonly notice: string | null;
}

/** What our exports and checkpoints say about the images that their weights were trained on. */
const trainedOn = datasetDescription.pick({ mean: true, deviation: true, decoding: true, imageShape: true });
type TrainedOn = z.infer<typeof trainedOn>;

/** torchvision's ImageNet weights are measured on images whose shorter side is 256, of which the middle 224x224 is taken. */
const SHORTER = 256;
const SIDE = 224;

/**
 * Settings that nobody made, as the file of --weights needs them: a network sees what it was trained on only where
 * images are prepared alike. Our own files say how; ResNets with the large stem in PyTorch's layout are ImageNet's.
 */
export function preparedFor(bytes: Uint8Array, file: string, asked: PreparedBy): Prepared {
  const { tensors, metadata } = readTensorFile(bytes, file);
  const [stem] = [...tensors.values()]
    .filter(({ name, shape }) => /(^|\.)conv1\.weight$/.test(name) && shape.length === 4)
    .toSorted((a, b) => a.name.length - b.name.length);
  const channels = stem?.shape[isOurs(metadata) ? 2 : 1];
  const own = trainedOnOf(metadata);
  const isImageNet = own === null && channels === 3 && !isOurs(metadata) && stem?.shape[2] === 7;
  const wanted = own === null ? (isImageNet ? imagenet(asked) : null) : asBefore(own, asked);
  const colour = asked.colour === 'auto' && channels === 3 ? 'rgb' : asked.colour;
  return {
    preprocessing: {
      colour,
      resize: asked.resize ?? wanted?.resize ?? null,
      interpolation: asked.interpolation ?? wanted?.interpolation ?? null,
      colourProfile: asked.colourProfile ?? wanted?.colourProfile ?? null,
      normalise: asked.normalise ?? wanted?.normalise ?? null,
    },
    notice: wanted === null ? null : noticeOf(file, asked, wanted),
  };
}

type Wanted = Omit<Preprocessing, 'colour'>;

function imagenet({ imageSize }: PreparedBy): Wanted {
  const side = imageSize ?? SIDE;
  return {
    resize: `${Math.round((side * SHORTER) / SIDE)}:${side}`,
    interpolation: 'bilinear',
    colourProfile: 'ignore',
    normalise: 'imagenet',
  };
}

function asBefore({ mean, deviation, decoding, imageShape }: TrainedOn, { imageSize }: PreparedBy): Wanted {
  const normalise = [...mean, ...deviation].join(',');
  if (decoding === undefined) return { resize: null, interpolation: null, colourProfile: null, normalise };
  const { resize, interpolation, colourProfile } = decoding;
  const [theirs] = imageShape;
  const side = imageSize ?? theirs;
  const same = typeof resize === 'number' ? `${Math.round((side * resize) / theirs)}:${side}` : resize;
  return { resize: same, interpolation, colourProfile, normalise };
}

const DECIDED = ['resize', 'interpolation', 'colourProfile', 'normalise'] as const;

/** Also where settings that differ were made: they may come with the job.yaml of a run that began with another file. */
function noticeOf(file: string, asked: PreparedBy, wanted: Wanted): string | null {
  const flag = (key: (typeof DECIDED)[number], value: string): string => `--${flagName(key)} ${shortened(value)}`;
  const decided: string[] = [];
  const kept: string[] = [];
  for (const key of DECIDED) {
    const there = wanted[key];
    const here = asked[key];
    if (there === null || here === there) continue;
    if (here === null) decided.push(flag(key, there));
    else kept.push(`${flag(key, here)} (there ${shortened(there)})`);
  }
  const sentences: string[] = [];
  if (decided.length > 0) {
    sentences.push(
      `Images are prepared as those that ${file} was trained on: ${decided.join(' ')}. These flags say otherwise.`,
    );
  }
  if (kept.length > 0) {
    sentences.push(
      `Not as those that ${file} was trained on, but as asked: ${kept.join(', ')}. Leave a setting out to have it as there.`,
    );
  }
  return sentences.length === 0 ? null : sentences.join(' ');
}

/** Means of a dataset have many digits. */
function shortened(value: string): string {
  return value.replaceAll(/(\.\d{4})\d+/g, '$1');
}

/** Null: the file does not say. */
function trainedOnOf(metadata: TensorFile['metadata']): TrainedOn | null {
  const { dataset, ...named } = metadata;
  try {
    const value: unknown = dataset === undefined ? parsed(named) : JSON.parse(dataset);
    return trainedOn.parse(value);
  } catch {
    return null;
  }
}

/** `export --format pytorch` writes each by itself. */
function parsed({ mean, deviation, decoding, imageShape }: TensorFile['metadata']): unknown {
  const values = { mean, deviation, decoding, imageShape };
  const given = Object.entries(values).filter(([, text]) => text !== undefined);
  return Object.fromEntries(given.map(([name, text]) => [name, JSON.parse(text!) as unknown]));
}
