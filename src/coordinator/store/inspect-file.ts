import type { Inspection } from '../../shared/protocol/inspection.ts';
import { inspectionsIn, thinned } from '../progress/inspections.ts';
import type { AppendOptions } from './append-file.ts';
import { LineFile } from './line-file.ts';

/** inspect.jsonl: a line for each look inside the network, and what pages show of them. A run that nobody looks into has none. */
export class InspectFile {
  readonly #file: LineFile | null;
  #kept: readonly Inspection[];

  private constructor(file: LineFile | null, kept: readonly Inspection[]) {
    this.#file = file;
    this.#kept = thinned(kept);
  }

  /** `steps`: on record. Looks at later ones go: those are computed again, and looked into again. */
  static async open(path: string, steps: number, options: AppendOptions): Promise<InspectFile> {
    const { file, lines } = await LineFile.open(path, isOfFirst(steps), options);
    return new InspectFile(file, inspectionsIn(lines));
  }

  static none(): InspectFile {
    return new InspectFile(null, []);
  }

  /** By step, thinned out evenly. */
  get inspections(): readonly Inspection[] {
    return this.#kept;
  }

  /** `time`: ISO 8601. */
  add(inspection: Inspection, time: string): void {
    this.#file?.append({ type: 'inspection', time, ...inspection });
    this.#kept = thinned([...this.#kept.filter(({ step }) => step < inspection.step), inspection]);
  }

  async rewind(steps: number): Promise<void> {
    this.#kept = this.#kept.filter(({ step }) => step <= steps);
    await this.#file?.cut(isOfFirst(steps));
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

function isOfFirst(steps: number): (line: unknown) => boolean {
  return (line) => {
    const [inspection] = inspectionsIn([line]);
    return inspection !== undefined && inspection.step <= steps;
  };
}
