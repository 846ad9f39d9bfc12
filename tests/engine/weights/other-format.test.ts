import { describe, expect, it } from 'vitest';
import { GradsocketError } from '../../../src/shared/errors.ts';
import { otherFormat } from '../../../src/engine/weights/other-format.ts';

const text = (content: string): Uint8Array => Buffer.from(content, 'latin1');
const safetensors = text('\x10\0\0\0\0\0\0\0{"__metadata__":{}}');

describe('otherFormat', () => {
  it.each([
    ['a.pth', text('PK\x03\x04 and so on'), 'was written by torch.save'],
    ['pytorch_model.bin', text('PK\x03\x04 and so on'), 'was written by torch.save'],
    ['a.safetensors', text('PK\x03\x04 and so on'), 'was written by torch.save'],
    ['a.pt', Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9), 'was written by torch.save'],
    ['last.ckpt', text('anything'), 'was written by torch.save'],
    ['a.h5', text('\x89HDF\r\n\x1a\n'), 'is a file of Keras'],
    ['a.keras', text('PK\x03\x04'), 'is a file of Keras'],
    ['a.onnx', text('\x08\x07\x12\x07pytorch'), 'is an ONNX file'],
    ['model.json', text('{"format":"layers-model"}'), 'gradsocket export --format safetensors'],
    ['weights.bin', text('\0\0\x80\x3f'), 'is of another program'],
    ['a.gguf', text('GGUF\x03'), 'is of another program'],
    ['a.safetensors', text('version https://git-lfs.github.com/spec/v1\n'), 'git lfs pull'],
    ['a.safetensors', text('<!DOCTYPE html>'), 'is a web page'],
  ])('says of %s what it is and what to do, as wrong configuration', (file, bytes, sentence) => {
    const error = otherFormat(bytes, file);
    expect(error).toBeInstanceOf(GradsocketError);
    expect(error?.message).toContain(`--weights ${file} `);
    expect(error?.message).toContain(sentence);
    expect(error?.exitCode).toBe(78);
  });

  it('converts state dicts, checkpoints around them, and names for a shell', () => {
    const { message = '' } = otherFormat(text('PK\x03\x04'), "my model's.pth") ?? {};
    for (const part of ['"state_dict"', '"model"', '.clone().contiguous()', 'weights_only=True']) {
      expect(message).toContain(part);
    }
    expect(message).toContain("'my model'\\''s.pth' weights.safetensors");
  });

  it.each(['a.safetensors', 'a.bin', 'a.pth'])('lets safetensors pass, also where they are called %s', (file) => {
    expect(otherFormat(safetensors, file)).toBeNull();
  });
});
