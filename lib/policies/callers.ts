import { KSERVE_GATEWAY } from '../model/conventions.ts';
import { at, isJsonObject, type Json, objectsIn } from '../model/json.ts';
import type { Manifest } from '../model/kubernetes.ts';
import type { ClusterModel } from '../model/platform-model.ts';
import { kserveServices } from './inference-services.ts';
import { llmWorkloads } from './llm-services.ts';
import { objectsOfKind } from './objects.ts';
import { fail, unknown, type Verdict } from './policy.ts';

// Whether whoever calls a model server from outside of the cluster must say who they are.

/** A model server that requests reach through a gateway. */
interface Served {
  readonly path: string;
  readonly title: string;
  readonly namespace: string;
  readonly through: 'gateway' | 'knative' | 'unknown';
  /** Names of its HTTPRoutes, each of which leads to the model. */
  readonly routes: readonly string[];
}

/** What is wrong with model servers that the outside reaches. */
export function callersOf(cluster: ClusterModel): readonly Verdict[] {
  return [...inferenceServices(cluster), ...llmServices(cluster)].flatMap((served) => {
    const { path, title, through } = served;
    const reach = reachOf(through, cluster);
    const asked = through === 'knative' ? 'no' : askedOf(served, cluster);
    if (reach === 'inside' || asked === 'yes') return [];
    if (reach === 'unknown' || asked === 'unknown') {
      const what = `whether callers of ${title} from outside of the cluster must say who they are is not known`;
      return [
        unknown(
          path,
          what,
          'Name its HTTPRoutes in a SecurityPolicy of Envoy Gateway (callers of an InferenceService).',
        ),
      ];
    }
    return [
      fail(
        path,
        `${title} answers whoever reaches its gateway from outside of the cluster`,
        through === 'knative'
          ? "Keep Knative's gateway inside (service-type 'ClusterIP'), or use mode standard with callers."
          : "Set callers of the InferenceService, or keep the gateway inside (envoyService.type 'ClusterIP').",
      ),
    ];
  });
}

function inferenceServices(cluster: ClusterModel): readonly Served[] {
  return kserveServices(cluster).flatMap(({ path, title, manifest: { metadata }, mode, components }) => {
    const namespace = metadata.namespace ?? 'default';
    const own = objectsOfKind(cluster, 'gateway.networking.k8s.io', 'HTTPRoute')
      .filter(({ manifest }) => leadsTo(manifest, metadata.name, namespace))
      .map(({ manifest }) => manifest.metadata.name);
    const isLocal = metadata.labels?.['networking.kserve.io/visibility'] === 'cluster-local';
    // KServe makes a route for the service, and one more for each part of it.
    const made = [metadata.name, ...components.map(({ name }) => `${metadata.name}-${name}`)];
    const routes = [...own, ...(isLocal ? [] : made)];
    if (routes.length === 0) return [];
    const through = mode === 'Standard' ? 'gateway' : mode === 'Knative' ? 'knative' : 'unknown';
    return [{ path, title, namespace, through, routes } as const];
  });
}

function leadsTo({ metadata, spec }: Manifest, service: string, namespace: string): boolean {
  const backends = objectsIn(at(spec, 'rules')).flatMap((rule) => objectsIn(rule['backendRefs']));
  const isOf = (name: Json | undefined) =>
    String(name).startsWith(`${service}-`) && String(name).endsWith('-predictor');
  return (metadata.namespace ?? 'default') === namespace && backends.some(({ name }) => isOf(name));
}

function llmServices(cluster: ClusterModel): readonly Served[] {
  return llmWorkloads(cluster)
    .filter(({ manifest, spec }) => spec === manifest['spec'] && at(spec, 'router', 'route') !== undefined)
    .map(({ path, title, manifest: { metadata } }) => {
      const namespace = metadata.namespace ?? 'default';
      return { path, title, namespace, through: 'gateway', routes: [`${metadata.name}-kserve-route`] };
    });
}

/** Whether anybody outside of the cluster reaches the gateway. */
function reachOf(through: Served['through'], cluster: ClusterModel): 'inside' | 'outside' | 'unknown' {
  const types = through === 'knative' ? knativeTypes(cluster) : through === 'gateway' ? gatewayTypes(cluster) : [];
  if (types.length === 0) return 'unknown';
  return types.every((type) => type === 'ClusterIP') ? 'inside' : 'outside';
}

function knativeTypes(cluster: ClusterModel): readonly Json[] {
  return objectsOfKind(cluster, 'operator.knative.dev', 'KnativeServing').map(
    ({ manifest: { spec } }) => at(spec, 'ingress', 'kourier', 'service-type') ?? 'LoadBalancer',
  );
}

/** Of Envoy Gateway as the program installs it, and of gateways that are given settings of their own. */
function gatewayTypes(cluster: ClusterModel): readonly Json[] {
  const envoy = cluster.components.find(({ id, installed }) => id === 'envoy-gateway' && !installed);
  if (envoy === undefined) return [];
  const proxies = [
    at(envoy.values, 'config', 'envoyGateway', 'envoyProxy'),
    ...objectsOfKind(cluster, 'gateway.envoyproxy.io', 'EnvoyProxy').map(({ manifest }) => manifest['spec']),
  ];
  return proxies.map((proxy) => at(proxy, 'provider', 'kubernetes', 'envoyService', 'type') ?? 'LoadBalancer');
}

/** Whether every route asks its callers; a policy of the route stands above one of the gateway. */
function askedOf({ namespace, routes }: Served, cluster: ClusterModel): 'yes' | 'no' | 'unknown' {
  const policies = objectsOfKind(cluster, 'gateway.envoyproxy.io', 'SecurityPolicy');
  const { name: gateway, namespace: home } = KSERVE_GATEWAY;
  const answers = routes.map((route) => {
    const ofRoute = policies.filter(({ manifest }) => targets(manifest, 'HTTPRoute', route, namespace));
    const ofGateway = policies.filter(({ manifest }) => targets(manifest, 'Gateway', gateway, home));
    const [first] = ofRoute.length > 0 ? ofRoute : ofGateway;
    if (first !== undefined) return asks(first.manifest['spec']) ? 'yes' : 'no';
    const bySelector = policies.some(({ manifest }) => at(manifest['spec'], 'targetSelectors') !== undefined);
    return bySelector ? 'unknown' : 'no';
  });
  return answers.find((answer) => answer !== 'yes') ?? 'yes';
}

function targets({ metadata, spec }: Manifest, kind: string, name: string, namespace: string): boolean {
  if ((metadata.namespace ?? 'default') !== namespace) return false;
  const single = at(spec, 'targetRef');
  const refs = [...objectsIn(at(spec, 'targetRefs')), ...(isJsonObject(single) ? [single] : [])];
  return refs.some((ref) => ref['kind'] === kind && ref['name'] === name);
}

/** @see https://gateway.envoyproxy.io/docs/concepts/gateway_api_extensions/security-policy/ */
function asks(spec: Json | undefined): boolean {
  if (at(spec, 'jwt') !== undefined && at(spec, 'jwt', 'optional') !== true) return true;
  return ['apiKeyAuth', 'basicAuth', 'extAuth', 'oidc'].some((way) => at(spec, way) !== undefined);
}
