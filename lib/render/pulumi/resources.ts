import { Release } from '@pulumi/kubernetes/helm/v3/release.js';
import * as pulumi from '@pulumi/pulumi';
import type { Manifest } from '../../model/kubernetes.ts';
import type { ChartReference } from '../../model/platform-model.ts';
import { type BoundObject, bindMembers, type RefOutputs } from './bind.ts';

/** Seconds for a chart to become ready: the first one also waits for images of several gigabytes. */
const CHART_TIMEOUT = 900;

/** A folder of the tree that `pulumi up` shows: a cluster, a unit of one, or the facts about one, which are its inputs. */
export class Component extends pulumi.ComponentResource {
  constructor(
    kind: 'Cluster' | 'Facts' | 'Unit',
    name: string,
    options: pulumi.ComponentResourceOptions = {},
    inputs: BoundObject = {},
  ) {
    super(`cdk8s-ai:index:${kind}`, name, inputs, options);
    this.registerOutputs();
  }
}

/**
 * Any Kubernetes object, sent as it stands. The token is the one under which the provider knows the kind, so the state is
 * the same as with the typed classes of the SDK, and custom resources need no definition in the cluster to be planned.
 */
class KubernetesObject extends pulumi.CustomResource {
  constructor(manifest: Manifest, name: string, inputs: BoundObject, options: pulumi.CustomResourceOptions) {
    const { apiVersion, kind } = manifest;
    // The provider writes the core group out, and refuses an empty one.
    super(`kubernetes:${apiVersion.includes('/') ? apiVersion : `core/${apiVersion}`}:${kind}`, name, inputs, options);
  }
}

/** The object as a resource whose name tells cluster, unit, namespace and name. */
export function objectResource(
  prefix: string,
  manifest: Manifest,
  outputs: RefOutputs,
  options: pulumi.CustomResourceOptions,
): pulumi.CustomResource {
  const { namespace, name } = manifest.metadata;
  const inputs = bindMembers(manifest, outputs);
  const resourceName = [prefix, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  if (manifest.apiVersion !== 'v1' || manifest.kind !== 'Secret') {
    return new KubernetesObject(manifest, resourceName, inputs, options);
  }
  const secrets = ['data', 'stringData'].filter((member) => inputs[member] !== undefined);
  const hidden = Object.fromEntries(secrets.map((member) => [member, pulumi.secret<unknown>(inputs[member])]));
  const additionalSecretOutputs = ['data', 'stringData'];
  return new KubernetesObject(
    manifest,
    resourceName,
    { ...inputs, ...hidden },
    { ...options, additionalSecretOutputs },
  );
}

/** The chart as a release of Helm: hooks run, and a failed installation is rolled back. */
export function chartResource(
  prefix: string,
  chart: ChartReference,
  outputs: RefOutputs,
  options: pulumi.CustomResourceOptions,
): Release {
  const { release, namespace, version, skipCrds, repository, values } = chart;
  const source = repository.startsWith('oci://')
    ? { chart: `${repository}/${chart.chart}` }
    : { chart: chart.chart, repositoryOpts: { repo: repository } };
  return new Release(
    `${prefix}/${release}`,
    {
      name: release,
      namespace,
      ...source,
      version,
      values: bindMembers(values, outputs),
      // As in Helm itself, null takes a default of the chart away.
      allowNullValues: true,
      skipCrds,
      atomic: true,
      timeout: CHART_TIMEOUT,
    },
    options,
  );
}
