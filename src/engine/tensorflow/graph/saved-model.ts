import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphWriter } from './graph.ts';
import { ProtobufWriter } from '../../../shared/protobuf/writer.ts';
import { temporaryFolder } from '../../../shared/temporary-folder.ts';

/** The tag under which a graph is written and loaded. */
export const SERVE_TAG = 'serve';

/** tensorflow.SavedModel with one MetaGraphDef: a graph and its tag; no signature, the graph's names are enough. */
export function encodeSavedModel(graph: GraphWriter): Uint8Array {
  const information = new ProtobufWriter().text(4, SERVE_TAG);
  const metaGraph = new ProtobufWriter().message(1, information).message(2, graph.finish());
  return new ProtobufWriter().integer(1, 1).message(2, metaGraph).finish();
}

/** TensorFlow loads a SavedModel from a folder: this one lives as long as `use` runs. */
export async function withSavedModel<T>(graph: GraphWriter, use: (folder: string) => T): Promise<T> {
  const folder = await temporaryFolder('graph');
  try {
    await writeFile(join(folder, 'saved_model.pb'), encodeSavedModel(graph));
    return use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
