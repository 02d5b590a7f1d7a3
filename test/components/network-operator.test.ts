import { AiCluster, existing, type GpuNodePoolProps, Platform, type PlatformModel, Rdma } from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';
import type { Manifest } from '../../lib/model/kubernetes.ts';

const interfaces = ['ib0', 'ib1'];

function hall(pools: Readonly<Record<string, Partial<GpuNodePoolProps>>>): PlatformModel['clusters'][number] {
  const platform = new Platform({ name: 'lab' });
  const cluster = new AiCluster(platform, 'hall', {
    cloud: existing(),
    kubernetesVersion: '1.35',
    systemPool: { labels: { role: 'system' }, taints: [{ key: 'system', effect: 'NoSchedule' }] },
  });
  for (const [name, props] of Object.entries(pools)) {
    cluster.addGpuNodePool(name, {
      instanceType: 'dgx-h100',
      minNodes: 2,
      labels: { rack: name },
      taints: [{ key: 'rack', value: name, effect: 'NoExecute' }],
      ...props,
    });
  }
  const [only] = platform.model().clusters;
  if (only === undefined) throw new Error('one cluster');
  return only;
}

function madeFor(cluster: PlatformModel['clusters'][number], kind: string): readonly Manifest[] {
  const unit = cluster.units.find(({ id }) => id === 'network-operator');
  return (unit?.objects ?? []).map(({ manifest }) => manifest).filter((manifest) => manifest.kind === kind);
}

const agentsOf = (cluster: PlatformModel['clusters'][number]) =>
  cluster.components.find(({ id }) => id === 'network-operator')?.agents ?? [];

describe('Network Operator', () => {
  test('is there for pools whose interfaces it brings, with the GPU Operator that finds its nodes', () => {
    expect(hall({ a: { rdma: Rdma.advertised('rdma/ib') } }).components.map(({ id }) => id)).not.toContain(
      'network-operator',
    );
    const cluster = hall({ a: { rdma: Rdma.shared() }, b: {} });
    expect(cluster.components.find(({ id }) => id === 'network-operator')).toMatchObject({
      neededBy: ['hall/a'],
      values: { nfd: { enabled: false } },
    });
    expect(cluster.units.find(({ id }) => id === 'network-operator')?.dependsOn).toContain('gpu-operator');
  });

  test('advertises the interfaces of each pool under the names of that pool, on its nodes alone', () => {
    const cluster = hall({ a: { rdma: Rdma.shared() }, b: { rdma: Rdma.sriov({ interfaces, functions: 8 }) } });
    const [a, b] = madeFor(cluster, 'NicNodePolicy');
    expect(a).toMatchObject({
      metadata: { name: 'a' },
      spec: { nodeSelector: { rack: 'a' }, tolerations: [{ key: 'rack', effect: 'NoExecute' }] },
    });
    expect(JSON.parse(String(at(a?.['spec'], 'rdmaSharedDevicePlugin', 'config')))).toEqual({
      configList: [{ resourceName: 'a', rdmaHcaMax: 63, selectors: { vendors: ['15b3'], linkTypes: ['infiniband'] } }],
    });
    expect(JSON.parse(String(at(b?.['spec'], 'sriovDevicePlugin', 'config')))).toEqual({
      resourceList: ['ib0', 'ib1'].map((name, index) => ({
        resourcePrefix: 'rdma',
        resourceName: `b_${index}`,
        selectors: { vendors: ['15b3'], pfNames: [name], isRdma: true },
      })),
    });
    expect(at(b?.['spec'], 'rdmaSharedDevicePlugin')).toBeUndefined();
  });

  test('brings no networks where pods need no addresses, and still says that drivers are ready', () => {
    const [policy] = madeFor(hall({ a: { rdma: Rdma.shared() } }), 'NicClusterPolicy');
    expect(policy).toMatchObject({ metadata: { name: 'nic-cluster-policy' } });
    expect(policy?.['spec']).not.toHaveProperty('secondaryNetwork');
    expect(policy?.['spec']).not.toHaveProperty('nvIpam');
  });

  test('brings Multus, plugins and addresses where pods have some', () => {
    const cluster = hall({ a: { rdma: Rdma.shared({ interfaces, addresses: '10.64.0.0/16' }) } });
    expect(madeFor(cluster, 'NicClusterPolicy')[0]?.['spec']).toMatchObject({
      secondaryNetwork: { multus: {}, cniPlugins: {}, ipoib: {} },
      nvIpam: { enableWebhook: false },
    });
    expect(madeFor(cluster, 'IPPool').map(({ metadata, spec }) => [metadata.namespace, metadata.name, spec])).toEqual([
      [
        'nvidia-network-operator',
        'a-0',
        { subnet: '10.64.0.0/17', perNodeBlockSize: 8, nodeSelector: expect.anything() },
      ],
      [
        'nvidia-network-operator',
        'a-1',
        { subnet: '10.64.128.0/17', perNodeBlockSize: 8, nodeSelector: expect.anything() },
      ],
    ]);
  });

  test('keeps to the nodes of its pools, and its controllers to the system pool', () => {
    const [policy] = madeFor(
      hall({ a: { rdma: Rdma.shared() }, b: { rdma: Rdma.shared() }, c: {} }),
      'NicClusterPolicy',
    );
    const terms = at(
      policy?.['spec'],
      'nodeAffinity',
      'requiredDuringSchedulingIgnoredDuringExecution',
      'nodeSelectorTerms',
    );
    expect(terms).toEqual(
      ['a', 'b'].map((rack) => ({ matchExpressions: [{ key: 'rack', operator: 'In', values: [rack] }] })),
    );
    expect(policy?.['spec']).toMatchObject({
      deploymentTolerations: [{ key: 'system', effect: 'NoSchedule' }],
      deploymentNodeAffinity: {},
    });
  });

  test('brings the driver of the network cards when it is told to, and the GPU driver then waits for that', () => {
    const cluster = hall({ a: { rdma: Rdma.shared({ driver: 'operator' }) } });
    expect(madeFor(cluster, 'NicNodePolicy')[0]?.['spec']).toHaveProperty('ofedDriver');
    const driver = (model: typeof cluster) =>
      model.components.find(({ id }) => id === 'gpu-operator')?.values['driver'];
    expect(driver(cluster)).toMatchObject({ enabled: true, rdma: { enabled: true } });
    expect(driver(hall({ a: { rdma: Rdma.shared() } }))).not.toHaveProperty('rdma');
    expect(driver(hall({ a: { rdma: Rdma.shared({ driver: 'operator' }), driver: 'cloud' } }))).toEqual({
      enabled: false,
    });
  });

  test('has agents on its pools that tolerate all of their taints', () => {
    const cluster = hall({
      a: { rdma: Rdma.shared({ interfaces, addresses: '10.64.0.0/16', driver: 'operator' }) },
      b: { rdma: Rdma.sriov({ interfaces }) },
    });
    const onPools = agentsOf(cluster).filter(({ runsOn }) => runsOn === 'pools');
    expect(onPools.map(({ name }) => name).sort()).toEqual([
      'cni-plugins-ds',
      'kube-ipoib-cni-ds',
      'kube-multus-ds',
      'mofed-a',
      'network-operator-sriov-device-plugin-b',
      'nv-ipam-node',
      'rdma-shared-dp-ds-a',
    ]);
    for (const { tolerations } of onPools) {
      expect(tolerations).toContainEqual({ key: 'rack', operator: 'Exists', effect: 'NoExecute' });
    }
  });
});
