import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { isCustom } from './parts.ts';

/**
 * JobSet, Kueue and the Prometheus operator: their own schemas, with fields that they do not know refused, as `kubectl apply` does by itself. That of JobSet
 * has Jobs and pods in it, so Jobs are held against it as well.
 */

interface Definition {
  readonly apiVersion: string;
  readonly kind: string;
  readonly scope: string;
  readonly schema: Schema;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly [other: string]: unknown;
}

const FOLDER = fileURLToPath(new URL('schemas/', import.meta.url));

/** The parts of ObjectMeta that anybody writes. A definition leaves it to the API server. */
const METADATA: Schema = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: Object.fromEntries([
    ['name', { type: 'string' }],
    ['namespace', { type: 'string' }],
    ...['labels', 'annotations'].map(
      (key) => [key, { type: 'object', additionalProperties: { type: 'string' } }] as const,
    ),
  ]),
};

const validators = new Map<string, ValidateFunction>();

function validatorOf({ apiVersion, kind }: KubernetesObject): ValidateFunction | null {
  if (validators.size === 0) {
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
      const { schema, ...definition } = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Definition;
      const properties = { ...schema.properties, metadata: METADATA };
      const head = { apiVersion: { const: definition.apiVersion }, kind: { const: definition.kind } };
      const strict = strictly({ ...schema, properties: { ...properties, ...head } });
      validators.set(`${definition.apiVersion} ${definition.kind}`, ajv.compile(strict));
    }
  }
  return validators.get(`${apiVersion} ${kind}`) ?? null;
}

/** Closes every object whose fields are known. */
function strictly(schema: Schema): Schema {
  const { properties, items, additionalProperties } = schema;
  const each = (fields: Readonly<Record<string, Schema>>): Readonly<Record<string, Schema>> =>
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, strictly(field)]));
  return {
    ...schema,
    ...(properties === undefined
      ? {}
      : { properties: each(properties), additionalProperties: additionalProperties ?? false }),
    ...(items === undefined ? {} : { items: strictly(items) }),
    ...(typeof additionalProperties === 'object' ? { additionalProperties: strictly(additionalProperties) } : {}),
  };
}

/** What the definitions have against objects of their kinds, and against Jobs. */
export function customObjections(objects: readonly KubernetesObject[]): readonly string[] {
  const own = objects.filter(isCustom);
  const jobs = objects.filter(({ kind }) => kind === 'Job');
  return [...own, ...jobs.map(inJobSet)].flatMap((object) => {
    const validate = validatorOf(object);
    if (validate === null) return [`there is no ${object.kind} of ${object.apiVersion}`];
    const isSound: boolean = validate(object);
    if (isSound) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${object.kind} ${object.metadata?.name}${instancePath}: ${message} ${JSON.stringify(params)}`,
    );
  });
}

function inJobSet(job: KubernetesObject): KubernetesObject {
  const { metadata, spec } = job as KubernetesObject & { readonly spec?: unknown };
  const set = { replicatedJobs: [{ name: 'job', template: { spec } }] };
  return { apiVersion: 'jobset.x-k8s.io/v1alpha2', kind: 'JobSet', metadata: metadata ?? {}, ...{ spec: set } };
}
