/**
 * A request that notes what is asked of it, so that `portico explain` can say in words what a
 * parameter or a decision of a plan depends on. It notes names, never values.
 */
import { GraphQLError, visit, type ArgumentNode, type FieldNode, type GraphQLField } from 'graphql';
import { ReadRequest } from '../reads/index.ts';

type Note = (path: string) => void;

/** Stands in a path for everything below it: the object was taken as a whole. */
const WHOLE = '*';

export class TracedRequest extends ReadRequest {
  private readonly notes: Set<string>;
  private readonly request: ReadRequest;

  constructor(request: ReadRequest) {
    const notes = new Set<string>();
    super(
      traced(request.given, path => notes.add(`given value ${path}`)),
      traced(request.variables, path => notes.add(`variable $${path}`)),
    );
    this.notes = notes;
    this.request = request;
  }

  override arguments(field: GraphQLField<unknown, unknown>, node: FieldNode): Readonly<Record<string, unknown>> {
    const list = node.alias?.value ?? node.name.value;
    return traced(this.request.arguments(field, node), path => {
      const [name] = path.split('.');
      const nodes = node.arguments?.filter(argument => path === WHOLE || argument.name.value === name) ?? [];
      this.notes.add(path === WHOLE ? `all arguments of ${list}${origin(nodes)}` : `argument ${path} of ${list}${origin(nodes)}`);
    });
  }

  /** What the function asks of the request, in words. Throws the GraphQLErrors of input that cannot be meant. */
  dependencies(ask: (request: ReadRequest) => unknown): string[] {
    this.notes.clear();
    try {
      ask(this);
    } catch (error) {
      // Without a caller there are names of given values and nothing behind them.
      if (error instanceof GraphQLError) throw error;
    }
    const notes = [...this.notes];
    const told = notes.filter(note => !note.endsWith(NOT_WRITTEN));
    return told.length > 0 ? told : notes;
  }
}

const NOT_WRITTEN = ' (not written)';

/** Whether what was noted may differ between two requests with the same document. */
export const varies = (note: string): boolean => note.includes('$') || note.startsWith('given value ');

/** Where the arguments stand: in variables, in the document, or nowhere. */
function origin(nodes: readonly ArgumentNode[]): string {
  if (nodes.length === 0) return NOT_WRITTEN;
  const variables = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void variables.add(`$${name.value}`) });
  return variables.size > 0 ? ` (${[...variables].join(', ')})` : ' (written in the document)';
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value) as never);

/** The object, noting the path of each property that is looked at. */
function traced(values: Readonly<Record<string, unknown>>, note: Note, below = ''): Readonly<Record<string, unknown>> {
  return new Proxy(values, {
    get(target, name) {
      if (typeof name === 'symbol' || name === 'toJSON') return undefined;
      const value = target[name];
      const path = `${below}${name}`;
      if (isPlain(value)) return traced(value, note, `${path}.`);
      note(path);
      return value;
    },
    getOwnPropertyDescriptor(target, name) {
      if (typeof name === 'string' && name in target && !isPlain(target[name])) note(`${below}${name}`);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    ownKeys(target) {
      if (below === '') note(WHOLE);
      return Reflect.ownKeys(target);
    },
  });
}
