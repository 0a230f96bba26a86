/** What a milestone may depend on. */

/** Milestones that one may depend on. */
export const MAX_DEPENDENCIES = 10;

/** A way from the milestone back to itself, were it to depend on these; null where there is none. */
export function circleThrough(milestoneId: string, dependsOn: readonly string[], dependencies: ReadonlyMap<string, readonly string[]>): string[] | null {
  const visited = new Set<string>();
  const walk = (id: string, way: readonly string[]): string[] | null => {
    if (id === milestoneId) return [...way, id];
    if (visited.has(id)) return null;
    visited.add(id);
    for (const next of dependencies.get(id) ?? []) {
      const circle = walk(next, [...way, id]);
      if (circle) return circle;
    }
    return null;
  };
  for (const id of dependsOn) {
    const circle = walk(id, [milestoneId]);
    if (circle) return circle;
  }
  return null;
}
