/** A model in the form of some other program. */
export interface Exported {
  /** In the order in which they are written: what names others comes after them. */
  readonly files: readonly ExportedFile[];
  /** What is said of them, for people. */
  readonly lines: readonly string[];
}

interface ExportedFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** What each format writes. All may lie in one folder: no two write the same file. */
export const FILES = {
  tfjs: ['weights.bin', 'model.json'],
  pytorch: ['model.safetensors', 'model.py'],
  onnx: ['model.onnx'],
  keras: ['model.keras'],
  safetensors: ['weights.safetensors'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Format = keyof typeof FILES;

export const FORMATS = Object.keys(FILES) as [Format, ...Format[]];
