// What the name of a chart value tells about its type, where its default does not.

export type JsonMap = Readonly<Record<string, unknown>>;

export const isString = (value: unknown): value is string => typeof value === 'string';
export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Names = readonly (readonly [pattern: RegExp, type: string])[];

// Names that mean the same in every chart, by the form of the default.
const lists: Names = [
  [/tolerations$/i, 'Toleration[]'],
  [/topologySpreadConstraints$/i, 'TopologySpreadConstraint[]'],
  [/^(extra|additional)?envs?$/i, 'EnvVar[]'],
  [/^(extra|additional)?volumes$/i, 'Volume[]'],
  [/^(extra|additional)?volumeMounts$/i, 'VolumeMount[]'],
  [/containers$/i, 'Container[]'],
  [/hostAliases$/i, 'HostAlias[]'],
  [/pullSecrets$/i, '(string | { name: string })[]'],
  [/ipFamilies$/i, "('IPv4' | 'IPv6')[]"],
  [/^(additional)?ingress$/i, 'NetworkPolicyIngressRule[]'],
  [/^egress$/i, 'NetworkPolicyEgressRule[]'],
  [/^tls$/, 'IngressTLS[]'],
];
const listsOfStrings =
  /((^|extra)args|command|features|labels|namespaces|ips|ranges|hosts|hostnames|protocols|plugins|controlledResources)$/i;
const maps: Names = [
  [/affinity$/i, 'Affinity'],
  [/nodeSelector$|labels$|annotations$/i, 'StringMap'],
  [/(namespace|object|pod|monitor|rule|probe|config)Selector$/i, 'LabelSelector'],
  [/resources$/i, 'ResourceRequirements'],
  [/podSecurityContext$/i, 'PodSecurityContext'],
  [/containerSecurityContext$/i, 'SecurityContext'],
  [/securityContext$/i, 'PodSecurityContext | SecurityContext'],
  [/(liveness|readiness|startup)Probe$/i, 'Probe'],
  [/dnsConfig$/i, 'PodDNSConfig'],
];
const scalars: Names = [
  [/pullPolicy$/i, "'Always' | 'IfNotPresent' | 'Never'"],
  [/ipFamilyPolicy$/i, "'' | 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'"],
  [/(maxUnavailable|maxSurge|minAvailable)$/i, 'string | number'],
];
const nulls: Names = [
  [/^(hostUsers|enableServiceLinks|https|insecureSkipVerify)$/, 'boolean'],
  [/(seconds|threshold|port|limit)$/i, 'number'],
  [/(name|namespace|file|path|period|policy|prefix|registry|script|tag|url|uid|annotation)$/i, 'string'],
];

/** The TypeScript type that a key has in every chart, or undefined where its name says nothing. */
export function typeByName(key: string, value: unknown): string | undefined {
  // Volcano writes `default_tolerations` where others write `defaultTolerations`.
  const name = key.replaceAll('_', '');
  const lookUp = (...tables: Names[]) => tables.flat().find(([pattern]) => pattern.test(name))?.[1];
  if (Array.isArray(value)) {
    const strings = listsOfStrings.test(name) && value.every(isString);
    return lookUp(lists) ?? (strings ? 'string[]' : undefined);
  }
  if (isMap(value)) {
    const told = lookUp(maps);
    if (told === 'Probe' && 'enabled' in value) return 'Probe & { enabled?: boolean }';
    // Some maps named after labels hold one map of labels per component, or lists.
    return told === 'StringMap' && !Object.values(value).every(isString) ? undefined : told;
  }
  return value === null ? lookUp(lists, maps, scalars, nulls) : lookUp(scalars);
}
