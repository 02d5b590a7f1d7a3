import type { CollectedCluster } from '../collect/collect.ts';
import { volcanoConfig } from '../components/volcano.ts';
import { inOrder } from '../model/order.ts';
import type { ClusterModel, ObjectModel, TenantModel, UnitModel } from '../model/platform-model.ts';
import { chooseComponents } from './choose-components.ts';
import { componentUnits } from './component-units.ts';
import { withDerivedDependencies } from './dependencies.ts';
import { withRoutes } from './routes.ts';

/** Adds what the cluster needs and computes what depends on all of it. */
export function complete(collected: CollectedCluster): ClusterModel {
  const { componentRequests, ...cluster } = collected;
  const configured = { ...cluster, ...volcanoConfigOf(collected) };
  const chosen = chooseComponents(configured, componentRequests);
  const monitored = chosen.some((component) => component.model.id === 'kube-prometheus-stack');
  const components = chosen.map((component) => component.model);
  const units = [
    ...withRoutes(cluster, components).map((unit) =>
      unit.kind === 'tenant' && monitored ? withMonitoring(unit, cluster.tenants) : unit,
    ),
    ...chosen.flatMap((component) => componentUnits(cluster.path, component)),
  ];
  return {
    ...configured,
    components,
    units: inOrder(withDerivedDependencies(configured, chosen, units), cluster.path),
  };
}

/** The scheduler configuration that the queues call for, unless somebody else configures Volcano. */
function volcanoConfigOf({
  pools,
  queues,
  tenants,
  componentRequests,
}: CollectedCluster): Pick<ClusterModel, 'volcanoConfig'> {
  const settings = componentRequests.find((request) => request.id === 'volcano')?.settings;
  const custom = settings?.values?.['custom'];
  const isOurs =
    settings?.installed !== true &&
    !(typeof custom === 'object' && custom !== null && 'scheduler_config_override' in custom);
  const isNeeded = queues.some((queue) => queue.scheduler === 'volcano');
  return isOurs && isNeeded
    ? {
        volcanoConfig: volcanoConfig({
          quotas: tenants.length > 0,
          claims: pools.some((pool) => pool.fabric.claimed === true),
        }),
      }
    : {};
}

/** Lets Prometheus reach the pods of a tenant in spite of the closed network. */
function withMonitoring(unit: UnitModel, tenants: readonly TenantModel[]): UnitModel {
  const tenant = tenants.find(({ path }) => path === unit.path);
  if (tenant === undefined) return unit;
  const policy: ObjectModel = {
    path: `${unit.path}/allow-monitoring`,
    manifest: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'allow-monitoring', namespace: tenant.namespace },
      spec: {
        podSelector: {},
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }] }],
      },
    },
  };
  return { ...unit, objects: [...unit.objects, policy] };
}
