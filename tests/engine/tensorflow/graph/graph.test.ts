import { expect, it } from 'vitest';
import { DATA_TYPE } from '../../../../src/engine/tensorflow/graph/attribute.ts';
import { GraphWriter, outputOf } from '../../../../src/engine/tensorflow/graph/graph.ts';
import { writeProgram } from '../../../../src/engine/tensorflow/program-graph.ts';
import { encodeSavedModel } from '../../../../src/engine/tensorflow/graph/saved-model.ts';
import { trainingProgram } from '../../../../src/engine/program/build.ts';
import { smallCnn, smallResNet } from '../../reference/small-networks.ts';
import { decodeMessage, textOf, valuesOf } from '../../../shared/protobuf/decode.ts';

interface DecodedNode {
  readonly name: string;
  readonly operation: string;
  readonly inputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Uint8Array>;
}

function nodesOf(graph: GraphWriter): DecodedNode[] {
  return valuesOf(decodeMessage(graph.finish().finish()), 1).map((bytes) => {
    const node = decodeMessage(bytes as Uint8Array);
    const attributes = valuesOf(node, 5).map((entry) => {
      const [key, value] = decodeMessage(entry as Uint8Array);
      return [textOf(key?.value), value?.value as Uint8Array] as const;
    });
    return {
      name: textOf(valuesOf(node, 1)[0]),
      operation: textOf(valuesOf(node, 2)[0]),
      inputs: valuesOf(node, 3).map(textOf),
      attributes: new Map(attributes),
    };
  });
}

it.each([smallCnn('relu'), smallResNet('leaky_relu')])(
  'a program becomes nodes that name only earlier ones',
  (network) => {
    const program = trainingProgram(network, 2, { labelSmoothing: 0.1 });
    const { graph, tensors } = writeProgram(program, { onGpu: false });
    const nodes = nodesOf(graph);
    expect(nodes).toHaveLength(graph.nodes);
    const known = new Set<string>();
    for (const { name, inputs } of nodes) {
      expect(known.has(name)).toBe(false);
      for (const input of inputs) expect(known.has(input.split(':')[0]!)).toBe(true);
      known.add(name);
    }
    expect(new Set(tensors).size).toBe(program.values.length);
    for (const tensor of tensors) expect(tensor).toMatch(/^[A-Za-z0-9.][A-Za-z0-9_./]*:\d$/);
  },
);

it('gives nodes of one name different ones, and shares equal constants', () => {
  const graph = new GraphWriter();
  const x = graph.placeholder('x', DATA_TYPE.float32, [2]);
  expect(graph.node('Relu', 'x', [x], {})).toBe('x_1:0');
  expect(graph.node('Relu', 'x', [x], {})).toBe('x_2:0');
  expect(graph.integers([2], [1, 2])).toBe(graph.integers([2], [1, 2]));
  expect(graph.integers([2], [1, 2])).not.toBe(graph.integers([1, 2], [1, 2]));
  expect(graph.integers([], [0])).not.toBe(graph.scalar(0));
  expect(graph.scalar(0)).not.toBe(graph.scalar(-0));
  expect(outputOf('a/b:0', 3)).toBe('a/b:3');
});

it.each(['', 'a b', 'a:0', 'a,b', '_a', '/a', '^a'])('refuses %j as a name', (name) => {
  expect(() => new GraphWriter().node('Relu', name, [], {})).toThrow('name');
});

it('encodes attributes as the fields of AttrValue', () => {
  const graph = new GraphWriter();
  graph.node('Any', 'a', [], {
    type: { type: DATA_TYPE.int32 },
    text: { text: 'NHWC' },
    integer: { integer: -1 },
    float: { float: 0.5 },
    yes: { boolean: true },
    no: { boolean: false },
    shape: { shape: [3, 300] },
    integers: { integers: [1, 2] },
    none: { integers: [] },
    tensor: { tensor: { type: DATA_TYPE.float32, shape: [], content: Uint8Array.of(1, 2, 3, 4) } },
  });
  const [node] = nodesOf(graph);
  const bytes = (name: string): number[] => [...node!.attributes.get(name)!];
  expect(bytes('type')).toEqual([6 << 3, 3]);
  expect(bytes('text')).toEqual([(2 << 3) | 2, 4, 78, 72, 87, 67]);
  expect(bytes('integer')).toEqual([3 << 3, ...new Array<number>(9).fill(0xff), 1]);
  expect(bytes('float')).toEqual([(4 << 3) | 5, 0, 0, 0, 0x3f]);
  expect(bytes('yes')).toEqual([5 << 3, 1]);
  expect(bytes('no')).toEqual([5 << 3, 0]);
  expect(bytes('shape')).toEqual([(7 << 3) | 2, 9, 0x12, 2, 8, 3, 0x12, 3, 8, 0xac, 2]);
  expect(bytes('integers')).toEqual([(1 << 3) | 2, 4, 0x1a, 2, 1, 2]);
  expect(bytes('none')).toEqual([(1 << 3) | 2, 0]);
  expect(bytes('tensor')).toEqual([(8 << 3) | 2, 10, 8, 1, 0x12, 0, 0x22, 4, 1, 2, 3, 4]);
});

it('wraps a graph into a SavedModel with the tag under which it is loaded', () => {
  const graph = new GraphWriter();
  graph.scalar(1);
  const model = decodeMessage(encodeSavedModel(graph));
  expect(valuesOf(model, 1)).toEqual([1n]);
  const metaGraph = decodeMessage(valuesOf(model, 2)[0] as Uint8Array);
  const information = decodeMessage(valuesOf(metaGraph, 1)[0] as Uint8Array);
  expect(textOf(valuesOf(information, 4)[0])).toBe('serve');
  expect(valuesOf(metaGraph, 2)[0]).toEqual(graph.finish().finish());
});
