import { describe, expect, test } from 'vitest';
import type { FileTree } from '../../../lib/render/files.ts';
import { orderProblems } from './order-checker.ts';
import { object, objects, queue, smallPlatform, withUnit } from './small-platform.ts';
import { argoCdTree, fluxTree, readArgoCd, readFlux } from './tree.ts';

const options = { repoUrl: 'https://git.example.com/platform.git' };
const argo = argoCdTree(smallPlatform, options);
const flux = fluxTree(smallPlatform, options);

/** The tree with one file changed. */
function edited(files: FileTree, path: string, from: RegExp, to: string): FileTree {
  const text = files.get(path) ?? '';
  if (!from.test(text)) throw new Error(`${path} has no ${from}`);
  return new Map(files).set(path, text.replace(from, to));
}

describe('the order checker', () => {
  test.each([
    [
      'a custom resource in the wave of its CRD',
      'app-web',
      /sync-wave: "\d"/,
      'sync-wave: "0"',
      'app-web is not after cert-manager-crds: the CRD of Certificate.cert-manager.io',
    ],
    [
      'a custom resource in the wave of its webhook',
      'app-web',
      /sync-wave: "\d"/,
      'sync-wave: "1"',
      'app-web is not after cert-manager: the webhooks of cert-manager.io',
    ],
    [
      'a queue in the wave of the chart that carries its CRD',
      'queue-research',
      /sync-wave: "\d"/,
      'sync-wave: "0"',
      'queue-research is not after volcano: the CRD of Queue.scheduling.volcano.sh',
    ],
    [
      'a queue in the wave of its parent',
      'queue-pretrain',
      /sync-wave: "\d"/,
      'sync-wave: "1"',
      'queue-pretrain is not after queue-research: Queue research',
    ],
    [
      'a namespace after its content',
      'tenant-vision',
      /sync-wave: "\d"/,
      'sync-wave: "7"',
      'app-web is not after tenant-vision: Namespace vision',
    ],
    [
      'a teardown of the namespace before its content',
      'tenant-vision',
      /sync-wave: "\d"/,
      'sync-wave: "7"',
      'app-web is not taken down before tenant-vision: Namespace vision',
    ],
  ])('sees in a tree for Argo CD %s', (_, id, from, to, problem) => {
    expect(orderProblems(readArgoCd(edited(argo, `clusters/east/${id}.yaml`, from, to)))).toContain(problem);
  });

  test.each([
    ['a custom resource', 'app-web', 'app-web is not after cert-manager-crds: the CRD of Certificate.cert-manager.io'],
    ['a queue', 'queue-pretrain', 'queue-pretrain is not after queue-research: Queue research'],
    ['a job', 'job-resnet', 'job-resnet is not after queue-pretrain: Queue pretrain'],
  ])('sees in a tree for Flux %s that nothing keeps back', (_, id, problem) => {
    expect(
      orderProblems(readFlux(edited(flux, `clusters/east/${id}.yaml`, / {2}dependsOn:\n( {2}- .*\n)+/, ''))),
    ).toContain(problem);
  });

  test('sees what nothing brings', () => {
    const stray = objects(
      object('Widget', 'w', { apiVersion: 'example.com/v1', namespace: 'nowhere' }),
      queue('orphan', { parent: 'ghost' }),
    );
    expect(orderProblems(readFlux(fluxTree(withUnit('app-web', stray), options)))).toEqual(
      expect.arrayContaining([
        'app-web: nothing in the tree brings Namespace nowhere',
        'app-web: nothing in the tree brings the CRD of Widget.example.com',
        'app-web: nothing in the tree brings Queue ghost',
      ]),
    );
  });
});
