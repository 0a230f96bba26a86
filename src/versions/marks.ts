/** A version whose deprecated elements say so, for SDL and introspection: what is deprecated is a matter of time,
    and the schema that answers is not. */
import type { GraphQLSchema } from 'graphql';
import { buildVersion, type Marks } from './build.ts';
import { Draft } from './draft.ts';
import type { VersionSchema } from './project.ts';

/** A copy with `@deprecated` on the marked elements. Types, directives and what must be given cannot carry it:
    their descriptions say it. */
export const withMarks = ({ schema, mapping }: VersionSchema, marks: Marks): GraphQLSchema => buildVersion(Draft.of(schema, mapping), schema, marks);
