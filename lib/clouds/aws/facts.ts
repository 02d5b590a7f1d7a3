import type { JsonObject } from '../../model/json.ts';
import type { Cloud, DataService, RefSecrecy } from '../cloud.ts';
import { catalogue, type InstanceType } from '../instance-type.ts';
import { refuse } from './refuse.ts';
import { awsStorageClasses } from './storage-classes.ts';

/** Settings of a cluster on Amazon EKS. */
export interface AwsProps {
  /** AWS region, such as `us-east-1`. */
  readonly region: string;
  /**
   * Availability zones to spread over: how many of the region's, or their names.
   *
   * @default 3
   */
  readonly zones?: number | readonly string[];
  /**
   * Address range of the VPC.
   *
   * @default '10.0.0.0/16'
   */
  readonly vpcCidr?: string;
  /**
   * Address ranges that may reach the public endpoint of the control plane. Without any, it is private, and a deployment
   * has to run where the VPC can be reached.
   *
   * @default - none: the endpoint is private
   */
  readonly allowedCidrs?: readonly string[];
  /**
   * Services for data, made beside the cluster and kept when it goes, with the references that each gives:
   *
   * - `objectStore`: a bucket on S3, `bucketName`. Jobs of a tenant read and write what is under `<namespace>/` in it.
   * - `fileSystem`: a file system on EFS with its CSI driver: `fileSystemId`, and what a volume of the type `nfs` wants,
   *   `fileSystemHost` and `fileSystemPath`.
   * - `database`: PostgreSQL on RDS, `databaseHost`; database and user are called `metadata`, the password is in the secret
   *   `databaseSecretArn` of Secrets Manager.
   * - `registry`: a repository on ECR, `repositoryUrl`.
   *
   * @default - none
   */
  readonly services?: readonly DataService[];
  /**
   * Machine types that the catalogue does not know yet.
   *
   * @default - none
   */
  readonly instanceTypes?: readonly InstanceType[];
}

/** What only the deployment of an EKS cluster knows. */
export const awsRefs = {
  certificateAuthority: 'plain',
  clusterArn: 'plain',
  clusterSecurityGroupId: 'plain',
  endpoint: 'plain',
  kubeconfig: 'secret',
  oidcIssuer: 'plain',
  vpcId: 'plain',
} as const;

/** What only the deployment of its services for data knows. */
export const awsServiceRefs = {
  objectStore: { bucketName: 'plain' },
  fileSystem: { fileSystemId: 'plain', fileSystemHost: 'plain', fileSystemPath: 'plain' },
  database: { databaseHost: 'plain', databaseSecretArn: 'plain' },
  registry: { repositoryUrl: 'plain' },
} as const satisfies Record<DataService, Readonly<Record<string, RefSecrecy>>>;

/** The references of a cluster with the services. */
export function awsRefsWith(services: readonly DataService[]): Readonly<Record<string, RefSecrecy>> {
  return Object.assign({}, awsRefs, ...services.map((service) => awsServiceRefs[service]));
}

/**
 * A cluster on Amazon EKS.
 *
 * The GPU images of EKS carry driver and container toolkit but no device plugin, so the GPU Operator brings only the
 * latter. EKS itself adds no taint to managed nodes.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html
 */
export function aws(props: AwsProps): Cloud {
  const { region, zones = 3, vpcCidr = '10.0.0.0/16', allowedCidrs = [], instanceTypes = [] } = props;
  const services = [...new Set(props.services)].sort();
  const settings: JsonObject = { zones, vpcCidr, allowedCidrs, services };
  return {
    id: 'aws',
    region,
    settings,
    createsPools: true,
    instanceTypes: catalogue('aws', instanceTypes),
    storageClasses: awsStorageClasses,
    systemInstanceType: { name: 'm7i.2xlarge', cpu: 8, memoryGiB: 32 },
    refs: awsRefsWith(services),
    refsOnRequest: REFS_ON_REQUEST,
    capacities: ['onDemand', 'spot', 'reservation', 'block'],
    // cluster-autoscaler waits on this label to see that a GPU node is still coming up, and over-scales without it.
    nodeExtras: ({ type }) => ({
      labels: { 'k8s.amazonaws.com/accelerator': acceleratorLabel(type.accelerator.model) },
      taints: [],
    }),
    fabricResource: (kind) => (kind === 'efa' ? 'vpc.amazonaws.com/efa' : undefined),
    workloadAccess: () =>
      services.includes('objectStore') ? { credentials: { address: POD_IDENTITY_AGENT, port: 80 } } : undefined,
    owners: ({ driver = 'cloud', devicePlugin = 'operator' }) => ({ driver, devicePlugin }),
    refuse,
  };
}

/** @see https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html */
const POD_IDENTITY_AGENT = '169.254.170.23';

const REFS_ON_REQUEST = Object.fromEntries(
  Object.entries(awsServiceRefs).flatMap(([service, refs]) =>
    Object.keys(refs).map((name) => [name, `aws({ services: ['${service}'] })`]),
  ),
);

function acceleratorLabel(model: string): string {
  return `nvidia-${model.toLowerCase()}`;
}
