import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrder, levels } from '../../lib/model/order.ts';

const ids = (nodes: readonly { readonly id: string }[]) => nodes.map((node) => node.id);

test('what others wait for comes first, and ids decide the rest', () => {
  const nodes = [
    { id: 'c', dependsOn: ['b'] },
    { id: 'b', dependsOn: [] },
    { id: 'a', dependsOn: [] },
  ];
  expect(ids(inOrder(nodes, 'here'))).toEqual(['a', 'b', 'c']);
});

test('a cycle is named by the path that closes it, without the nodes that only lead there', () => {
  const nodes = [
    { id: 'lead', dependsOn: ['x'] },
    { id: 'x', dependsOn: ['y'] },
    { id: 'y', dependsOn: ['x'] },
  ];
  expect(() => inOrder(nodes, 'east')).toThrow('ORDER-001 at east: these wait for each other: x -> y -> x');
});

test('a dependency that does not exist is named', () => {
  expect(() => inOrder([{ id: 'a', dependsOn: ['ghost'] }], 'east')).toThrow(
    "'a' depends on 'ghost', which does not exist",
  );
});

test('a chain of ten thousand is ordered, and its levels count up', () => {
  const nodes = Array.from({ length: 10_000 }, (_, index) => ({
    id: `n${index}`,
    dependsOn: index === 0 ? [] : [`n${index - 1}`],
  }));
  const ordered = inOrder([...nodes].reverse(), 'east');
  expect(ordered.at(-1)?.id).toBe('n9999');
  expect(levels(ordered).get('n9999')).toBe(9999);
});

test('the order of the input never shows, and every dependency comes earlier', () => {
  const graph = fc
    .integer({ min: 1, max: 20 })
    .chain((size) =>
      fc.tuple(
        ...Array.from({ length: size }, (_, index) =>
          fc
            .subarray(Array.from({ length: index }, (_unused, need) => `n${need}`))
            .map((dependsOn) => ({ id: `n${index}`, dependsOn })),
        ),
      ),
    );
  fc.assert(
    fc.property(graph, fc.infiniteStream(fc.nat()), (nodes, random) => {
      const shuffled = nodes.map((node) => ({ node, at: random.next().value as number })).sort((a, b) => a.at - b.at);
      const ordered = inOrder(nodes, 'here');
      expect(
        ids(
          inOrder(
            shuffled.map(({ node }) => node),
            'here',
          ),
        ),
      ).toEqual(ids(ordered));
      const place = new Map(ordered.map((node, index) => [node.id, index]));
      for (const node of ordered)
        for (const need of node.dependsOn) expect(place.get(need)).toBeLessThan(place.get(node.id) ?? -1);
    }),
    { numRuns: 200, seed: 4 },
  );
});
