import { z } from 'zod';
import { flagName, formerName, variableOf } from './flag-name.ts';

/** What may be written for a field. */
type FieldType =
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text' }
  /** It may know words besides numbers: `--lr auto`. */
  | { readonly kind: 'number'; readonly integer: boolean; readonly words: readonly string[] }
  /** Whole numbers: `32,64` on the command line, `[32, 64]` in YAML. */
  | { readonly kind: 'list' }
  /** True where it is given: `--quiet`. It may know words besides true and false: `--resume auto`, or a number: `--inspect 20`. */
  | { readonly kind: 'flag'; readonly words: readonly string[]; readonly numbers: boolean };

/** One setting, as flag, YAML key and environment variable. Derived from a schema, written nowhere else. */
export interface Field {
  /** The property in code: `imageSize`. */
  readonly key: string;
  /** The word in flag, YAML and docs: `image-size`. */
  readonly name: string;
  /** `GRADSOCKET_IMAGE_SIZE` */
  readonly variable: string;
  /** Under which it is understood, too; null: there is none. */
  readonly formerVariable: string | null;
  readonly type: FieldType;
  /** What is expected, to go on from "expects ": `a whole number of at least 1`. */
  readonly expects: string;
  readonly description: string;
  readonly default: unknown;
  readonly nullable: boolean;
  /** Of a file or folder: `~` stands for the home folder. */
  readonly isPath: boolean;
  /** Never shown, wherever it comes from. Spaces and line ends around it are not meant: files and manifests add them. */
  readonly isSecret: boolean;
  /** An empty text is a value of it; of others it says that there be none. */
  readonly takesEmpty: boolean;
  readonly schema: z.ZodType;
}

/**
 * The parts of JSON Schema that our schemas use, `expects`, with which a schema puts its own words to a pattern, `isPath`,
 * `isSecret` and `takesEmpty`.
 */
interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly expects?: string;
  readonly isPath?: boolean;
  readonly isSecret?: boolean;
  readonly takesEmpty?: boolean;
}

/** Of each schema the first time that it is asked for: a command asks a dozen times, and each takes milliseconds. */
const known = new WeakMap<z.ZodObject, readonly Field[]>();

/** The fields of a schema, in the order of its declaration. */
export function fieldsOf(schema: z.ZodObject): readonly Field[] {
  const fields = known.get(schema) ?? readFields(schema);
  known.set(schema, fields);
  return fields;
}

function readFields(schema: z.ZodObject): readonly Field[] {
  const json = z.toJSONSchema(schema, { io: 'input' }) as { readonly properties?: Record<string, JsonSchema> };
  return Object.entries(json.properties ?? {}).map(([key, property]) => {
    // A union that may be null is a union in a union.
    const options = (property.anyOf ?? []).flatMap((option) => option.anyOf ?? [option]);
    const bare = options.find((option) => option.type !== 'null') ?? property;
    const words = options.flatMap((option) => option.const ?? []);
    const numbers = bare.type === 'boolean' && options.some((option) => option.type === 'integer');
    const type = typeOf(key, bare, words, numbers);
    const name = flagName(key);
    const former = formerName(key);
    return {
      key,
      name,
      variable: variableOf(name),
      formerVariable: former === null ? null : variableOf(former),
      type,
      expects: property.expects ?? bare.expects ?? expectationOf(type, bare),
      description: property.description ?? '',
      default: property.default,
      nullable: options.some((option) => option.type === 'null'),
      isPath: property.isPath ?? bare.isPath ?? false,
      isSecret: property.isSecret ?? bare.isSecret ?? false,
      takesEmpty: property.takesEmpty ?? false,
      schema: schema.shape[key] as z.ZodType,
    };
  });
}

function typeOf(key: string, schema: JsonSchema, words: readonly string[], numbers: boolean): FieldType {
  if (schema.enum !== undefined) return { kind: 'choice', choices: schema.enum };
  if (schema.type === 'string') return { kind: 'text' };
  if (schema.type === 'boolean') return { kind: 'flag', words, numbers };
  if (schema.type === 'array') return { kind: 'list' };
  if (schema.type === 'integer' || schema.type === 'number')
    return { kind: 'number', integer: schema.type === 'integer', words };
  throw new TypeError(`the schema of ${key} is of no kind that a flag can be made from`);
}

function expectationOf(type: FieldType, schema: JsonSchema): string {
  switch (type.kind) {
    case 'choice':
      return `one of ${type.choices.join(', ')}`;
    case 'text':
      return 'a text that is not empty';
    case 'flag':
      return ['true', 'false', ...type.words, ...(type.numbers ? ['a whole number of at least 1'] : [])]
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1');
    case 'list':
      return (
        `a list of ${schema.minItems ?? 0} to ${schema.maxItems ?? 'any number of'} whole numbers` +
        `${boundsOf(schema.items ?? {})}, such as 32,64`
      );
    case 'number':
      return [`${type.integer ? 'a whole number' : 'a number'}${boundsOf(schema)}`, ...type.words].join(', or ');
  }
}

function boundsOf({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  // A whole number above 0 is easier read as "of at least 1"; bounds at the end of the safe integers bound nothing.
  const whole = type === 'integer' && exclusiveMinimum !== undefined;
  const least = whole ? exclusiveMinimum + 1 : minimum;
  const bounds: string[] = [];
  if (least !== undefined && least > Number.MIN_SAFE_INTEGER) bounds.push(`of at least ${least}`);
  else if (exclusiveMinimum !== undefined) bounds.push(`above ${exclusiveMinimum}`);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) bounds.push(`at most ${maximum}`);
  if (exclusiveMaximum !== undefined) bounds.push(`below ${exclusiveMaximum}`);
  return bounds.length === 0 ? '' : ` ${bounds.join(' and ')}`;
}
