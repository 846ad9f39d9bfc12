import { Document, isMap, isScalar, isSeq, type Node, type Pair } from 'yaml';
import type { KubernetesObject } from './object.ts';
import { reasonFor } from './reasons.ts';

const WIDTH = 100;

/**
 * YAML of one object, with the reasons for its values as comments. In quotes stands what YAML 1.1, which Kubernetes reads, would
 * take for something else.
 */
export function printObject(object: KubernetesObject): string {
  const document = new Document(object, { version: '1.1', aliasDuplicateObjects: false });
  explain(document.contents, object.kind, []);
  return document.toString({ lineWidth: 0, directives: false });
}

/** Several objects, as `kubectl apply -f -` takes them. */
export function printObjects(objects: readonly KubernetesObject[]): string {
  return objects.map(printObject).join('---\n');
}

function explain(node: Node | null, kind: string, path: readonly string[]): void {
  if (isSeq(node)) for (const item of node.items) explain(item as Node, kind, path);
  if (!isMap(node)) return;
  for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
    const here = [...path, isScalar(key) ? String(key.value) : ''];
    const reason = reasonFor(kind, here);
    if (reason !== null) key.commentBefore = commentOf(reason);
    explain(value, kind, here);
  }
}

/** A sentence in lines that fit on a screen. */
export function commentOf(sentence: string): string {
  const lines: string[] = [];
  for (const word of sentence.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= WIDTH) lines.push(` ${word}`);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.join('\n');
}
