import type { z } from 'zod';

/** One thing that `gradsocket bench` measures. */
export interface BenchPart {
  readonly name: string;
  readonly describe: string;
  readonly schema: z.ZodObject;
  /** With settings that the schema has checked. */
  readonly measure: (values: unknown) => Promise<Measured>;
}

export interface Measured {
  /** Printed as JSON. */
  readonly result: object;
  /** The same for a person, in one line. */
  readonly line: string;
}

/** Loads `measure` when it is called: none of the parts should slow down the start of the others. */
export function benchPart<S extends z.ZodObject>(part: {
  readonly name: string;
  readonly describe: string;
  readonly schema: S;
  readonly load: () => Promise<(values: z.infer<S>) => Promise<Measured>>;
}): BenchPart {
  const { name, describe, schema, load } = part;
  return {
    name,
    describe,
    schema,
    measure: async (values) => (await load())(schema.parse(values)),
  };
}
