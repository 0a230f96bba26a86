/** The tree's rules against RFC 6962's own words, written down plainly, for trees of every size. */
import fc from 'fast-check';
import { Tree, continues, leafHash, nodeHash, rootOfInclusion, subtreesOf } from './merkle.rules.ts';

const splitOf = (size: number): number => 2 ** Math.ceil(Math.log2(size) - 1);

/** MTH(D[n]). */
const rootOf = (leaves: readonly Buffer[]): Buffer =>
  leaves.length === 1 ? leaves[0]! : nodeHash(rootOf(leaves.slice(0, splitOf(leaves.length))), rootOf(leaves.slice(splitOf(leaves.length))));

/** PATH(m, D[n]). */
function pathOf(index: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathOf(index, left), rootOf(right)] : [...pathOf(index - split, right), rootOf(left)];
}

/** SUBPROOF(m, D[n], b). */
function proofOf(size: number, leaves: readonly Buffer[], isKnown: boolean): Buffer[] {
  if (size === leaves.length) return isKnown ? [] : [rootOf(leaves)];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return size <= split ? [...proofOf(size, left, isKnown), rootOf(right)] : [...proofOf(size - split, right, false), rootOf(left)];
}

const leavesOf = (size: number): Buffer[] => Array.from({ length: size }, (_, i) => leafHash(`entry ${i}`));

test('the published roots of the trees over 0, 1, 2 and 3 known leaves are ours', () => {
  const tree = new Tree();
  expect(tree.root().toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  tree.add(leafHash(''));
  expect(tree.root().toString('hex')).toBe('6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
});

test('a tree grown leaf by leaf, or taken up at any size, has the root of the definition', () => {
  const leaves = leavesOf(70);
  const tree = new Tree();
  const hashes = new Map<string, Buffer>();
  for (const [i, leaf] of leaves.entries()) {
    hashes.set(`1 ${i}`, leaf);
    for (const [level, hash] of tree.add(leaf).entries()) hashes.set(`${2 ** (level + 1)} ${i}`, hash);
    expect(tree.root()).toEqual(rootOf(leaves.slice(0, i + 1)));
    const again = new Tree(
      tree.size,
      subtreesOf(tree.size).map(({ leaves: count, lastLeaf }) => hashes.get(`${count} ${lastLeaf}`)!),
    );
    expect(again.root()).toEqual(tree.root());
  }
});

test('inclusion holds for every leaf of every size, and for no other place, size or leaf', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), (size, at, wrong) => {
      const leaves = leavesOf(size);
      const leafIndex = at % size;
      const proof = { leaf: leaves[leafIndex]!, leafIndex, size, path: pathOf(leafIndex, leaves) };
      expect(rootOfInclusion(proof)).toEqual(rootOf(leaves));
      expect(rootOfInclusion({ ...proof, leaf: leafHash('another') })?.equals(rootOf(leaves)) ?? false).toBe(false);
      const elsewhere = wrong % size;
      expect(rootOfInclusion({ ...proof, leafIndex: elsewhere })?.equals(rootOf(leaves)) ?? false).toBe(elsewhere === leafIndex);
      expect(rootOfInclusion({ ...proof, path: [...proof.path, leafHash('more')] })).toBeNull();
    }),
    { numRuns: 300 },
  );
});

test('a tree continues each smaller one that it began as, and none with another beginning', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 130 }), fc.nat(), fc.nat(), (size, smaller, changed) => {
      const leaves = leavesOf(size);
      const before = 1 + (smaller % size);
      const path = proofOf(before, leaves, true);
      const from = { size: before, root: rootOf(leaves.slice(0, before)) };
      expect(continues({ from, to: { size, root: rootOf(leaves) }, path })).toBe(true);
      const spoilt = leaves.with(changed % before, leafHash('another'));
      expect(continues({ from, to: { size, root: rootOf(spoilt) }, path: proofOf(before, spoilt, true) })).toBe(false);
    }),
    { numRuns: 300 },
  );
});
