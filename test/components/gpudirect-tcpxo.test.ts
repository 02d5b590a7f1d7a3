import { AiCluster, type GpuNodePoolProps, gcp, Platform } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';

const mega = { instanceType: 'a3-megagpu-8g', minNodes: 2 } as const;

function onGke(pools: Readonly<Record<string, GpuNodePoolProps>>) {
  const platform = new Platform({ name: 'p' });
  const cluster = new AiCluster(platform, 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1' }),
    kubernetesVersion: '1.35',
  });
  for (const [id, props] of Object.entries(pools)) cluster.addGpuNodePool(id, props);
  const [model] = platform.model().clusters;
  const component = model?.components.find(({ id }) => id === 'gpudirect-tcpxo');
  const manifests = model?.units.find(({ id }) => id === 'gpudirect-tcpxo')?.objects.map(({ manifest }) => manifest);
  const findings = platform.check().findings;
  return { component, manifests: manifests ?? [], findings, units: model?.units.map(({ id }) => id) ?? [] };
}

describe('GPUDirect-TCPXO', () => {
  const pools = {
    a: { ...mega, taints: [{ key: 'team', value: 'a', effect: 'NoExecute' }] },
    b: mega,
    plain: { ...mega, fabric: 'none' },
  } as const;
  const { component, manifests, findings, units } = onGke(pools);
  const daemons = manifests.filter(({ kind }) => kind === 'DaemonSet');

  test('is there for the pools that have it, and GKE has its custom resources already', () => {
    expect(component?.neededBy).toEqual(['east/a', 'east/b']);
    expect(units).not.toContain('gpudirect-tcpxo-crds');
    expect(onGke({ plain: pools.plain }).component).toBeUndefined();
  });

  test('names the networks of the cluster for pods, each as the VPC that the deployment makes', () => {
    const networks = manifests.filter(({ kind }) => kind === 'Network');
    expect(networks.map(({ metadata }) => metadata.name)).toEqual(
      Array.from({ length: 8 }, (_, index) => `gpu-${index}`),
    );
    expect(manifests.find(({ kind }) => kind === 'GKENetworkParamSet')).toMatchObject({
      metadata: { name: 'gpu-0' },
      spec: { vpc: 'east-gpu-0', vpcSubnet: 'east-gpu-0', deviceMode: 'NetDevice' },
    });
  });

  test('has agents that tolerate every taint of the pools, and run on no other', () => {
    expect(daemons).toHaveLength(2);
    for (const { spec } of daemons) {
      const pod = at(spec, 'template', 'spec');
      expect(objectsIn(at(pod, 'tolerations'))).toEqual([
        { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
        { key: 'team', operator: 'Exists', effect: 'NoExecute' },
      ]);
      const affinity = at(pod, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
      const wanted = objectsIn(at(affinity, 'nodeSelectorTerms')).map((term) =>
        at(term, 'matchExpressions', 0, 'values'),
      );
      expect(wanted).toEqual([['a'], ['b']]);
    }
    expect(component?.agents.map(({ name, pools: on }) => [name, on])).toEqual(
      daemons.map(({ metadata }) => [metadata.name, ['a', 'b']]),
    );
    expect(findings).toEqual([]);
  });

  test('may run pods that are critical for the system, which GKE lets no namespace do without a quota', () => {
    expect(manifests.map(({ kind }) => kind)).toContain('ResourceQuota');
  });

  test('pins every image', () => {
    const images = daemons.flatMap(({ spec }) =>
      ['initContainers', 'containers'].flatMap((list) => objectsIn(at(spec, 'template', 'spec', list))),
    );
    for (const { image } of images) expect(image).toMatch(/:v\d+\.\d+\.\d+$|@sha256:[0-9a-f]{64}$/);
  });
});
