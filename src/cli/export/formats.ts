import { join } from 'node:path';
import type { Network } from '../../shared/network/network.ts';
import { packageVersion } from '../../shared/version.ts';
import type { TrainedModel } from '../trained/model.ts';
import { shellWord } from '../../shared/shell-word.ts';
import { type Exported, FILES, type Format } from './exported.ts';
import type { OutputPlace } from './output-place.ts';

/** Each is loaded when it is wanted. Where the files will lie is for what is said of them. */
export const EXPORTERS: Readonly<Record<Format, (model: TrainedModel, place: OutputPlace) => Promise<Exported>>> = {
  tfjs: async (model, { folder }) => {
    const { tfjsFiles } = await import('./tfjs.ts');
    const { model: topology, weights } = tfjsFiles(model, packageVersion());
    const [binary, json] = FILES.tfjs;
    return {
      // The weights first: a model.json that is there can be loaded.
      files: [
        { name: binary, content: weights },
        { name: json, content: topology },
      ],
      lines: [
        `model     ${join(folder, json)}, with ${binary} beside it`,
        `input     pixels 0 to 255, [n, ${model.network.input.join(', ')}]; output: ${logitsText(model.network)}`,
        "load      await tf.loadLayersModel('.../model.json')",
      ],
    };
  },
  pytorch: async (model, { folder }) => {
    const { pytorchFile } = await import('./pytorch.ts');
    const { pytorchModule } = await import('./pytorch-module.ts');
    const [weights, module] = FILES.pytorch;
    return {
      files: [
        { name: weights, content: pytorchFile(model) },
        { name: module, content: pytorchModule(model.network, model.dataset) },
      ],
      lines: [
        `model     ${join(folder, weights)}, with ${module} beside it`,
        `input     pixels 0 to 1, [n, ${channelsFirst(model.network)}]; output: ${logitsText(model.network)}`,
        loadLine(folder, `from model import load; print(load("${weights}"))`, 'torch and safetensors'),
      ],
    };
  },
  onnx: async (model, { folder, file }) => {
    const { onnxFile } = await import('./onnx.ts');
    const name = file ?? FILES.onnx[0];
    return {
      files: [{ name, content: onnxFile(model, packageVersion()) }],
      lines: [
        `model     ${join(folder, name)}`,
        `input     pixels 0 to 255, [n, ${channelsFirst(model.network)}]; output: ${logitsText(model.network)}`,
        loadLine(
          folder,
          `from onnxruntime import InferenceSession; print(InferenceSession(${JSON.stringify(name)}).get_inputs()[0])`,
          'onnxruntime',
        ),
      ],
    };
  },
  keras: async (model, { folder, file }) => {
    const { kerasFile } = await import('./keras.ts');
    const name = file ?? FILES.keras[0];
    return {
      files: [{ name, content: kerasFile(model, packageVersion()) }],
      lines: [
        `model     ${join(folder, name)}`,
        `input     pixels 0 to 255, [n, ${model.network.input.join(', ')}]; output: ${logitsText(model.network)}`,
        loadLine(folder, `import keras; keras.saving.load_model(${JSON.stringify(name)}).summary()`, 'keras 3'),
      ],
    };
  },
  safetensors: async (model, { folder, file }) => {
    const { safetensorsFile } = await import('./safetensors.ts');
    const name = file ?? FILES.safetensors[0];
    return {
      files: [{ name, content: safetensorsFile(model) }],
      lines: [
        `model     ${join(folder, name)}`,
        loadLine(
          folder,
          `from safetensors.numpy import load_file; print(load_file(${JSON.stringify(name)}).keys())`,
          'safetensors and numpy',
        ),
      ],
    };
  },
};

function logitsText({ outputs, classes }: Network): string {
  return outputs === 1
    ? 'one logit, whose sigmoid is the probability of the second class'
    : `logits of ${classes} classes`;
}

/** Images of PyTorch and ONNX have their channels first. */
function channelsFirst({ input: [height, width, channels] }: Network): string {
  return [channels, height, width].join(', ');
}

/** A command that reads the file with another library. */
function loadLine(folder: string, program: string, needs: string): string {
  return `load      cd ${shellWord(folder)} && python -c ${shellWord(program)}  # needs ${needs}`;
}
