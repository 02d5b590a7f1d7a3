import { expect, test } from 'vitest';
import { type Claim, closingLine, proofPage } from './claims.ts';

const claim = (result: Claim['result'], figure = ''): Claim => ({
  claim: 'pods are bound',
  program: 'kube-scheduler',
  version: '1.37.2',
  result,
  figure,
});

test('what was not run is counted as skipped, and never as passed', () => {
  expect(closingLine([claim('passed'), claim('failed'), claim('not run'), claim('not run')])).toBe(
    '1 passed, 1 failed, 2 skipped',
  );
});

test('a figure with lines and bars stays one row of the page', () => {
  expect(proofPage([claim('failed', 'one\n  two | three')], [])).toContain(
    '\n| pods are bound | kube-scheduler | 1.37.2 | failed | one<br>two \\| three |\n',
  );
});

test('the page says what is not proved', () => {
  expect(proofPage([], ['No container is started.'])).toContain(
    '## What is not proved, and why\n\n- No container is started.',
  );
});
