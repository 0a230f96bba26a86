/** Operations out of files, each with the fragments that it needs: its own file's, else any other's. */
import {
  GraphQLError,
  Kind,
  Source,
  parse,
  validate,
  visit,
  type DocumentNode,
  type ExecutableDefinitionNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { problemsOf, type Problem, type SchemaText } from './schema-text.ts';

/** One operation in a document of its own. */
export interface FiledOperation {
  readonly file: string;
  readonly line: number;
  readonly operation: OperationDefinitionNode;
  readonly document: DocumentNode;
}

export interface Operations {
  readonly operations: readonly FiledOperation[];
  readonly problems: readonly Problem[];
}

/** The operations that are valid on the schema, and what is wrong with the others. */
export function operationsIn(schema: GraphQLSchema, files: readonly SchemaText[]): Operations {
  const problems: Problem[] = [];
  const documents = files.flatMap(file => {
    try {
      return [{ file: file.name, document: parse(new Source(file.text, file.name)) }];
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      problems.push(...problemsOf(file.name, [error]));
      return [];
    }
  });
  const shared = new Map<string, FragmentDefinitionNode>();
  for (const { document } of documents) for (const fragment of fragmentsIn(document)) if (!shared.has(fragment.name.value)) shared.set(fragment.name.value, fragment);

  const operations: FiledOperation[] = [];
  for (const { file, document } of documents) {
    const own = new Map(fragmentsIn(document).map(fragment => [fragment.name.value, fragment]));
    for (const operation of document.definitions) {
      if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
      const alone: DocumentNode = { kind: Kind.DOCUMENT, definitions: [operation, ...needed(operation, name => own.get(name) ?? shared.get(name))] };
      const errors = validate(schema, alone);
      if (errors.length === 0) operations.push({ file, line: operation.loc!.startToken.line, operation, document: alone });
      // A fault in a fragment belongs to the file that holds the fragment.
      for (const error of errors) problems.push(...problemsOf(error.source?.name ?? file, [error]));
    }
  }
  return { operations, problems: [...new Set(problems)] };
}

const fragmentsIn = ({ definitions }: DocumentNode): FragmentDefinitionNode[] => definitions.filter(definition => definition.kind === Kind.FRAGMENT_DEFINITION);

/** The fragments that a definition spreads, and those that these spread. */
function needed(definition: ExecutableDefinitionNode, find: (name: string) => FragmentDefinitionNode | undefined): FragmentDefinitionNode[] {
  const found = new Map<string, FragmentDefinitionNode>();
  const gather = (node: ExecutableDefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = found.has(name.value) ? undefined : find(name.value);
        if (!fragment) return;
        found.set(name.value, fragment);
        gather(fragment);
      },
    });
  };
  gather(definition);
  return [...found.values()];
}
