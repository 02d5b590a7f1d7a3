import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rulesPage } from '../scripts/rules-page.ts';

test('the page about the rules is the one that the rules make (./dev docs)', () => {
  expect(readFileSync('docs/rules.md', 'utf8')).toBe(rulesPage());
});

test('the transform that the page about Pulumi shows is the one that the lane runs on the real engine', () => {
  const page = readFileSync('docs/pulumi.md', 'utf8');
  const [shown] = /^runtime\.registerResourceTransform[\s\S]*?^}\);/m.exec(page) ?? [''];
  expect(shown).not.toBe('');
  expect(readFileSync('test/e2e/pulumi/programs/eks/index.ts', 'utf8')).toContain(shown);
});

test('every file that a page links to exists', () => {
  const pages = ['README.md', 'lib/README.md', ...globSync('docs/**/*.md')];
  const broken = pages.flatMap((page) => {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link);
    return links.filter((link) => globSync(`${folder}${link}`).length === 0).map((link) => `${page} -> ${link}`);
  });
  expect(broken).toEqual([]);
});
