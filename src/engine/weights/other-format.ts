import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Turns what torch.save wrote (a state dict, one inside a checkpoint, or one of Lightning's) into safetensors. */
const FROM_PYTORCH =
  'c = torch.load(sys.argv[1], map_location="cpu", weights_only=True); ' +
  'c = next((c[k] for k in ("state_dict", "model_state_dict", "model", "net") if k in c), c); ' +
  'save_file({k: v.clone().contiguous() for k, v in c.items() if torch.is_tensor(v)}, sys.argv[2])';

const FROM_ONNX =
  'save_file({t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(sys.argv[1]).graph.initializer}, sys.argv[2])';

/** One line for a shell. */
function command(imports: string, program: string, file: string): string {
  const word = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return `python -c ${word(`import sys, ${imports}; ${program}`)} ${word(file)} weights.safetensors`;
}

/** Files of weights that are no safetensors, by their first bytes or, where those say nothing, by their name; null: none of them. */
export function otherFormat(bytes: Uint8Array, file: string): GradsocketError | null {
  const refusal = (code: string, what: string, advice: string): GradsocketError =>
    new GradsocketError(code, EXIT.configuration, `--weights ${file} ${what}; safetensors are needed. ${advice}`);
  const startsWith = (text: string, at = 0): boolean =>
    Buffer.from(bytes.subarray(at, at + text.length)).toString('latin1') === text;
  const named = (endings: RegExp): boolean => !isSafetensors(bytes) && endings.test(file);

  if (startsWith('\x89HDF') || named(/\.(h5|hdf5|keras)$/i)) {
    return refusal(
      'WEIGHTS_KERAS',
      'is a file of Keras',
      "Keras's networks have other layers and names than these: start from torchvision's ResNet-18 instead (docs/models.md).",
    );
  }
  if (named(/\.onnx$/i)) {
    return refusal(
      'WEIGHTS_ONNX',
      'is an ONNX file',
      'Where it was exported from PyTorch without folding batch norm into convolutions, its tensors have the names that ' +
        `are needed: ${command('onnx, onnx.numpy_helper; from safetensors.numpy import save_file', FROM_ONNX, file)}`,
    );
  }
  if (startsWith('{') || named(/\.json$/i)) {
    return refusal(
      'WEIGHTS_JSON',
      'is a JSON file',
      'Of a run of gradsocket, name a checkpoint or what gradsocket export --format safetensors writes.',
    );
  }
  if (startsWith('version https://git-lfs')) {
    return refusal('WEIGHTS_POINTER', 'is a pointer of Git LFS, not the file itself', 'Fetch it with: git lfs pull');
  }
  if (startsWith('<')) return refusal('WEIGHTS_PAGE', 'is a web page', 'Download the file itself.');
  if (isPickle(bytes) || named(/\.(pth?|ckpt)$/i)) {
    return refusal(
      'WEIGHTS_PICKLE',
      'was written by torch.save',
      `Convert it: ${command('torch; from safetensors.torch import save_file', FROM_PYTORCH, file)}`,
    );
  }
  if (startsWith('GGUF') || startsWith('TFL3', 4) || named(/\.(pb|tflite|gguf|msgpack|npz|npy|bin)$/i)) {
    return refusal(
      'WEIGHTS_FORMAT',
      'is of another program',
      "Start from torchvision's or timm's ResNet-18, or from what gradsocket export wrote (docs/models.md).",
    );
  }
  return null;
}

/** A length, and JSON of that length. */
function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === 0x7b;
}

/** What torch.save writes is a program that only Python runs: a zip archive, or before PyTorch 1.6 a bare pickle. */
function isPickle(bytes: Uint8Array): boolean {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3;
  return isZip || (bytes[0] === 0x80 && bytes[1] !== undefined && bytes[1] <= 5 && bytes[7] !== 0);
}
