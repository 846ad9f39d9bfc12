import type { FolderListing } from './folder.ts';

/** What a folder is that gradsocket itself made. */
export type OwnFolder = 'run' | 'sweep';

const OF_RUN = ['metrics.jsonl', 'ledger.jsonl', 'summary.json', 'checkpoints', 'logs'];
/** What a run keeps in folders. */
const PARTS_OF_RUN = new Set(['checkpoints', 'logs']);

/** Recognises run folders and sweep folders: where a data folder is also where the command runs, they come to lie in it. */
export function ownFolder({ files, folders }: Pick<FolderListing, 'files' | 'folders'>): OwnFolder | null {
  if (files.includes('sweep.yaml') && folders.includes('runs')) return 'sweep';
  const isRun = files.includes('job.yaml') && OF_RUN.some((name) => files.includes(name) || folders.includes(name));
  return isRun ? 'run' : null;
}

/** Whether a folder below a run's or a sweep's is its own. */
export function isPartOf(own: OwnFolder, name: string): boolean {
  return own === 'sweep' ? name === 'runs' : PARTS_OF_RUN.has(name);
}
