import {
  AiCluster,
  aws,
  Callers,
  type ComponentOverrides,
  Duration,
  existing,
  type GpuNodePoolProps,
  InferenceService,
  type InferenceServiceProps,
  type Manifest,
  Platform,
  type PlatformError,
  Runtime,
  Sharing,
  Tenant,
  type VllmOptions,
} from 'cdk8s-ai';
import { describe, expect, test } from 'vitest';
import { at } from '../../lib/model/json.ts';
import { podTemplatesOf } from '../../lib/model/kubernetes.ts';

const defaults = { model: 's3://models/classifier', runtime: Runtime.triton(), scale: { min: 1, max: 4 } };

/** One service, named `classifier`, on one pool of L4 nodes of 16 cores and 64 GiB. */
function serve(
  props: Partial<InferenceServiceProps> = {},
  pool: Partial<GpuNodePoolProps> = {},
  name = 'classifier',
  components: ComponentOverrides = {},
) {
  const platform = new Platform({ name: 'serving' });
  const cloud = aws({ region: 'us-west-2' });
  const cluster = new AiCluster(platform, 'west', { cloud, kubernetesVersion: '1.35', components });
  const l4 = cluster.addGpuNodePool('l4', { instanceType: 'g6.4xlarge', minNodes: 1, maxNodes: 8, ...pool });
  const vision = new Tenant(cluster, 'vision', { quota: [] });
  const made = new InferenceService(vision, name, { ...defaults, pool: l4, ...props });
  const model = () => {
    const [only] = platform.model().clusters;
    if (only === undefined) throw new Error('one cluster');
    return only;
  };
  const objects = () =>
    model()
      .units.filter(({ id }) => /^(service|runtime)-/.test(id))
      .flatMap((unit) => unit.objects.map(({ manifest }) => manifest));
  const object = (kind: string): Manifest => {
    const found = objects().find((one) => one.kind === kind);
    if (found === undefined) throw new Error(`no ${kind}`);
    return found;
  };
  return { platform, vision, l4, made, model, objects, object };
}

/** The pod template of the stable replicas. */
function podOf(object: Manifest) {
  const [template] = podTemplatesOf(object);
  if (template === undefined) throw new Error('no pods');
  return template.spec;
}

function thrownBy(action: () => unknown): PlatformError {
  try {
    action();
  } catch (error) {
    return error as PlatformError;
  }
  throw new Error('nothing was thrown');
}

describe('a service', () => {
  test('takes selector, tolerations and devices from its pool', () => {
    const pod = podOf(
      serve({}, { taints: [{ key: 'team', value: 'vision', effect: 'NoExecute' }] }).object('InferenceService'),
    );
    expect(pod['nodeSelector']).toEqual({ 'cdk8s-ai.dev/pool': 'l4' });
    expect(pod['tolerations']).toEqual([
      { key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' },
      { key: 'team', operator: 'Exists', effect: 'NoExecute' },
    ]);
    expect(at(pod, 'containers', 0, 'resources', 'limits')).toMatchObject({ 'nvidia.com/gpu': '1' });
  });

  test('takes one share or one slice of a pool that divides its GPUs, with the part of the node that goes with it', () => {
    const limits = (pool: Partial<GpuNodePoolProps>, props: Partial<InferenceServiceProps> = {}) =>
      at(podOf(serve(props, pool).object('InferenceService')), 'containers', 0, 'resources', 'limits');
    expect(limits({ sharing: Sharing.timeSlicing(4) })).toEqual({
      cpu: '3',
      memory: '12Gi',
      'nvidia.com/gpu.shared': '1',
    });
    const h100 = { instanceType: 'p5.48xlarge', sharing: Sharing.mig({ '1g.10gb': 7 }) };
    expect(limits(h100)).toEqual({ cpu: '3', memory: '33Gi', 'nvidia.com/mig-1g.10gb': '1' });
    const mixed = { ...h100, sharing: Sharing.mig({ '3g.40gb': 1, '1g.10gb': 4 }) };
    expect(limits(mixed, { slicePerReplica: '3g.40gb' })).toMatchObject({ 'nvidia.com/mig-3g.40gb': '1' });
  });

  test.each([
    [{ gpusPerReplica: 2 }, { sharing: Sharing.timeSlicing(4) }, 'one share'],
    [{ slicePerReplica: '1g.10gb' }, {}, 'gpusPerReplica'],
    [{}, { instanceType: 'p5.48xlarge', sharing: Sharing.mig({ '3g.40gb': 1, '1g.10gb': 4 }) }, '3g.40gb, 1g.10gb'],
  ])('is refused when it asks %j of a pool with %j', (props, pool, fix) => {
    expect(thrownBy(() => serve(props, pool))).toMatchObject({
      code: 'SERVICE-002',
      where: 'west/vision/classifier',
      fix: expect.stringContaining(fix),
    });
  });

  test('is not restarted before the time is over that its model may take to load', () => {
    const pod = podOf(serve({ loadTime: Duration.minutes(45) }).object('InferenceService'));
    expect(at(pod, 'containers', 0, 'startupProbe')).toMatchObject({ periodSeconds: 10, failureThreshold: 270 });
  });

  test('runs as the restricted level of pod security demands, without a token', () => {
    const pod = podOf(
      serve({ runtime: Runtime.custom({ image: 'registry.example.com/own:1' }) }).object('InferenceService'),
    );
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: 'workload',
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'kserve-container',
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
        },
      ],
    });
  });

  test('comes after KServe, its runtime, its tenant and whoever advertises its devices', () => {
    const unit = serve()
      .model()
      .units.find(({ id }) => id === 'service-vision-classifier');
    expect(unit?.dependsOn).toEqual([
      'gpu-operator',
      'kserve',
      'kserve-crds',
      'runtime-triton-vision',
      'tenant-vision',
    ]);
  });

  test('shares the runtime of its kind with the other services of the tenant', () => {
    const { vision, l4, objects } = serve();
    new InferenceService(vision, 'second', { ...defaults, pool: l4 });
    expect(objects().filter(({ kind }) => kind === 'ServingRuntime')).toHaveLength(1);
  });

  test('is reached from the gateway alone, and reaches no metadata service', () => {
    const policy = serve().object('NetworkPolicy');
    expect(policy['spec']).toMatchObject({
      podSelector: { matchLabels: { 'serving.kserve.io/inferenceservice': 'classifier' } },
      ingress: [
        { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'envoy-gateway-system' } } }] },
      ],
    });
    expect(JSON.stringify(at(policy['spec'], 'egress'))).toContain('"except":["169.254.169.254/32"]');
    const inside = serve({ model: 'pvc://models/classifier' }).object('NetworkPolicy');
    expect(at(inside['spec'], 'policyTypes')).toEqual(['Ingress']);
  });

  test('may lose one replica at a time once it has several', () => {
    expect(serve().object('PodDisruptionBudget')['spec']).toMatchObject({ maxUnavailable: 1 });
    expect(
      serve({ scale: { min: 1 } })
        .objects()
        .map(({ kind }) => kind),
    ).not.toContain('PodDisruptionBudget');
  });

  test('says what it needs when the size of a node is not known', () => {
    const platform = new Platform({ name: 'lab' });
    const cluster = new AiCluster(platform, 'lab', {
      cloud: existing({
        instanceTypes: [
          {
            name: 'box',
            accelerator: { vendor: 'nvidia', model: 'L4', perNode: 1, resource: 'nvidia.com/gpu' },
            node: { arch: 'amd64' },
            fabric: { kind: 'none' },
            confidence: 'high',
            source: 'the label on the box',
          },
        ],
      }),
      kubernetesVersion: '1.35',
    });
    const pool = cluster.addGpuNodePool('box', { instanceType: 'box', minNodes: 1, labels: { rack: 'a' } });
    const tenant = new Tenant(cluster, 'vision', { quota: [pool.gpus(1)] });
    expect(thrownBy(() => new InferenceService(tenant, 'classifier', { ...defaults, pool }))).toMatchObject({
      code: 'SERVICE-003',
    });
  });
});

describe('names', () => {
  test.each(['Classifier', '7b', 'x'.repeat(60)])('%s is refused', (name) => {
    expect(thrownBy(() => serve({}, {}, name))).toMatchObject({ code: 'NAME-001', where: `west/vision/${name}` });
  });

  test('the host name that KServe makes of a name may have 63 characters and no more', () => {
    const longest = 63 - '-predictor-vision'.length;
    expect(thrownBy(() => serve({}, {}, 'x'.repeat(longest + 1)))).toMatchObject({ code: 'NAME-001' });
    expect(serve({}, {}, 'x'.repeat(longest)).made.service.name).toHaveLength(longest);
  });
});

describe('a model', () => {
  test('at an address that KServe cannot fetch from is refused', () => {
    expect(thrownBy(() => serve({ model: 'ftp://models/classifier' }))).toMatchObject({
      code: 'MODEL-001',
      fix: expect.stringContaining('s3://'),
    });
  });
});

describe('mode standard', () => {
  test('is scaled by the use of its cores, unless it may not change', () => {
    const scaled = serve({ scale: { min: 1, max: 4, cpuPercent: 60 } }).object('InferenceService');
    expect(scaled.metadata.annotations).toMatchObject({
      'serving.kserve.io/deploymentMode': 'Standard',
      'serving.kserve.io/autoscalerClass': 'hpa',
    });
    expect(at(scaled['spec'], 'predictor')).toMatchObject({
      minReplicas: 1,
      maxReplicas: 4,
      scaleMetric: 'cpu',
      scaleTarget: 60,
    });
    const fixed = serve({ scale: { min: 2 } }).object('InferenceService');
    expect(fixed.metadata.annotations?.['serving.kserve.io/autoscalerClass']).toBe('none');
  });

  test('a canary is a second predictor with its own model and at least one replica', () => {
    const object = serve({
      scale: { min: 20, max: 30 },
      canary: { model: 's3://models/classifier-2', percent: 12 },
    }).object('InferenceService');
    expect(at(object['spec'], 'canary', 0)).toMatchObject({
      trafficPercent: 12,
      predictor: { name: 'canary', minReplicas: 3, model: { storageUri: 's3://models/classifier-2' } },
    });
    expect(podTemplatesOf(object).map(({ part, replicas }) => [part, replicas])).toEqual([
      ['pod', 30],
      ['canary', 3],
    ]);
  });

  test('a canary is reached by a route of ours with the host that KServe would use, and KServe makes none', () => {
    const made = serve({ canary: { model: 's3://models/classifier-2', percent: 10 } });
    expect(made.object('InferenceService').metadata.labels).toMatchObject({
      'networking.kserve.io/visibility': 'cluster-local',
    });
    expect(made.object('HTTPRoute')).toMatchObject({
      metadata: { name: 'classifier', namespace: 'vision' },
      spec: {
        parentRefs: [{ namespace: 'kserve', name: 'kserve-ingress-gateway' }],
        hostnames: ['classifier-vision.models.west.internal'],
        rules: [
          {
            backendRefs: [
              { name: 'classifier-predictor', weight: 90 },
              { name: 'classifier-canary-predictor', weight: 10 },
            ],
          },
        ],
      },
    });
    expect(
      serve()
        .objects()
        .map(({ kind }) => kind),
    ).not.toContain('HTTPRoute');
  });

  test('brings KServe behind a gateway of the Gateway API that nobody outside reaches, with TLS', () => {
    const { components, units } = serve().model();
    expect(components.map(({ id }) => id)).toEqual(expect.arrayContaining(['envoy-gateway', 'gateway-api', 'kserve']));
    expect(components.map(({ id }) => id)).not.toContain('knative-serving');
    expect(JSON.stringify(components.find(({ id }) => id === 'envoy-gateway')?.values)).toContain(
      '"envoyService":{"type":"ClusterIP"}',
    );
    const objects = units.find(({ id }) => id === 'kserve')?.objects.map(({ manifest }) => manifest) ?? [];
    const gateway = objects.find(({ kind }) => kind === 'Gateway');
    expect(at(gateway?.['spec'], 'listeners')).toMatchObject([
      { protocol: 'HTTPS', hostname: '*.models.west.internal' },
    ]);
    expect(objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'HorizontalPodAutoscaler',
      'PodDisruptionBudget',
      'Certificate',
      'Gateway',
    ]);
  });
});

describe('mode knative', () => {
  const knative: Partial<InferenceServiceProps> = {
    mode: 'knative',
    scale: { min: 0, max: 4, concurrency: 2 },
    canaryPercent: 20,
    loadTime: Duration.minutes(5),
  };

  test('goes down to nothing, is scaled by requests at a time, and gives a part of the requests to the newest revision', () => {
    const object = serve(knative).object('InferenceService');
    expect(object.metadata.annotations).toMatchObject({
      'serving.kserve.io/deploymentMode': 'Knative',
      'serving.knative.dev/progress-deadline': '900s',
    });
    expect(at(object['spec'], 'predictor')).toMatchObject({
      minReplicas: 0,
      scaleMetric: 'concurrency',
      scaleTarget: 2,
      canaryTrafficPercent: 20,
    });
  });

  test('brings Knative Serving with what a pod on a GPU pool needs switched on, and no other gateway', () => {
    const { components, units } = serve(knative).model();
    const ids = components.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['knative-operator', 'knative-serving', 'kserve']));
    expect(ids).not.toContain('envoy-gateway');
    const serving = units
      .find(({ id }) => id === 'knative-serving')
      ?.objects.find(({ manifest }) => manifest.kind === 'KnativeServing')?.manifest;
    expect(at(serving?.['spec'], 'config', 'features')).toMatchObject({
      'kubernetes.podspec-nodeselector': 'enabled',
      'kubernetes.podspec-tolerations': 'enabled',
    });
    expect(at(serving?.['spec'], 'ingress', 'kourier', 'service-type')).toBe('ClusterIP');
    expect(at(serving?.['spec'], 'config', 'network')).toMatchObject({
      'external-domain-tls': 'Enabled',
      'http-protocol': 'Redirected',
    });
    expect(units.find(({ id }) => id === 'knative-serving')?.dependsOn).toContain('cert-manager');
    expect(units.find(({ id }) => id === 'kserve')?.dependsOn).toContain('knative-serving');
  });
});

describe('callers', () => {
  const callers = Callers.apiKeys('clients');
  const policy = (props: Partial<InferenceServiceProps>) => serve(props).object('SecurityPolicy')['spec'];
  /** The same gateway, open to the network of the cloud. */
  const opened = (props: Partial<InferenceServiceProps> = {}) => {
    const annotations = { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internal' };
    const envoyProxy = { provider: { kubernetes: { envoyService: { type: 'LoadBalancer', annotations } } } } as const;
    const values = { config: { envoyGateway: { envoyProxy } } };
    const { platform } = serve(props, {}, 'classifier', { 'envoy-gateway': { values } });
    return platform.check().findings.filter(({ code }) => code === 'SEC-021');
  };

  test('are asked for a key on both routes that KServe makes, and the key ends at the gateway', () => {
    expect(policy({ callers })).toEqual({
      targetRefs: ['classifier', 'classifier-predictor'].map((name) => ({
        group: 'gateway.networking.k8s.io',
        kind: 'HTTPRoute',
        name,
      })),
      apiKeyAuth: {
        credentialRefs: [{ group: '', kind: 'Secret', name: 'clients' }],
        extractFrom: [{ headers: ['x-api-key', 'authorization'] }],
        sanitize: true,
      },
    });
  });

  test('are asked on our own route where there is a canary', () => {
    const canary = { model: 's3://models/next', percent: 10 };
    expect(at(policy({ callers, canary, scale: { min: 2, max: 4 } }), 'targetRefs')).toMatchObject([
      { name: 'classifier' },
    ]);
  });

  test('may have tokens of an issuer instead', () => {
    const issuer = { issuer: 'https://login.example.com', jwksUri: 'https://login.example.com/keys' };
    expect(at(policy({ callers: Callers.tokens({ ...issuer, audiences: ['models'] }) }), 'jwt', 'providers')).toEqual([
      { name: 'callers', issuer: issuer.issuer, audiences: ['models'], remoteJWKS: { uri: issuer.jwksUri } },
    ]);
    expect(at(policy({ callers: Callers.tokens(issuer) }), 'jwt', 'providers', 0)).not.toHaveProperty('audiences');
  });

  test('must say who they are once the gateway is reached from outside of the cluster', () => {
    expect(opened()).toMatchObject([{ outcome: 'fail', where: expect.stringMatching('^west/vision/classifier/') }]);
    expect(opened({ callers })).toEqual([]);
  });

  test("are not asked by Knative's gateway, which is said at once", () => {
    expect(thrownBy(() => serve({ callers, mode: 'knative' }))).toMatchObject({ code: 'SERVICE-004' });
  });
});

describe('vLLM', () => {
  const args = (props: Partial<InferenceServiceProps>, pool: Partial<GpuNodePoolProps>) =>
    at(serve(props, pool).object('InferenceService')['spec'], 'predictor', 'model', 'args');

  const four = (options: VllmOptions, instanceType: string) =>
    args({ runtime: Runtime.vllm(options), gpusPerReplica: 4 }, { instanceType, fabric: 'none' });

  test('divides the layers of a model among GPUs that NVLink joins, and the model by layers among others', () => {
    expect(four({}, 'p4d.24xlarge')).toEqual(['--tensor-parallel-size=4']);
    expect(four({}, 'g6e.12xlarge')).toEqual(['--pipeline-parallel-size=4']);
  });

  test('divides as it is told, and the rest the other way', () => {
    const both = ['--tensor-parallel-size=2', '--pipeline-parallel-size=2'];
    expect(four({ pipelineParallel: 2 }, 'g6e.12xlarge')).toEqual(both);
    expect(four({ tensorParallel: 2 }, 'p4d.24xlarge')).toEqual(both);
  });

  test('plans with its part of the memory of a GPU that it shares', () => {
    expect(
      args({ runtime: Runtime.vllm({ args: ['--max-model-len=4096'] }) }, { sharing: Sharing.timeSlicing(3) }),
    ).toEqual(['--gpu-memory-utilization=0.3', '--max-model-len=4096']);
  });
});
