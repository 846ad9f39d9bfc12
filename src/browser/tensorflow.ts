/** Of TensorFlow.js what is used here, so that no version of it is asked for. */
export interface TensorflowJs {
  loadLayersModel(source: string | ModelHandler): Promise<LayersModel>;
  tensor(values: Float32Array, shape: number[]): Tensor;
}

export interface Tensor {
  data(): Promise<ArrayLike<number>>;
  dispose(): void;
}

export interface LayersModel {
  predict(input: never): unknown;
  getUserDefinedMetadata(): object | undefined;
  dispose(): unknown;
}

/** An `IOHandler` of TensorFlow.js. */
export interface ModelHandler {
  load(): Promise<{
    modelTopology: object;
    weightSpecs: never[];
    weightData: ArrayBuffer;
    userDefinedMetadata: Record<string, never>;
  }>;
}
