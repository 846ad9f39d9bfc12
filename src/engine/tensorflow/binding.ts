/**
 * What the engine uses of the N-API addon of @tensorflow/tfjs-node-gpu. Tensors are numbers until `deleteTensor`;
 * every call blocks.
 */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_STRING: number;
  isUsingGpuDevice(): boolean;
  /** Shares the memory of a typed array that starts at a multiple of 64 bytes, else copies it. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array | Int32Array): number;
  deleteTensor(tensor: number): void;
  /** A copy of the tensor's numbers. */
  tensorDataSync(tensor: number): Float32Array;
  /** Runs one operation. */
  executeOp(
    name: string,
    attributes: readonly { readonly name: string; readonly type: number; readonly value: unknown }[],
    inputs: readonly number[],
    outputs: number,
  ): readonly { readonly id: number }[];
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(model: number): void;
  /** Feeds and fetches are lists of `node:output`, joined by commas. */
  runSavedModel(
    model: number,
    feeds: readonly number[],
    feedNames: string,
    fetchNames: string,
  ): readonly { readonly id: number }[];
  getNumOfTensors(): number;
}
