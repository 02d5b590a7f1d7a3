import { expect, test } from 'vitest';
import {
  ANNOTATIONS,
  annotated,
  pathInRepository,
  withoutGitOpsAnnotations,
} from '../../../lib/render/gitops/common.ts';
import { object } from './small-platform.ts';

const plain = object('ConfigMap', 'c');
const own = object('ConfigMap', 'c', {
  annotations: { team: 'vision', 'argocd.argoproj.io/sync-options': 'Replace=true' },
});

test('annotations are added to a copy', () => {
  expect(annotated(plain, ANNOTATIONS.fluxKeep, ANNOTATIONS.fluxOnce).metadata.annotations).toEqual({
    ...ANNOTATIONS.fluxKeep,
    ...ANNOTATIONS.fluxOnce,
  });
  expect(plain.metadata.annotations).toBeUndefined();
});

test('what the user wrote under the same key stays', () => {
  expect(annotated(own, ANNOTATIONS.argoKeep)).toEqual(own);
});

test.each(Object.entries(ANNOTATIONS))('%s is taken off again, and nothing of the user', (_, added) => {
  expect(withoutGitOpsAnnotations(annotated(plain, added))).toEqual(plain);
  expect(withoutGitOpsAnnotations(annotated(own, added))).toEqual(own);
});

test.each([
  [undefined, 'clusters/east'],
  ['', 'clusters/east'],
  ['./deploy/', 'deploy/clusters/east'],
  ['/a/b', 'a/b/clusters/east'],
])('the folder %j of the repository stands before the paths of the tree', (path, expected) => {
  expect(pathInRepository({ repoUrl: 'r', ...(path === undefined ? {} : { path }) }, 'clusters', 'east')).toBe(
    expected,
  );
});
