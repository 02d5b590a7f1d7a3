import { IAMMember } from '@pulumi/gcp/projects/iammember.js';
import { Service } from '@pulumi/gcp/projects/service.js';
import { Account } from '@pulumi/gcp/serviceaccount/account.js';
import * as pulumi from '@pulumi/pulumi';
import type { DataService } from '../cloud.ts';
import { shortened } from '../physical-names.ts';
import type { GcpContext } from './pulumi-context.ts';

/** A service account and what makes it useful. */
export interface NodeAccount {
  readonly account: Account;
  /** What must be there before a node uses it. */
  readonly roles: readonly pulumi.Resource[];
}

/** Characters that IAM allows in the id of a service account. */
const ACCOUNT_ID_LENGTH = 30;

/**
 * What GKE's own agents on a node need, and pulling images.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/how-to/hardening-your-cluster#use_least_privilege_sa
 */
const NODE_ROLES = [
  'artifactregistry.reader',
  'logging.logWriter',
  'monitoring.metricWriter',
  'monitoring.viewer',
  'stackdriver.resourceMetadata.writer',
];

const APIS_OF: Readonly<Record<DataService, readonly string[]>> = {
  objectStore: ['storage'],
  fileSystem: ['file'],
  database: ['servicenetworking', 'sqladmin'],
  registry: ['artifactregistry'],
};

/** The APIs that the cluster needs. They are left on: others in the project may have come to use them. */
export function enableApis({ name, place, project, settings }: GcpContext): readonly Service[] {
  const { services } = settings;
  const forServices = services.length === 0 ? [] : ['cloudkms', ...services.flatMap((service) => APIS_OF[service])];
  const apis = ['compute', 'container', 'iam', ...forServices];
  return apis.map(
    (api) =>
      new Service(name(`api-${api}`), { project, service: `${api}.googleapis.com`, disableOnDestroy: false }, place),
  );
}

/** The account of the nodes, which may do no more than their agents need; pods have identities of their own. */
export function makeNodeAccount(context: GcpContext, after: readonly pulumi.Resource[]): NodeAccount {
  const { cluster, name, place, project } = context;
  const account = new Account(
    name('nodes'),
    { accountId: shortened(`${cluster.name}-nodes`, ACCOUNT_ID_LENGTH), displayName: `Nodes of ${cluster.name}` },
    { ...place, dependsOn: [...after] },
  );
  const member = pulumi.interpolate`serviceAccount:${account.email}`;
  const roles = NODE_ROLES.map(
    (role) => new IAMMember(name(`nodes-${role}`), { project, role: `roles/${role}`, member }, place),
  );
  return { account, roles };
}

/** Lets the administrators in. IAM decides for all clusters of the project at once. */
export function makeAdministrators({ name, place, project, options }: GcpContext): void {
  for (const [who, member] of Object.entries(options.administrators ?? {}))
    new IAMMember(name(`admin-${who}`), { project, role: 'roles/container.admin', member }, place);
}
