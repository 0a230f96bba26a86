/** Scenario files: read, and held against their JSON Schema, so that a slip of the pen is told by place
    and not met as a failed step. */
import { readFileSync, readdirSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { ok, refused, type Outcome } from '../../base/outcome.ts';
import { refuse, type SandboxRefusal } from '../sandbox.rules.ts';
import type { Scenario } from './scenario.rules.ts';

/** `sandbox/scenarios/`, from where this is built to. */
const FOLDER = new URL('../../../../sandbox/scenarios/', import.meta.url);

/** A file beyond this is none that a person wrote. */
const MAX_CHARACTERS = 200_000;

let validate: ValidateFunction<Scenario> | null = null;

/** The scenario that a YAML text holds; else what is wrong with it, a line each. */
export function readScenario(text: string): Outcome<Scenario, readonly string[]> {
  if (text.length > MAX_CHARACTERS) return refused([`It has ${text.length} characters of at most ${MAX_CHARACTERS}.`]);
  let value: unknown;
  try {
    // Aliases could unfold a small file without end.
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    return refused([(error as Error).message]);
  }
  validate ??= new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Scenario>(JSON.parse(readFileSync(new URL('scenario.schema.json', FOLDER), 'utf8')) as object);
  if (validate(value)) return ok(value);
  return refused(
    (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message}${'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : ''}`,
    ),
  );
}

let known: ReadonlyMap<string, Scenario> | null = null;

/** Portico's own scenarios by name, read once. Throws where a file is wrong: it is part of the program. */
export function scenarios(): ReadonlyMap<string, Scenario> {
  known ??= new Map(
    readdirSync(FOLDER)
      .filter(file => file.endsWith('.yaml'))
      .toSorted()
      .map(file => {
        const read = readScenario(readFileSync(new URL(file, FOLDER), 'utf8'));
        if (!read.ok) throw new Error(`sandbox/scenarios/${file}: ${read.refusal.join('; ')}`);
        if (`${read.value.name}.yaml` !== file) throw new Error(`sandbox/scenarios/${file} calls itself ${read.value.name}.`);
        return [read.value.name, read.value];
      }),
  );
  return known;
}

/** For whoever names one that there is not. */
export const noScenario = (): string => `There is no scenario of that name. There are ${[...scenarios().keys()].join(', ')}.`;

/** What a sandbox is like that begins as a scenario; nothing in particular where none is named. */
export function beginningOf(name: string | null | undefined): Outcome<NonNullable<Scenario['begin']>, SandboxRefusal> {
  const scenario = name == null ? null : scenarios().get(name);
  return scenario === undefined ? refuse('INVALID', noScenario(), 'scenario') : ok(scenario?.begin ?? {});
}
