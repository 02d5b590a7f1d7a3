import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Manifest } from '../../lib/model/kubernetes.ts';
import { examplePlatform } from '../../lib/policies/examples.ts';
import { PathGuard } from '../../lib/render/files/paths.ts';
import { objectFileName, objectFiles } from '../../lib/render/layout.ts';
import { renderManifests } from '../../lib/render/manifests.ts';
import { object, objects, unit } from './gitops/small-platform.ts';

const quota = (namespace: string) => object('ResourceQuota', 'quota', { namespace });
const role = (name: string) => object('ClusterRole', name, { apiVersion: 'rbac.authorization.k8s.io/v1' });

describe('one file for each object', () => {
  test('keeps two quotas of one name apart that differ in their namespaces', () => {
    const files = objectFiles([quota('vision'), quota('speech')], 'object');
    expect([...files.keys()]).toEqual(['ResourceQuota_vision_quota.yaml', 'ResourceQuota_speech_quota.yaml']);
    expect([...files.values()].map((text) => parse(text).metadata.namespace)).toEqual(['vision', 'speech']);
  });

  test.each([
    ['Namespace__vision.yaml', object('Namespace', 'vision')],
    ['Deployment.apps_vision_web.yaml', object('Deployment', 'web', { apiVersion: 'apps/v1', namespace: 'vision' })],
    ['ClusterRole.rbac.authorization.k8s.io__system%3Anode-proxier.yaml', role('system:node-proxier')],
    ['ClusterRole.rbac.authorization.k8s.io__%55pper%5Fcase.yaml', role('Upper_case')],
    ['ClusterRole.rbac.authorization.k8s.io__%C3%A9%F0%9F%98%80.yaml', role('\u00e9\u{1f600}')],
  ])('%s', (name, manifest) => {
    expect(objectFileName(manifest)).toBe(name);
    expect(decodeURIComponent(name)).toContain(`_${manifest.metadata.name}.yaml`);
  });

  test('cuts a name that is too long for a file, and keeps what differs only behind the cut apart', () => {
    const names = ['a', 'b'].map((end) => objectFileName(role(`${':'.repeat(100)}${end}`)));
    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(name).toMatch(/^ClusterRole\.rbac\.authorization\.k8s\.io__%3A.*~[0-9a-f]{16}\.yaml$/);
      expect(name).toHaveLength(255);
    }
  });

  test('gives every two objects names of their own that every file system keeps', () => {
    const label = fc.string({ unit: fc.constantFrom(...'abz09-'), minLength: 1, maxLength: 63 });
    const segment = fc.string({ unit: fc.constantFrom(...'aAkK\u212a\u00e9:._-~ @$'), minLength: 1, maxLength: 253 });
    const manifest: fc.Arbitrary<Manifest> = fc
      .tuple(fc.constantFrom('v1', 'apps/v1', 'a.b/v1'), fc.constantFrom('Role', 'Thing'), fc.option(label), segment)
      .map(([apiVersion, kind, namespace, name]) =>
        object(kind, name, { apiVersion, ...(namespace === null ? {} : { namespace }) }),
      );
    const identity = ({ apiVersion, kind, metadata }: Manifest) =>
      JSON.stringify([apiVersion, kind, metadata.namespace, metadata.name]);
    const distinct = fc.uniqueArray(manifest, { selector: identity, maxLength: 30 });
    fc.assert(
      fc.property(distinct, (manifests) => {
        const guard = new PathGuard();
        for (const one of manifests) guard.accept(objectFileName(one));
      }),
      { seed: 20_261_124, numRuns: 500 },
    );
  });

  test('loses no object, not even one with the identity of another', () => {
    expect(
      parse(
        objectFiles([role('a')], 'object')
          .values()
          .next().value ?? '',
      ),
    ).toEqual(role('a'));
    expect([...objectFiles([role('a'), role('a')], 'object').values()].join()).toContain('---\n');
  });
});

describe('manifests', () => {
  const namespaced = object('ConfigMap', 'settings', { namespace: 'vision' });
  const model = examplePlatform({
    units: [unit('tenant-vision', objects(object('Namespace', 'vision'), namespaced)), unit('empty')],
  });

  test('have one file for each unit unless asked otherwise, and none for a unit without objects', () => {
    const files = new Map(renderManifests(model));
    expect([...files.keys()]).toEqual(['east/order.yaml', 'east/tenant-vision/objects.yaml']);
    expect(files.get('east/order.yaml')).not.toContain('files:');
  });

  test('with a file for each object tell the order of the files, which their names do not', () => {
    const files = new Map(renderManifests(model, { layout: 'object' }));
    const names = ['Namespace__vision.yaml', 'ConfigMap_vision_settings.yaml'];
    expect([...files.keys()]).toEqual(['east/order.yaml', ...names.map((name) => `east/tenant-vision/${name}`)]);
    expect(parse(files.get('east/order.yaml') ?? '').units).toMatchObject([
      { id: 'tenant-vision', files: names },
      { id: 'empty', files: [] },
    ]);
  });
});
