import { describe, expect, test } from 'vitest';
import { counted, type Progress, progressOn } from '../../lib/cli/progress.ts';

/** What a run of three files shows on a stream, when each file takes this many milliseconds. */
function shown(stream: { isTTY?: boolean; json?: boolean; milliseconds?: number }): string {
  const { isTTY = false, json = false, milliseconds = 1000 } = stream;
  let text = '';
  let time = 0;
  const write = (more: string) => {
    text += more;
  };
  const progress: Progress = progressOn({ isTTY, write }, json, () => time);
  progress.report('collect');
  progress.report('check', { total: 40 });
  for (const _ of counted(['a', 'b', 'c'], (done) => progress.report('write', { done, total: 3 })))
    time += milliseconds;
  progress.end();
  return text;
}

describe('progress', () => {
  test('is one line on a terminal, which changes and is gone in the end', () => {
    expect(shown({ isTTY: true }).split('\r\u001b[K')).toEqual([
      '',
      'reading the constructs',
      'checking 40 objects',
      'writing 1 of 3 files',
      'writing 2 of 3 files',
      'writing 3 of 3 files',
      '',
    ]);
  });

  test('is silent when nobody looks', () => {
    expect(shown({})).toBe('');
  });

  test('is a JSON object a line for machines, terminal or not', () => {
    const lines = shown({ json: true }).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { phase: 'collect' },
      { phase: 'check', total: 40 },
      { phase: 'write', done: 1, total: 3 },
      { phase: 'write', done: 2, total: 3 },
      { phase: 'write', done: 3, total: 3 },
    ]);
    expect(shown({ json: true, isTTY: true })).toBe(shown({ json: true }));
  });

  test('says no more than ten times a second how a phase goes, but always where it begins and ends', () => {
    expect(shown({ isTTY: true, milliseconds: 10 })).toContain('writing 1 of 3 files');
    expect(shown({ isTTY: true, milliseconds: 10 })).not.toContain('writing 2 of 3 files');
    expect(shown({ isTTY: true, milliseconds: 10 })).toContain('writing 3 of 3 files');
  });

  test('says no more when phases take turns', () => {
    let reports = 0;
    const write = () => {
      reports += 1;
    };
    const progress = progressOn({ isTTY: true, write }, false, () => 0);
    for (let cluster = 1; cluster <= 1000; cluster++) {
      progress.report('check', { total: cluster });
      progress.report('write', { done: cluster });
    }
    expect(reports).toBe(2);
  });

  test('has nothing to clear when nothing was shown', () => {
    let text = '';
    const write = (more: string) => {
      text += more;
    };
    progressOn({ isTTY: true, write }, false).end();
    expect(text).toBe('');
  });
});
