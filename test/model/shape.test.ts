import { expect, test } from 'vitest';
import { Shape } from '../../lib/model/shape.ts';

function counted() {
  const asked: (readonly string[])[] = [];
  const none = Shape.none((keys) => {
    asked.push(keys);
    return keys.join(' ');
  });
  const factOf = (...keys: readonly string[]) => keys.reduce((shape, key) => shape.with(key), none).fact;
  return { asked, factOf };
}

test('what follows from keys is found once for all objects that have them in this order', () => {
  const { asked, factOf } = counted();
  expect([factOf('a', 'b'), factOf('a', 'c'), factOf('a', 'b'), factOf('b', 'a'), factOf(), factOf()]).toEqual([
    'a b',
    'a c',
    'a b',
    'b a',
    '',
    '',
  ]);
  expect(asked).toEqual([['a', 'b'], ['a', 'c'], ['b', 'a'], []]);
});

test('a map of any width has its fact', () => {
  const { factOf } = counted();
  const keys = Array.from({ length: 5000 }, (_, index) => `k${index}`);
  expect(factOf(...keys)).toBe(keys.join(' '));
});

test('keys that are made up without end take no memory without end, and have their facts all the same', () => {
  const { asked, factOf } = counted();
  for (let index = 0; index < 20_000; index++) factOf(`k${index}`);
  expect(factOf('k0')).toBe('k0');
  expect(factOf('k19999')).toBe('k19999');
  expect(factOf('k19998')).toBe('k19998');
  // The first are known, the last are found anew.
  expect(asked.length).toBe(20_002);
});
