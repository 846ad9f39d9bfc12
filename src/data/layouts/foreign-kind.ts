import { fileKind } from '../files/file-kind.ts';

/**
 * What `--data` was given instead of something that is read here, and what to do; continues `FILE is `. By its name where
 * that says more than the content does. Null: who knows.
 */
export function foreignKind(name: string, head: Uint8Array): string | null {
  const byName = NAMES.find(({ ends }) => ends.test(name));
  if (byName !== undefined) return `${byName.kind}, which is not read here: ${byName.advice}`;
  const kind = fileKind(head);
  if (kind === null) return null;
  return `${kind}, which --data does not take: ${ADVICE.find(({ of }) => of.test(kind))?.advice ?? PASS_FOLDER}`;
}

const UNPACK = 'unpack it, and pass the folder';
const WRITE_OUT = 'write its images out as files, into a folder for each class, and pass the folder above';
const PASS_FOLDER = 'pass the folder that holds a folder of images for each class';

const NAMES: readonly { readonly ends: RegExp; readonly kind: string; readonly advice: string }[] = [
  { ends: /\.rar$/i, kind: 'a RAR archive', advice: UNPACK },
  { ends: /\.7z$/i, kind: 'a 7z archive', advice: UNPACK },
  { ends: /\.(?:tar\.|t)(?:bz2?|xz|zst|lz4?)$/i, kind: 'a tar archive that gzip did not pack', advice: UNPACK },
  { ends: /\.tfrecords?(?:-\d+-of-\d+)?$/i, kind: 'a TFRecord file', advice: WRITE_OUT },
  { ends: /\.parquet$/i, kind: 'a Parquet file', advice: WRITE_OUT },
  { ends: /\.arrow$/i, kind: 'an Arrow file', advice: WRITE_OUT },
  { ends: /\.(?:h5|hdf5)$/i, kind: 'an HDF5 file', advice: WRITE_OUT },
  { ends: /\.np[yz]$/i, kind: 'a file of NumPy arrays', advice: WRITE_OUT },
  { ends: /\.mat$/i, kind: 'a MATLAB file', advice: WRITE_OUT },
  { ends: /\.(?:pkl|pickle)$/i, kind: 'a Python pickle', advice: WRITE_OUT },
  { ends: /\.pth?$/i, kind: 'a PyTorch file', advice: WRITE_OUT },
  {
    ends: /\.ya?ml$/i,
    kind: 'a YAML file, as Ultralytics has them for datasets',
    advice: 'pass the folder that holds a folder of images for each class',
  },
  { ends: /\.(?:lmdb|mdb)$/i, kind: 'an LMDB database', advice: WRITE_OUT },
  { ends: /\.(?:rec|idx)$/i, kind: 'a RecordIO file', advice: WRITE_OUT },
  {
    ends: /\.(?:csv|tsv|jsonl?|xlsx?)$/i,
    kind: 'a table',
    advice: 'pass the folder that holds its images, with it in there as a CSV file of a line of file,label for each',
  },
];

const ADVICE: readonly { readonly of: RegExp; readonly advice: string }[] = [
  { of: /archive|gzip|bzip2|xz|zstd/, advice: UNPACK },
  { of: /Parquet|Arrow|HDF5|NumPy|MATLAB|pickle|SQLite/, advice: WRITE_OUT },
  { of: /pointer|web page|zeros/, advice: 'fetch the file itself' },
  { of: /video/, advice: 'write its frames out as files, into a folder for each class, and pass the folder above' },
];
