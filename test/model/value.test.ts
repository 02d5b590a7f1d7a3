import { expect, test } from 'vitest';
import { bind, markersIn, Ref, substitute, wholeMarker } from '../../lib/model/value.ts';

const values = { 'east/port': 6379, 'east/host': 'db.example.com', 'east/query': 'a b&c' } as const;
const lookUp = ({ id }: { id: string }) => values[id as keyof typeof values];

test('a reference that is a whole leaf becomes a value of its type', () => {
  expect(substitute(String(Ref.number('east/port')), lookUp)).toBe(6379);
});

test('a reference inside a text stays text, so a port in a ConfigMap stays a string', () => {
  expect(substitute(`${Ref.string('east/host')}:${Ref.number('east/port')}`, lookUp)).toBe('db.example.com:6379');
});

test('a reference can be embedded in JSON and in a URL', () => {
  expect(substitute(`{"host":${Ref.json(Ref.string('east/host'))}}`, lookUp)).toBe('{"host":"db.example.com"}');
  expect(substitute(`https://x/?q=${Ref.urlEncode(Ref.string('east/query'))}`, lookUp)).toBe('https://x/?q=a%20b%26c');
});

test('the marker carries type, secrecy and place, so nothing is kept beside it', () => {
  expect(wholeMarker(String(Ref.string('east/token', { secret: true })))).toEqual({
    id: 'east/token',
    type: 'string',
    secret: true,
    encoding: 'raw',
  });
  expect(wholeMarker(`${Ref.string('a')}${Ref.string('b')}`)).toBeUndefined();
  expect(markersIn(`${Ref.string('a')} and ${Ref.string('b')}`).map((marker) => marker.id)).toEqual(['a', 'b']);
});

test('binding replaces leaves everywhere, and carries a key like __proto__', () => {
  const document = JSON.parse('{"list":[{"__proto__":1}],"host":"x"}');
  document.host = Ref.string('east/host').resolve();
  const bound = bind(document, lookUp) as { host: string; list: readonly object[] };
  expect(bound.host).toBe('db.example.com');
  expect(Object.keys(bound.list[0] ?? {})).toEqual(['__proto__']);
});

test('a value that looks like a pattern of String.replace is taken as it is', () => {
  expect(substitute(`<${Ref.string('east/host')}>`, () => '$&$1')).toBe('<$&$1>');
});
