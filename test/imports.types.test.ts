// What must not compile. The type check of the test task gives these their force: an error that does not come is one.
import { expect, expectTypeOf, test } from 'vitest';
import type { CertManagerValues } from '../imports/charts/cert-manager.ts';
import type { GpuOperatorValues } from '../imports/charts/gpu-operator.ts';
import type { KubePrometheusStackValues } from '../imports/charts/kube-prometheus-stack.ts';
import type { VolcanoValues } from '../imports/charts/volcano.ts';
import type { PodSpec, Toleration } from '../imports/kubernetes.ts';
import type { Queue, VolcanoJob } from '../imports/volcano.ts';

test('a misspelt chart value does not compile', () => {
  const values: [VolcanoValues, GpuOperatorValues, CertManagerValues, KubePrometheusStackValues] = [
    // @ts-expect-error the chart says scheduler_replicas
    { custom: { schedulerReplicas: 2 } },
    // @ts-expect-error tolerations of the operands are under daemonsets
    { tolerations: [] },
    // @ts-expect-error the chart says enabled
    { crds: { enable: true } },
    // @ts-expect-error the subchart says nodeSelector
    { 'kube-state-metrics': { nodeSelectors: {} } },
  ];
  expect(values).toHaveLength(4);
});

test('a chart value of the wrong type does not compile', () => {
  const values: [VolcanoValues, GpuOperatorValues, GpuOperatorValues] = [
    // @ts-expect-error the scheduler's configuration is a text
    { custom: { scheduler_config_override: { actions: 'allocate' } } },
    // @ts-expect-error no such strategy
    { mig: { strategy: 'double' } },
    // @ts-expect-error an effect is spelt as Kubernetes spells it
    { daemonsets: { tolerations: [{ key: 'nvidia.com/gpu', effect: 'noSchedule' }] } },
  ];
  expect(values).toHaveLength(3);
});

test('values that place every pod of a chart compile, from readonly data too', () => {
  const tolerations = [
    { key: 'system', operator: 'Exists', effect: 'NoSchedule' },
  ] as const satisfies readonly Toleration[];
  const placed = { tolerations, nodeSelector: { pool: 'system' } } as const;
  const volcano: VolcanoValues = { custom: { default_tolerations: tolerations, default_ns: placed.nodeSelector } };
  const gpu: GpuOperatorValues = {
    operator: placed,
    'node-feature-discovery': { master: placed, worker: placed, gc: placed },
  };
  const certManager: CertManagerValues = { ...placed, webhook: placed, cainjector: placed, startupapicheck: placed };
  const prometheus: KubePrometheusStackValues = {
    grafana: placed,
    'kube-state-metrics': placed,
    'prometheus-node-exporter': placed,
  };
  expect([volcano, gpu, certManager, prometheus]).toHaveLength(4);
});

test('a misspelt field of a custom resource does not compile', () => {
  const of = { apiVersion: 'scheduling.volcano.sh/v1beta1', kind: 'Queue', metadata: { name: 'a' } } as const;
  const queues: Queue[] = [
    { ...of, spec: { capability: { 'nvidia.com/gpu': 8, cpu: '100' } } },
    // @ts-expect-error the field is capability
    { ...of, spec: { capacity: { cpu: 1 } } },
    // @ts-expect-error the field of guarantee is resource
    { ...of, spec: { guarantee: { resources: {} } } },
    // @ts-expect-error queues are of v1beta1
    { ...of, apiVersion: 'scheduling.volcano.sh/v1' },
  ];
  expect(queues).toHaveLength(4);
});

test('a pod inside a custom resource is the core type', () => {
  type Template = NonNullable<NonNullable<NonNullable<VolcanoJob['spec']>['tasks']>[number]['template']>;
  expectTypeOf<NonNullable<Template['spec']>>().toEqualTypeOf<PodSpec>();
});
