/**
 * Event data against the JSON Schema of its type. A schema is compiled once a process, whichever
 * environments use it: what is kept goes by the schema's text, and is bounded.
 */
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import type { Rejection } from './cloud-event.rules.ts';

/** A compiled schema takes about 20 kB. */
const MAX_COMPILED = 500;

const compiled = new LRUCache<string, ValidateFunction>({ max: MAX_COMPILED });

function compile(schema: object): ValidateFunction {
  // One of its own for each schema: Ajv keeps all that it ever compiled.
  const ajv = new Ajv2020({ strict: true, allErrors: false, ownProperties: true });
  formats.default(ajv);
  return ajv.compile(schema);
}

/** A schema by what tells it apart: the same key, the same schema. */
export interface DataSchema {
  readonly key: string;
  readonly schema: object;
}

/** What is wrong with the data, or null. */
export function checkData({ key, schema }: DataSchema, data: unknown): Rejection | null {
  let validate = compiled.get(key);
  if (!validate) {
    validate = compile(schema);
    compiled.set(key, validate);
  }
  if (validate(data)) return null;
  const [error] = validate.errors ?? [];
  return { code: 'INVALID_DATA', path: `/data${error?.instancePath ?? ''}`, reason: reasonOf(error) };
}

/** Why a schema cannot be used; null where it can. */
export function schemaFault(schema: object): string | null {
  try {
    compile(schema);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

function reasonOf(error: ErrorObject | undefined): string {
  if (!error) return "It does not fit the type's schema.";
  const { keyword, message = 'does not fit', params } = error as ErrorObject<string, Record<string, unknown>>;
  const detail: Readonly<Record<string, string>> = {
    enum: `: ${JSON.stringify(params['allowedValues'])}`,
    const: `: ${JSON.stringify(params['allowedValue'])}`,
    additionalProperties: `: ${JSON.stringify(String(params['additionalProperty']).replaceAll('\0', '\uFFFD').toWellFormed().slice(0, 100))}`,
  };
  return `By the schema of the type it ${message}${detail[keyword] ?? ''}.`;
}
