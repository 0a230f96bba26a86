/** A compiled answer on its way through Apollo Server: the JSON text of `data`, passed through as it is. */
import type { FormattedExecutionResult } from 'graphql';

export class CompiledData {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** The response's text. Errors come first, as the specification advises, so that people see them. */
export function stringifyResult({ errors, data, extensions }: FormattedExecutionResult): string {
  const parts: string[] = [];
  if (errors) parts.push(`"errors":${JSON.stringify(errors)}`);
  if (data !== undefined) parts.push(`"data":${(data as unknown) instanceof CompiledData ? (data as unknown as CompiledData).text : JSON.stringify(data)}`);
  if (extensions) parts.push(`"extensions":${JSON.stringify(extensions)}`);
  return `{${parts.join(',')}}`;
}
