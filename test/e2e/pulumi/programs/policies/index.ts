import { Pod } from '@pulumi/kubernetes/core/v1/pod.js';
import { Config, runtime } from '@pulumi/pulumi';
import { ApiObject, Chart } from 'cdk8s';
import { AiCluster, existing, Platform, Tenant } from 'cdk8s-ai';
import { deploy, existingResources } from 'cdk8s-ai/pulumi';

const config = new Config();
const fault = config.get('fault');

const platform = new Platform({ name: 'lab', registries: ['registry.example.com'] });
const cluster = new AiCluster(platform, 'basement', {
  cloud: existing(),
  kubernetesVersion: '1.37',
  components: { 'gpu-operator': { installed: true }, 'kube-prometheus-stack': { installed: true } },
});
const dgx = cluster.addGpuNodePool('dgx', {
  instanceType: 'dgx-h100',
  minNodes: 2,
  labels: { 'example.com/rack': 'gpus' },
  taints: [{ key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule' }],
});
const research = new Tenant(cluster, 'research', { quota: [dgx.gpus(fault === 'quota' ? 64 : 16)] });

const pod = (tolerations: readonly object[]) => ({
  automountServiceAccountToken: false,
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  nodeSelector: { 'example.com/rack': 'gpus' },
  tolerations: [...tolerations],
  containers: [
    {
      name: 'main',
      image: `registry.example.com/research/probe:1.0.0@sha256:${'1d'.repeat(32)}`,
      resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi', 'nvidia.com/gpu': '1' } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
});
const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];

new ApiObject(new Chart(research, 'probe'), 'deployment', {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'probe', namespace: 'research' },
  spec: {
    selector: { matchLabels: { app: 'probe' } },
    template: { metadata: { labels: { app: 'probe' } }, spec: pod(tolerations) },
  },
});

if (fault === 'transform') {
  runtime.registerResourceTransform(({ type, props, opts }) => {
    if (type !== 'kubernetes:apps/v1:Deployment') return undefined;
    const template = { ...props['spec'].template, spec: pod([]) };
    return { props: { ...props, spec: { ...props['spec'], template } }, opts };
  });
}

// Not the verified model: the pack has to see what the program does not look at.
const { clusters } = deploy(platform.model(), {
  existing: existingResources({ kubeconfig: config.requireSecret('kubeconfig') }),
});

const provider = clusters['basement']?.provider;
if (fault === 'pod' && provider !== undefined) {
  new Pod('debug', { metadata: { name: 'debug', namespace: 'research' }, spec: pod([]) }, { provider });
}
