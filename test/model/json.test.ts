import { expect, test } from 'vitest';
import { at, merge, someText, sorted, visitStrings } from '../../lib/model/json.ts';

test('sorting changes nothing but the order of keys, and carries __proto__', () => {
  const value = JSON.parse('{"b":[{"z":1,"a":2}],"__proto__":{"x":1},"a":null}');
  expect(JSON.stringify(sorted(value))).toBe('{"__proto__":{"x":1},"a":null,"b":[{"a":2,"z":1}]}');
});

test('merging lays objects over each other and replaces everything else', () => {
  expect(merge({ a: { b: 1, c: [1, 2] }, d: 1 }, { a: { c: [3] }, d: null })).toEqual({ a: { b: 1, c: [3] }, d: null });
  expect(merge({ a: 1 }, undefined)).toEqual({ a: 1 });
});

test('a path into a value ends quietly where there is nothing', () => {
  expect(at({ a: [{ b: 1 }] }, 'a', 0, 'b')).toBe(1);
  expect(at({ a: 1 }, 'a', 'b', 'c')).toBeUndefined();
  expect(at({}, 'constructor')).toBeUndefined();
});

test('every string is visited with its path, keys too', () => {
  const seen: string[] = [];
  visitStrings({ a: ['x', { b: 'y' }] }, (text, path, isKey) =>
    seen.push(`${isKey ? 'key' : 'value'} ${path.join('.')}=${text}`),
  );
  expect(seen).toEqual(['key a=a', 'value a.0=x', 'key a.1.b=b', 'value a.1.b=y']);
});

test('a text is found wherever it stands, but for keys', () => {
  const has = (text: string) => someText({ a: ['x', { b: 'y' }, null, 1] }, (one) => one === text);
  expect(['a', 'x', 'b', 'y', 'z'].map(has)).toEqual([false, true, false, true, false]);
});
