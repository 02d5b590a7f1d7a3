import { Construct } from 'constructs';
import type { WorkloadAccess } from '../clouds/cloud.ts';
import { WORKLOAD_SERVICE_ACCOUNT } from '../model/conventions.ts';
import { PlatformError } from '../model/errors.ts';
import type { Labels, Manifest } from '../model/kubernetes.ts';
import type { TenantModel } from '../model/platform-model.ts';
import type { AiCluster } from './ai-cluster.ts';
import { type Amount, amountModels, resourceList } from './amount.ts';
import { declareFact } from './fact.ts';
import { LeafChart } from './leaf-chart.ts';
import { dnsLabel, pathOf } from './names.ts';
import { networkAttachments } from './rdma-networks.ts';

/** How urgent a job of a tenant is; each is a PriorityClass of the tenant. */
export type Priority = 'low' | 'normal' | 'high';

/** Values of the tenants' PriorityClasses, far below those of system components (a thousand million and more). */
const PRIORITIES: Readonly<Record<Priority, number>> = { low: 1000, normal: 2000, high: 3000 };

/** Settings of a tenant. */
export interface TenantProps {
  /**
   * Name of the namespace.
   *
   * @default - the id
   */
  readonly namespace?: string;
  /** What all pods of the tenant together may ask for: `[h100.gpus(64)]`. Pools that are not named are out of reach. */
  readonly quota: readonly Amount[];
  /**
   * By how much the quotas of a pool may add up above its largest size: 2 lets teams share half the pool each.
   *
   * @default 1
   */
  readonly overcommit?: number;
  /** Groups of the identity provider whose members work in the namespace. @default - none */
  readonly groups?: readonly string[];
  /**
   * Pod Security level of the namespace. `privileged` lets its pods take over nodes, so SEC-001 reports it until somebody
   * waives that for a reason, such as interfaces for which a pod must be root (FIT-010).
   *
   * @default 'restricted'
   * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
   */
  readonly podSecurity?: 'restricted' | 'baseline' | 'privileged';
  /** Most pods at a time. @default 1000 */
  readonly maxPods?: number;
}

/**
 * A team: a namespace with a quota, defaults for containers, closed network, roles and priorities, and the networks of the
 * fabrics that its pools have.
 */
export class Tenant extends Construct {
  readonly cluster: AiCluster;
  readonly tenantName: string;
  readonly namespace: string;
  readonly model: TenantModel;
  /** Labels of the tenant's pods, by which a cloud gives them their identity. */
  readonly podLabels: Labels;

  /** @throws PlatformError NAME-001 when the id or the namespace is no DNS label; TENANT-001 when overcommit is below 1 */
  constructor(cluster: AiCluster, id: string, props: TenantProps) {
    super(cluster, id);
    this.cluster = cluster;
    this.tenantName = dnsLabel(this, 'tenant name', id, 40);
    this.namespace = dnsLabel(this, 'namespace', props.namespace ?? id);
    const overcommit = props.overcommit ?? 1;
    if (!(overcommit >= 1)) {
      throw new PlatformError(
        'TENANT-001',
        pathOf(this),
        `overcommit is ${overcommit}, which would leave part of the pool to nobody`,
        'Set overcommit to 1 or more, or leave it out.',
      );
    }
    const quota = amountModels(props.quota);
    this.model = {
      name: this.tenantName,
      path: pathOf(this),
      namespace: this.namespace,
      quota,
      pools: [...new Set(quota.map((amount) => amount.pool))].sort(),
      overcommit,
    };
    declareFact(this, { kind: 'tenant', model: this.model });
    const { cloud, clusterName } = cluster;
    const access = cloud.workloadAccess?.({ cluster: clusterName, tenant: this.tenantName });
    this.podLabels = access?.podLabels ?? {};
    const chart = new LeafChart(this, { id: `tenant-${this.tenantName}`, kind: 'tenant', runOnce: false });
    for (const [key, manifest] of Object.entries(tenantObjects(this.model, props, access))) chart.add(key, manifest);
    for (const pool of new Set(props.quota.map((amount) => amount.pool))) {
      for (const network of networkAttachments(pool, this.namespace))
        chart.add(`network-${network.metadata.name}`, network);
    }
  }

  /** Name of the tenant's PriorityClass for the priority. */
  priorityClass(priority: Priority): string {
    return `${this.tenantName}-${priority}`;
  }
}

function tenantObjects(
  tenant: TenantModel,
  props: TenantProps,
  access: WorkloadAccess | undefined,
): Readonly<Record<string, Manifest>> {
  const { namespace } = tenant;
  const level = props.podSecurity ?? 'restricted';
  const inNamespace = (name: string) => ({ name, namespace });
  return {
    namespace: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        labels: {
          'cdk8s-ai.dev/tenant': tenant.name,
          'pod-security.kubernetes.io/enforce': level,
          'pod-security.kubernetes.io/warn': level,
          ...access?.namespaceLabels,
        },
      },
    },
    quota: {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: inNamespace('quota'),
      // Extended resources are counted under `requests.` alone: any other prefix is accepted and counts nothing.
      spec: { hard: { pods: String(props.maxPods ?? 1000), ...resourceList(tenant.quota, 'requests.') } },
    },
    limits: {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: inNamespace('defaults'),
      // No accelerator here: a maximum would become every container's default request.
      spec: {
        limits: [{ type: 'Container', default: { memory: '1Gi' }, defaultRequest: { cpu: '100m', memory: '256Mi' } }],
      },
    },
    'default-deny': {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: inNamespace('default-deny'),
      spec: { podSelector: {}, policyTypes: ['Egress', 'Ingress'] },
    },
    'allow-dns': {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: inNamespace('allow-dns'),
      spec: {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
        ],
      },
    },
    'allow-same-namespace': {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: inNamespace('allow-same-namespace'),
      // The workers of a gang talk to each other on ports that the collective library picks.
      spec: {
        podSelector: {},
        policyTypes: ['Egress', 'Ingress'],
        egress: [{ to: [{ podSelector: {} }] }],
        ingress: [{ from: [{ podSelector: {} }] }],
      },
    },
    ...(access === undefined ? {} : { 'allow-cloud': cloudPolicy(namespace, access) }),
    'service-account': {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: {
        ...inNamespace(WORKLOAD_SERVICE_ACCOUNT),
        ...(access?.annotations === undefined ? {} : { annotations: access.annotations as Labels }),
      },
      automountServiceAccountToken: false,
    },
    role: {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: inNamespace('member'),
      rules: MEMBER_RULES,
    },
    ...(props.groups === undefined || props.groups.length === 0
      ? {}
      : { 'role-binding': memberBinding(namespace, props.groups) }),
    ...Object.fromEntries(
      Object.entries(PRIORITIES).map(([priority, value]) => [
        `priority-${priority}`,
        {
          apiVersion: 'scheduling.k8s.io/v1',
          kind: 'PriorityClass',
          metadata: { name: `${tenant.name}-${priority}` },
          description: `${priority} priority work of ${tenant.name}`,
          value,
        },
      ]),
    ),
  };
}

/** Addresses that are nobody's on the internet: other clusters and machines of the team are there. */
const PRIVATE_RANGES = ['10.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'];

/** Lets pods reach the services of the cloud, whose public addresses nobody can list, and whoever gives out credentials. */
function cloudPolicy(namespace: string, { credentials }: WorkloadAccess): Manifest {
  const services = {
    to: [{ ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE_RANGES } }],
    ports: [{ protocol: 'TCP', port: 443 }],
  };
  const agents = (credentials === undefined ? [] : [credentials]).map(({ address, port }) => ({
    to: [{ ipBlock: { cidr: `${address}/32` } }],
    ports: [{ protocol: 'TCP', port }],
  }));
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'allow-cloud', namespace },
    spec: { podSelector: {}, policyTypes: ['Egress'], egress: [services, ...agents] },
  };
}

/** What members may do: run and watch work, never change quotas, limits, roles or secrets of others. */
const MEMBER_RULES = [
  {
    apiGroups: ['batch', 'batch.volcano.sh', 'scheduling.k8s.io'],
    resources: ['jobs', 'podgroups'],
    verbs: ['create', 'delete', 'get', 'list', 'watch'],
  },
  {
    apiGroups: [''],
    resources: ['configmaps', 'persistentvolumeclaims', 'services'],
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  },
  {
    apiGroups: [''],
    resources: ['events', 'limitranges', 'pods', 'pods/log', 'resourcequotas'],
    verbs: ['get', 'list', 'watch'],
  },
];

function memberBinding(namespace: string, groups: readonly string[]): Manifest {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'members', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'member' },
    subjects: [...groups].sort().map((name) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name })),
  };
}
