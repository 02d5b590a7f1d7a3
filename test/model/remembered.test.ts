import { expect, test } from 'vitest';
import { remembered } from '../../lib/model/remembered.ts';

test('an answer is kept, one that is undefined too', () => {
  const asked: string[] = [];
  const length = remembered((text) => {
    asked.push(text);
    return text === '' ? undefined : text.length;
  });
  expect(['ab', '', 'ab', ''].map(length)).toEqual([2, undefined, 2, undefined]);
  expect(asked).toEqual(['ab', '']);
});

test('answers to texts without end do not fill the memory', () => {
  let asked = 0;
  const count = remembered(() => ++asked);
  count('first');
  for (let index = 0; index < 10_000; index++) count(String(index));
  expect(count('first')).toBe(asked);
});
