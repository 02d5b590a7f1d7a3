import {
  AiCluster,
  Framework,
  type GpuNodePoolProps,
  gcp,
  NcclTest,
  Platform,
  Scheduler,
  Tenant,
  type TenantProps,
  TrainingJob,
  type TrainingJobProps,
  TrainingQueue,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at, objectsIn } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

interface Wish {
  readonly pool?: Partial<GpuNodePoolProps>;
  readonly tenant?: Partial<TenantProps>;
  /** Laid over a job of four workers with a node each; `'test'` for a test of the fabric in its place. */
  readonly job?: Partial<TrainingJobProps> | 'test';
}

/** A job on A3 Mega machines of GKE, in a namespace that lets its daemon in. */
function onMega({ pool = {}, tenant = {}, job = {} }: Wish = {}) {
  const platform = new Platform({ name: 'research', registries: ['registry.example.com'] });
  const cluster = new AiCluster(platform, 'east', {
    cloud: gcp({ project: 'acme-ml', region: 'us-central1' }),
    kubernetesVersion: '1.35',
  });
  const mega = cluster.addGpuNodePool('mega', { instanceType: 'a3-megagpu-8g', minNodes: 4, ...pool });
  const vision = new Tenant(cluster, 'vision', { quota: [mega.gpus(32)], podSecurity: 'privileged', ...tenant });
  const queue = new TrainingQueue(vision, 'train', { scheduler: Scheduler.volcano() });
  const image = 'registry.example.com/llm@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
  if (job === 'test') new NcclTest(queue, 'fabric', { pool: mega });
  else {
    const framework = Framework.pytorch();
    new TrainingJob(queue, 'llm', { framework, pool: mega, workers: 4, gpusPerWorker: 8, image, ...job });
  }
  const [model] = platform.model().clusters;
  const unit = model?.units.find(({ kind }) => kind === 'job');
  const [template] = (unit?.objects ?? []).flatMap(({ manifest }) => podTemplatesOf(manifest));
  const env = Object.fromEntries(
    objectsIn(at(template?.spec, 'containers', 0, 'env')).map(({ name, value }) => [name, value]),
  );
  const findings = platform
    .check()
    // The image of the job is made up.
    .findings.filter(({ code }) => code !== 'SEC-015')
    .map(({ code, what }) => `${code} ${what}`);
  return { model, unit, annotations: template?.annotations ?? {}, spec: template?.spec ?? {}, env, findings };
}

describe('a job on GPUDirect-TCPXO', () => {
  const { model, unit, annotations, spec, env, findings } = onMega({ pool: { fabric: 'required' } });

  test('is attached to a network for each interface beside that of the cluster', () => {
    expect(annotations['networking.gke.io/default-interface']).toBe('eth0');
    const interfaces = JSON.parse(annotations['networking.gke.io/interfaces'] ?? '') as object[];
    expect(interfaces).toHaveLength(9);
    expect(interfaces.slice(0, 2)).toEqual([
      { interfaceName: 'eth0', network: 'default' },
      { interfaceName: 'eth1', network: 'gpu-0' },
    ]);
    expect(env['NCCL_FASTRAK_IFNAME']).toBe('eth1,eth2,eth3,eth4,eth5,eth6,eth7,eth8');
  });

  test('has the daemon beside each worker, which ends with it and asks for no GPU', () => {
    const [daemon] = objectsIn(at(spec, 'initContainers'));
    expect(daemon).toMatchObject({
      name: 'tcpxo-daemon',
      restartPolicy: 'Always',
      image: 'us-docker.pkg.dev/gce-ai-infra/gpudirect-tcpxo/tcpgpudmarxd-dev:v1.0.21',
      securityContext: { runAsUser: 0, capabilities: { add: ['NET_ADMIN', 'NET_BIND_SERVICE'] } },
    });
    expect(at(daemon, 'resources', 'limits')).not.toHaveProperty('nvidia.com/gpu');
    const devices = annotations['devices.gke.io/container.tcpxo-daemon'] ?? '';
    expect(devices.split('\n')).toEqual(
      expect.arrayContaining(['- path: /dev/nvidia7', '- path: /dev/nvidiactl', '- path: /dev/dmabuf_import_helper']),
    );
  });

  test('starts once the plug-in of its release is on the node and the daemon is ready, never on TCP in the meantime', () => {
    const [daemon] = objectsIn(at(spec, 'initContainers'));
    expect(at(daemon, 'startupProbe', 'exec', 'command')).toEqual(['cat', '/run/health-check']);
    const installer = model?.units
      .find(({ id }) => id === 'gpudirect-tcpxo')
      ?.objects.find(({ manifest }) => manifest.metadata.name === 'nccl-plugin-installer');
    const marker = /until \[ -e (\S+) \]/.exec(String(at(daemon, 'command', 2)))?.[1] ?? 'none';
    const script = String(at(installer?.manifest, 'spec', 'template', 'spec', 'initContainers', 1, 'command', 2));
    expect(script.trimEnd().split('\n').at(-1)).toBe(
      `touch ${marker.replace('/usr/local/nvidia/lib64', '$libraries')}`,
    );
    expect(unit?.dependsOn).toContain('gpudirect-tcpxo');
  });

  test('names the transport, with which NCCL stops where it is not there', () => {
    expect(env).toMatchObject({ NCCL_NET: 'FasTrak', NCCL_FASTRAK_LLCM_DEVICE_DIRECTORY: '/dev/aperture_devices' });
    expect(onMega().env).not.toHaveProperty('NCCL_NET');
  });

  test('sees of the node the registers of the network cards, and the rest is for the daemon', () => {
    expect(at(spec, 'containers', 0, 'volumeMounts')).toEqual([
      { name: 'shared-memory', mountPath: '/dev/shm' },
      { name: 'tcpxo-apertures', mountPath: '/dev/aperture_devices' },
    ]);
    expect(at(spec, 'containers', 0, 'securityContext')).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    });
    expect(at(spec, 'securityContext', 'runAsUser')).toBe(1000);
  });

  test('leaves the daemon its part of the node', () => {
    const cores = (from: object) => Number(at(from as never, 'containers', 0, 'resources', 'requests', 'cpu'));
    expect(cores(onMega({ pool: { fabric: 'none' } }).spec) - cores(spec)).toBe(2);
  });

  test('breaks one rule alone, that its namespace lets pods take over nodes', () => {
    expect(findings).toEqual([expect.stringMatching(/^SEC-001 namespace 'vision' enforces privileged/)]);
  });
});

test('a test of the fabric gets what any other job gets, and logs which transport it found', () => {
  const { env, spec } = onMega({ pool: { fabric: 'required' }, job: 'test' });
  expect(env).toMatchObject({ NCCL_NET: 'FasTrak', NCCL_DEBUG: 'INFO', LD_LIBRARY_PATH: '/usr/local/nvidia/lib64' });
  expect(at(spec, 'initContainers', 0, 'name')).toBe('tcpxo-daemon');
});

test('a job on one node alone, or on a pool without the fabric, has none of it', () => {
  for (const wish of [{ job: { workers: 1 } }, { pool: { fabric: 'none' } }] as const) {
    const { annotations, spec, env } = onMega(wish);
    expect(Object.keys(annotations)).toEqual(['cluster-autoscaler.kubernetes.io/safe-to-evict']);
    expect(spec['initContainers']).toBeUndefined();
    expect(env).not.toHaveProperty('LD_LIBRARY_PATH');
  }
});

describe('what cannot be had is said', () => {
  test('workers with a part of a node get no interfaces, which is an error where the fabric is required', () => {
    const job = { gpusPerWorker: 4 };
    const { findings, env, spec } = onMega({ pool: { fabric: 'required' }, job });
    expect(findings).toContainEqual(expect.stringMatching(/^FIT-010 the fabric of pool 'mega' is required/));
    expect(env).toMatchObject({ NCCL_NET: 'FasTrak' });
    expect(spec['initContainers']).toBeUndefined();
    expect(onMega({ job }).findings).toEqual([expect.stringMatching(/^SEC-001/)]);
  });

  test.each(['baseline', 'restricted'] as const)('a namespace that enforces %s refuses the daemon', (podSecurity) => {
    expect(onMega({ tenant: { podSecurity } }).findings).toEqual([
      expect.stringMatching(/^FIT-010 .* runs the daemon of GPUDirect-TCPXO, and namespace 'vision' enforces/),
    ]);
  });
});
