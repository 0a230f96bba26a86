/**
 * Plans: statements kept for the documents that they answer. A document is what a caller sent, so
 * the plans' memory is bounded in bytes and each document's variants (by `@skip`, by presence of
 * arguments) are bounded in number; beyond either bound a plan is simply made again.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CompiledRead } from './compile.ts';
import type { ReadRequest } from './request.ts';

const MAX_VARIANTS = 16;

/** What a plan takes beside its text, for the reckoning: guards, parameters, and the document that
    they look into, which a plan keeps alive. */
const OVERHEAD_BYTES = 16_384;

/** A statement's uses before it is worth a place in PostgreSQL's memory (up to 0.4 MB each, in
    every connection): most documents that are seen at all are seen once. */
const USES_BEFORE_NAMED = 3;

export interface Plan extends CompiledRead {
  /** A name under which connections may prepare the statement. */
  readonly name: string;
  uses: number;
}

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
  /** Present once the statement has proven to come again. */
  readonly name?: string;
  /** Asked for many at once, with these values among them (`renderForMany`); it has a name then. Its own rows are its
      answer, without the place. */
  readonly forMany?: boolean;
}

/** The name of the plan that has this text. */
export const planName = (text: string): string => `read_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;

export class Plans {
  private readonly byOperation: LRUCache<string, Plan[]>;

  constructor(maxBytes: number) {
    this.byOperation = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (plans, key) => plans.reduce((sum, plan) => sum + plan.text.length * 2 + OVERHEAD_BYTES, key.length * 2),
    });
  }

  /** The kept plan whose guards the request answers alike. */
  find(operation: string, request: ReadRequest): Plan | undefined {
    return this.byOperation.get(operation)?.find(plan => plan.guards.every(({ question, answer }) => question(request) === answer));
  }

  keep(operation: string, compiled: CompiledRead): Plan {
    const plan: Plan = { ...compiled, name: planName(compiled.text), uses: 0 };
    const variants = this.byOperation.get(operation) ?? [];
    // Setting anew reckons the size again; the newest variants are the likeliest to come back.
    this.byOperation.set(operation, [plan, ...variants].slice(0, MAX_VARIANTS));
    return plan;
  }

  get bytes(): number {
    return this.byOperation.calculatedSize;
  }

  get size(): number {
    return this.byOperation.size;
  }
}

/** The statement for one request. Throws GraphQLErrors for values that cannot be meant. */
export function statementFor(plan: Plan, request: ReadRequest): Statement {
  plan.uses += 1;
  const values = plan.params.map(param => param.value(request));
  return plan.uses >= USES_BEFORE_NAMED ? { name: plan.name, text: plan.text, values } : { text: plan.text, values };
}
