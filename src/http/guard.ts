/**
 * Cheap refusals before validation: a document's size, tokens, depth and width, and the shape of
 * the request around it. Validation itself is quadratic in places, so it must only ever see
 * documents within these bounds. Documents that passed are remembered, within a bound.
 */
import { createHash } from 'node:crypto';
import { GraphQLError, Kind, Lexer, Source, TokenKind, parse, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { hashIn } from '../upgrades/index.ts';
import { Refusal } from './refusal.ts';

/** How large a document may be. Each bound is per document, fragments counted where they are spread. */
export interface DocumentLimits {
  readonly characters: number;
  readonly tokens: number;
  /** Nested fields; `edges` and `node` are not counted. */
  readonly depth: number;
  /** Of introspection, whose standard query is 15 deep. */
  readonly introspectionDepth: number;
  readonly rootFields: number;
  readonly aliases: number;
  readonly directives: number;
  readonly fields: number;
  /** Selections of one response name side by side: validation compares each with each. */
  readonly repetitions: number;
}

export const DOCUMENT_LIMITS: DocumentLimits = {
  characters: 100_000,
  tokens: 2000,
  depth: 12,
  introspectionDepth: 20,
  rootFields: 30,
  aliases: 30,
  directives: 50,
  fields: 2000,
  repetitions: 50,
};

/** What the body or the query string of a GraphQL request holds. */
export interface GraphQLParameters {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Record<string, unknown> | null;
}

/** The same where the document may be named instead of sent: one of the two is there, or both. */
export interface AskedParameters extends Omit<GraphQLParameters, 'query'> {
  readonly query: string | null;
  /** The SHA-256 that `documentId` names, in hexadecimal. */
  readonly documentHash: string | null;
}

const malformed = (message: string): Refusal => new Refusal('BAD_USER_INPUT', message, { status: 400 });

/** The parameters of a POST body. Throws BAD_USER_INPUT for anything that is no GraphQL request. */
export function bodyParameters(body: unknown): AskedParameters {
  if (Array.isArray(body)) throw malformed('Batched requests are not taken. Send one operation a request; one operation may have up to 30 root fields.');
  if (typeof body !== 'object' || body === null) throw malformed('The body must be a JSON object with the operation in `query`.');
  return parameters(body as Record<string, unknown>);
}

/** The parameters of a GET request's query string. */
export function searchParameters(search: Readonly<Record<string, unknown>>): AskedParameters {
  const json = (name: string): unknown => {
    const text = search[name];
    if (text === undefined || text === '') return null;
    const given = typeof text === 'string' ? parseJson(text) : undefined;
    if (given === undefined) throw malformed(`The parameter \`${name}\` must be JSON, given once.`);
    return given;
  };
  return parameters({
    query: search['query'],
    documentId: search['documentId'] ?? null,
    operationName: search['operationName'] ?? null,
    variables: json('variables'),
    extensions: json('extensions'),
  });
}

/** Undefined where the text is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The parameters of a request whose document must be sent. Throws BAD_USER_INPUT where it is not. */
export function withText({ query, operationName, variables }: AskedParameters): GraphQLParameters {
  if (query === null) throw malformed('`query` must be a string that holds a GraphQL document; documents are not known here by their ids.');
  return { query, operationName, variables };
}

function parameters(record: Readonly<Record<string, unknown>>): AskedParameters {
  const { query = null, documentId = null, operationName = null, variables = null, extensions = null } = record;
  const documentHash = typeof documentId === 'string' ? hashIn(documentId) : null;
  if (documentId !== null && documentHash === null)
    throw malformed('`documentId` must be `sha256:` and 64 hexadecimal digits in lower case: the SHA-256 of a document that you registered.');
  const isNamed = documentHash !== null && (query === null || query === '');
  if (!isNamed && (typeof query !== 'string' || query === ''))
    throw malformed('`query` must be a string that holds a GraphQL document. One that your integration registered can be named by `documentId` instead.');
  if (operationName !== null && typeof operationName !== 'string') throw malformed('`operationName` must be a string or null.');
  if (!isObjectOrNull(variables)) throw malformed('`variables` must be an object or null.');
  if (!isObjectOrNull(extensions)) throw malformed('`extensions` must be an object or null.');
  return { query: isNamed ? null : query, documentHash, operationName, variables };
}

const isObjectOrNull = (value: unknown): value is Record<string, unknown> | null => typeof value === 'object' && !Array.isArray(value);

/** Most characters of documents that are remembered as within the limits, their hashes included. */
const REMEMBERED_CHARACTERS = 8_000_000;

export interface DocumentGuard {
  /** The SHA-256 of a document that has passed before, in hexadecimal: by it all else is kept. */
  hashOf(query: string): string | undefined;
  /** Checks a document and answers its SHA-256. Throws DOCUMENT_TOO_LARGE, _DEEP or _WIDE. One that does
      not parse passes: saying where it fails is the parser's part. */
  check(query: string): string;
}

export function documentGuard(limits: DocumentLimits): DocumentGuard {
  const passed = new LRUCache<string, string>({ maxSize: REMEMBERED_CHARACTERS, sizeCalculation: (hash, query) => query.length + hash.length });
  const check = (query: string): string => {
    if (query.length > limits.characters) throw new Refusal('DOCUMENT_TOO_LARGE', `The document has ${query.length} characters of at most ${limits.characters}. Split it.`);
    countTokens(query, limits.tokens);
    const hash = createHash('sha256').update(query).digest('hex');
    let document: DocumentNode;
    try {
      document = parse(query, { noLocation: true });
    } catch (error) {
      if (error instanceof GraphQLError) return hash;
      throw error;
    }
    new Measure(document, limits).check();
    passed.set(query, hash);
    return hash;
  };
  const hashOf = (query: string): string | undefined => passed.get(query);
  return { hashOf, check: query => hashOf(query) ?? check(query) };
}

/** Counts before parsing: the parser is recursive, and tokens bound how deep it can go. */
function countTokens(query: string, limit: number): void {
  const lexer = new Lexer(new Source(query));
  try {
    for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens += 1) {
      if (tokens >= limit)
        throw new Refusal('DOCUMENT_TOO_LARGE', `The document has more than ${limit} tokens. Split it, or move repeated selections into fragments and values into variables.`);
    }
  } catch (error) {
    if (error instanceof GraphQLError) return;
    throw error;
  }
}

/** What a selection set amounts to once its fragments are spread. */
interface Extent {
  depth: number;
  fields: number;
  aliases: number;
  directives: number;
  rootFields: number;
}

const NOT_COUNTED = new Set(['edges', 'node']);

class Measure {
  private readonly document: DocumentNode;
  private readonly limits: DocumentLimits;
  private readonly fragments: Map<string, FragmentDefinitionNode>;
  /** Each fragment is measured once, however often it is spread; null while it is under way. */
  private readonly measured = new Map<string, Extent | null>();

  constructor(document: DocumentNode, limits: DocumentLimits) {
    this.document = document;
    this.limits = limits;
    this.fragments = new Map(document.definitions.flatMap(definition => (definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [])));
  }

  check(): void {
    for (const definition of this.document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const extent = this.extentOf(definition.selectionSet);
      const depthLimit = isIntrospection(definition.selectionSet) ? this.limits.introspectionDepth : this.limits.depth;
      if (extent.depth > depthLimit)
        throw new Refusal(
          'DOCUMENT_TOO_DEEP',
          `The operation nests fields ${extent.depth} deep of at most ${depthLimit} (\`edges\` and \`node\` not counted). Ask for the deeper objects by \`node(id)\`.`,
        );
      this.checkWidth('root fields', extent.rootFields, this.limits.rootFields);
      this.checkWidth('aliases', extent.aliases, this.limits.aliases);
      this.checkWidth('directives', extent.directives + (definition.directives?.length ?? 0), this.limits.directives);
      this.checkWidth('fields', extent.fields, this.limits.fields);
    }
    // Fragments that no operation spreads are validated all the same.
    for (const name of this.fragments.keys()) this.fragment(name);
  }

  private checkWidth(what: string, count: number, limit: number): void {
    if (count > limit)
      throw new Refusal(
        'DOCUMENT_TOO_WIDE',
        `The operation has ${Number.isSafeInteger(count) ? count : 'countless'} ${what} of at most ${limit}, fragments counted where they are spread. Split it.`,
      );
  }

  private extentOf(set: SelectionSetNode): Extent {
    const whole: Extent = { depth: 0, fields: 0, aliases: 0, directives: 0, rootFields: 0 };
    const repetitions = new Map<string, number>();
    for (const selection of set.selections) {
      whole.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        repetitions.set(name, (repetitions.get(name) ?? 0) + 1);
        this.checkWidth(`selections of \`${name}\` side by side`, repetitions.get(name)!, this.limits.repetitions);
        const below = selection.selectionSet ? this.extentOf(selection.selectionSet) : null;
        whole.depth = Math.max(whole.depth, (below?.depth ?? 0) + (NOT_COUNTED.has(selection.name.value) ? 0 : 1));
        whole.fields += 1 + (below?.fields ?? 0);
        whole.aliases += (selection.alias ? 1 : 0) + (below?.aliases ?? 0);
        whole.directives += below?.directives ?? 0;
        whole.rootFields += 1;
      } else {
        const inner = selection.kind === Kind.INLINE_FRAGMENT ? this.extentOf(selection.selectionSet) : this.fragment(selection.name.value);
        whole.depth = Math.max(whole.depth, inner.depth);
        for (const key of ['fields', 'aliases', 'directives', 'rootFields'] as const) whole[key] += inner[key];
      }
    }
    return whole;
  }

  private fragment(name: string): Extent {
    const known = this.measured.get(name);
    if (known) return known;
    if (known === null) throw new Refusal('DOCUMENT_TOO_DEEP', `The fragment ${name} contains itself, so it has no end. Remove the circle.`);
    const definition = this.fragments.get(name);
    if (!definition) return { depth: 0, fields: 0, aliases: 0, directives: 0, rootFields: 0 };
    this.measured.set(name, null);
    const extent = this.extentOf(definition.selectionSet);
    extent.directives += definition.directives?.length ?? 0;
    this.measured.set(name, extent);
    return extent;
  }
}

/** Whether an operation only asks about the schema. */
const isIntrospection = (set: SelectionSetNode): boolean =>
  set.selections.every(selection => selection.kind === Kind.FIELD && /^__(schema|type|typename)$/.test(selection.name.value));
