/** A module hook of node's: what a test file imports of ours carries the file's number in its URL, and is so a module of that file's own. */
import type { ResolveHook } from 'node:module';

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const resolved = await nextResolve(specifier, context);
  const number = context.parentURL === undefined ? '' : new URL(context.parentURL).search;
  if (number === '' || !resolved.url.startsWith('file:') || resolved.url.includes('/node_modules/')) return resolved;
  return { ...resolved, url: `${resolved.url}${number}` };
};
