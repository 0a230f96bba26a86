/** The words of a difference between two schemas: graphql-js's names for what may break a client. */

/** BREAKING: an operation that ran may fail, or its answer no longer has the shape that the client knows.
    DANGEROUS: it runs, and a client may meet what it has never met. SAFE: neither. */
export type Criticality = 'BREAKING' | 'DANGEROUS' | 'SAFE';

/** One difference, as `portico schema diff --format json` prints it. */
export interface Change {
  readonly criticality: Criticality;
  /** The specification's schema coordinate. Members of unions, interfaces of types and locations of
      directives have none of their own: theirs is that of the type or directive. */
  readonly coordinate: string;
  /** What changed, in graphql-js's sentence where it has one. */
  readonly message: string;
}

/** A difference with what it is: graphql-js's BreakingChangeType and DangerousChangeType, names of our
    own where graphql-js sees nothing, and COMPATIBLE for all that is safe. */
export interface SchemaChange extends Change {
  readonly kind: ChangeKind;
  /** The other type that is meant: the interface or the member of a union. */
  readonly subject?: string;
}

export const BREAKING_KINDS = [
  'TYPE_REMOVED',
  'TYPE_CHANGED_KIND',
  'TYPE_REMOVED_FROM_UNION',
  'VALUE_REMOVED_FROM_ENUM',
  'REQUIRED_INPUT_FIELD_ADDED',
  'IMPLEMENTED_INTERFACE_REMOVED',
  'FIELD_REMOVED',
  'FIELD_CHANGED_KIND',
  'REQUIRED_ARG_ADDED',
  'ARG_REMOVED',
  'ARG_CHANGED_KIND',
  'DIRECTIVE_REMOVED',
  'DIRECTIVE_ARG_REMOVED',
  'DIRECTIVE_ARG_CHANGED_KIND',
  'REQUIRED_DIRECTIVE_ARG_ADDED',
  'DIRECTIVE_REPEATABLE_REMOVED',
  'DIRECTIVE_LOCATION_REMOVED',
  'ROOT_TYPE_CHANGED',
  'ONE_OF_ADDED',
] as const;

export const DANGEROUS_KINDS = [
  'VALUE_ADDED_TO_ENUM',
  'TYPE_ADDED_TO_UNION',
  'OPTIONAL_INPUT_FIELD_ADDED',
  'OPTIONAL_ARG_ADDED',
  'IMPLEMENTED_INTERFACE_ADDED',
  'ARG_DEFAULT_VALUE_CHANGE',
  'COST_RAISED',
] as const;

export type ChangeKind = (typeof BREAKING_KINDS)[number] | (typeof DANGEROUS_KINDS)[number] | 'COMPATIBLE';

/** How often each criticality occurs. */
export interface Summary {
  readonly breaking: number;
  readonly dangerous: number;
  readonly safe: number;
}

export function summaryOf(changes: readonly Change[]): Summary {
  const count = (criticality: Criticality): number => changes.filter(change => change.criticality === criticality).length;
  return { breaking: count('BREAKING'), dangerous: count('DANGEROUS'), safe: count('SAFE') };
}

const CRITICALITY = new Map<ChangeKind, Criticality>([
  ...BREAKING_KINDS.map(kind => [kind, 'BREAKING'] as const),
  ...DANGEROUS_KINDS.map(kind => [kind, 'DANGEROUS'] as const),
  ['COMPATIBLE', 'SAFE'],
]);

/** Collects the changes of one comparison. */
export class Changes {
  readonly list: SchemaChange[] = [];

  add(kind: ChangeKind, coordinate: string, message: string, subject?: string): void {
    this.list.push({ criticality: CRITICALITY.get(kind)!, coordinate, message, kind, ...(subject === undefined ? {} : { subject }) });
  }

  safe(coordinate: string, message: string): void {
    this.add('COMPATIBLE', coordinate, message);
  }
}
