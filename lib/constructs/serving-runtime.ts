import type { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import type { Manifest } from '../model/kubernetes.ts';
import { LeafChart } from './leaf-chart.ts';
import { CONTAINER_SECURITY, Runtime, SERVERS, WRITABLE_MOUNTS } from './runtime.ts';
import type { Tenant } from './tenant.ts';

/** How KServe starts a server in a tenant's namespace. One for each kind of server, made for the first service that needs it. */
export class ServingRuntime extends Construct {
  /** The runtime of the tenant for the kind of server. */
  static of(tenant: Tenant, kind: 'triton' | 'vllm'): ServingRuntime {
    const id = `runtime-${kind}`;
    const made = tenant.node.tryFindChild(id);
    return made instanceof ServingRuntime ? made : new ServingRuntime(tenant, id, kind);
  }

  readonly objects: Chart;

  private constructor(tenant: Tenant, id: string, kind: 'triton' | 'vllm') {
    super(tenant, id);
    const chart = new LeafChart(this, { id: `${id}-${tenant.tenantName}`, kind: 'app', runOnce: false });
    chart.add('runtime', runtimeObject(tenant.namespace, kind));
    this.objects = chart;
  }
}

function runtimeObject(namespace: string, kind: 'triton' | 'vllm'): Manifest {
  const { format, container } = SERVERS[kind];
  return {
    apiVersion: 'serving.kserve.io/v1alpha1',
    kind: 'ServingRuntime',
    metadata: { name: kind, namespace },
    spec: {
      // Services name their runtime, so KServe has nothing to choose.
      supportedModelFormats: [{ name: format, autoSelect: false }],
      protocolVersions: ['v2'],
      containers: [
        {
          name: 'kserve-container',
          image: Runtime[kind]().image,
          ...container,
          ports: [{ containerPort: Runtime[kind]().port, protocol: 'TCP' }],
          securityContext: CONTAINER_SECURITY,
          volumeMounts: WRITABLE_MOUNTS,
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'shared-memory', emptyDir: { medium: 'Memory' } },
      ],
    },
  };
}
