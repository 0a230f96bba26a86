/** What the operation in the editor costs, told as one types. The gateway reckons it by the very
    formula that it charges by, for free and without running anything. */
import { tryParseJSONC, useGraphiQL, useOperationsEditorState, useVariablesEditorState } from '@graphiql/react';
import { useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import type { TokenKeeper } from './access.ts';
import { send } from './gateway.ts';

interface Cost {
  requestedQueryCost: number;
  maximumAvailable: number;
  fields: { path: string; cost: number }[];
  hints: string[];
}

/** Long enough that a word is typed in between, short enough to seem at once. */
const PAUSE_MS = 300;

interface CostTagProps {
  /** Null leaves the choice to the gateway. */
  version: string | null;
  /** Null until somebody has signed in. */
  tokens: TokenKeeper | null;
}

export function CostTag({ version, tokens }: CostTagProps) {
  const [query] = useOperationsEditorState();
  const [variablesText] = useVariablesEditorState();
  // GraphiQL goes on naming an operation that lost its name; only among several the name says anything.
  const operationName = useGraphiQL(state => ((state.operations?.length ?? 0) > 1 ? state.operationName : undefined));
  const editor = useGraphiQL(state => state.queryEditor);
  const [cost, setCost] = useState<Cost | null>(null);

  useEffect(() => {
    const left = new AbortController();
    const tell = async () => {
      const told = tokens && query ? await costOf({ query, variablesText, operationName }, version, tokens, left.signal) : null;
      if (!left.signal.aborted) setCost(told);
    };
    const timer = setTimeout(() => void tell(), PAUSE_MS);
    return () => {
      clearTimeout(timer);
      left.abort();
    };
  }, [query, variablesText, operationName, version, tokens]);

  // GraphiQL has no place of its own for it beside the query.
  const pane = editor?.getContainerDomNode().parentElement;
  return pane ? createPortal(<Tag cost={cost} />, pane) : null;
}

function Tag({ cost }: { cost: Cost | null }) {
  if (!cost) return null;
  const { requestedQueryCost, maximumAvailable, fields, hints } = cost;
  const fits = requestedQueryCost <= maximumAvailable;
  return (
    <output
      className={fits ? 'cost' : 'cost over'}
      aria-label="Cost of the operation"
      title={fields.map(({ path, cost }) => `${path}: ${cost.toLocaleString('en-US')}`).join('\n')}
    >
      Cost {requestedQueryCost.toLocaleString('en-US')} of {maximumAvailable.toLocaleString('en-US')}
      {hints[0] && <span>{hints[0]}</span>}
    </output>
  );
}

interface Typed {
  query: string;
  variablesText: string;
  operationName: string | undefined;
}

/** Null where what is typed has no cost: it is not whole yet, or the gateway does not say. */
async function costOf({ query, variablesText, operationName }: Typed, version: string | null, tokens: TokenKeeper, signal: AbortSignal): Promise<Cost | null> {
  try {
    const response = await send(version ? `/graphql/${version}/cost` : '/graphql/cost', {
      method: 'POST',
      // As plain JSON an operation that is not whole is no HTTP error, which the browser would log at every key.
      headers: { 'content-type': 'application/json', accept: 'application/json', authorization: `Bearer ${await tokens.current()}` },
      body: JSON.stringify({ query, variables: tryParseJSONC(variablesText) ?? null, operationName }),
      signal,
    });
    const told = (await response.json()) as Partial<Cost>;
    return told.requestedQueryCost === undefined ? null : (told as Cost);
  } catch {
    return null;
  }
}
