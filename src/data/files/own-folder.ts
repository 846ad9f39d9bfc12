import type { FolderListing } from './folder.ts';

/** What a folder is that gradsocket itself made. */
export type OwnFolder = 'run' | 'sweep' | 'export';

const OF_RUN = ['metrics.jsonl', 'ledger.jsonl', 'summary.json', 'checkpoints', 'logs'];
/** What `export` writes. */
const OF_EXPORT = new Set([
  'model.json',
  'weights.bin',
  'model.safetensors',
  'model.py',
  'model.onnx',
  'model.keras',
  'weights.safetensors',
]);
/** What a run keeps in folders. */
const PARTS_OF_RUN = new Set(['checkpoints', 'logs']);

/** Recognises folders of runs, sweeps and exports: where a data folder is also where the command runs, they come to lie in it. */
export function ownFolder({ files, folders }: Pick<FolderListing, 'files' | 'folders'>): OwnFolder | null {
  if (files.includes('sweep.yaml') && folders.includes('runs')) return 'sweep';
  const isRun = files.includes('job.yaml') && OF_RUN.some((name) => files.includes(name) || folders.includes(name));
  if (isRun) return 'run';
  const isExport = files.length > 0 && folders.length === 0 && files.every((name) => OF_EXPORT.has(name));
  return isExport ? 'export' : null;
}

/** Whether a folder below one of these is its own. */
export function isPartOf(own: OwnFolder, name: string): boolean {
  switch (own) {
    case 'run':
      return PARTS_OF_RUN.has(name);
    case 'sweep':
      return name === 'runs';
    case 'export':
      return false;
  }
}
