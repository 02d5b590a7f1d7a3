import type { HttpRoute } from '../../imports/gateway-api.ts';
import { modelDomain } from '../components/kserve.ts';
import { KSERVE_GATEWAY, REQUEST_SECONDS } from '../model/conventions.ts';
import { at } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel, ComponentModel, ServiceModel, UnitModel } from '../model/platform-model.ts';

/**
 * Adds the route to a service with a canary. It has the name and the host that KServe's own route would have, so that one
 * takes the place of the other when a canary comes or goes.
 *
 * @see https://github.com/kserve/kserve/pull/5912 (weights in KServe's own route, after v0.20.0)
 */
export function withRoutes(
  { name, units, services }: Pick<ClusterModel, 'name' | 'units' | 'services'>,
  components: readonly ComponentModel[],
): readonly UnitModel[] {
  const routed = new Map(services.filter(isRoutedByUs).map((service) => [service.path, service]));
  const kserve = components.find(({ id }) => id === 'kserve');
  // Of a KServe that was there already the values are not known.
  const domain = String(at(kserve?.values, 'kserve', 'controller', 'gateway', 'domain') ?? modelDomain(name));
  return units.map((unit) => {
    const service = routed.get(unit.path);
    if (service === undefined) return unit;
    const route = { path: `${unit.path}/route`, manifest: routeOf(service, domain) };
    return { ...unit, objects: [...unit.objects, route] };
  });
}

function isRoutedByUs({ mode, canary }: ServiceModel): boolean {
  return mode === 'standard' && canary !== undefined;
}

function routeOf({ name, namespace, canary }: ServiceModel, domain: string): Manifest {
  const percent = canary?.percent ?? 0;
  const backend = (predictor: string, weight: number) => ({ kind: 'Service', name: predictor, port: 80, weight });
  const route: HttpRoute = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name, namespace },
    spec: {
      parentRefs: [{ ...KSERVE_GATEWAY }],
      hostnames: [`${name}-${namespace}.${domain}`],
      rules: [
        {
          backendRefs: [
            backend(`${name}-predictor`, 100 - percent),
            backend(`${name}-${canary?.name}-predictor`, percent),
          ],
          timeouts: { request: `${REQUEST_SECONDS}s` },
        },
      ],
    },
  };
  return route as unknown as Manifest;
}
