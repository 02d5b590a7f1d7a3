import type { Cluster } from '@pulumi/gcp/container/cluster.js';
import { getProjectOutput } from '@pulumi/gcp/organizations/getProject.js';
import { Bucket } from '@pulumi/gcp/storage/bucket.js';
import { BucketIAMMember } from '@pulumi/gcp/storage/bucketIAMMember.js';
import { getProjectServiceAccountOutput } from '@pulumi/gcp/storage/getProjectServiceAccount.js';
import * as pulumi from '@pulumi/pulumi';
import { WORKLOAD_SERVICE_ACCOUNT } from '../../model/conventions.ts';
import { shortened } from '../physical-names.ts';
import type { GcpContext } from './pulumi-context.ts';
import { workloadPoolOf } from './pulumi-control-plane.ts';
import { keyFor } from './pulumi-key.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Characters that Cloud Storage allows in the name of a bucket. */
const BUCKET_NAME_LENGTH = 63;
/** Days for which an overwritten or deleted object can be had back. */
const SOFT_DELETE_DAYS = 30;
/** Days after which the parts of an upload that was never finished are removed. */
const UNFINISHED_UPLOAD_DAYS = 7;
const SECONDS_A_DAY = 24 * 60 * 60;

/** A private bucket in the region of the cluster, in which the jobs of each tenant reach what is theirs. */
export function makeBucket(context: GcpContext, { apis, cluster, key }: ServiceBasis): MadeService<'objectStore'> {
  const { keep, name, place, project, region } = context;
  const agent = getProjectServiceAccountOutput({ project }, { provider: place.provider, dependsOn: [...apis] }).member;
  const bucket = new Bucket(
    name('bucket'),
    {
      // Bucket names are shared by the whole world, ids of projects too.
      name: shortened(`${project}-${context.cluster.name}-data`, BUCKET_NAME_LENGTH),
      location: region,
      encryption: { defaultKmsKeyName: keyFor(context, key, 'bucket', agent) },
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      softDeletePolicy: { retentionDurationSeconds: SOFT_DELETE_DAYS * SECONDS_A_DAY },
      lifecycleRules: [
        { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: UNFINISHED_UPLOAD_DAYS } },
      ],
      forceDestroy: false,
    },
    keep,
  );
  return { refs: { bucketName: bucket.name }, ready: makeTenantRights(context, cluster, bucket) };
}

/**
 * Lets the jobs of each tenant read and write below its own prefix, by their identity in Kubernetes alone: no account of
 * Google stands in between.
 *
 * @see https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity#principal-id-examples
 * @see https://cloud.google.com/storage/docs/access-control/iam#conditions
 */
function makeTenantRights(
  { cluster: { tenants }, name, place, project }: GcpContext,
  cluster: Cluster,
  bucket: Bucket,
): readonly pulumi.Resource[] {
  if (tenants.length === 0) return [];
  const { number } = getProjectOutput({ projectId: project }, { provider: place.provider });
  const pool = pulumi.interpolate`projects/${number}/locations/global/workloadIdentityPools/${workloadPoolOf(project)}`;
  return tenants.map(({ name: tenant, namespace }) => {
    const objects = pulumi.interpolate`projects/_/buckets/${bucket.name}/objects/${namespace}/`;
    return new BucketIAMMember(
      name(`tenant-${tenant}`),
      {
        bucket: bucket.name,
        role: 'roles/storage.objectUser',
        member: pulumi.interpolate`principal://iam.googleapis.com/${pool}/subject/ns/${namespace}/sa/${WORKLOAD_SERVICE_ACCOUNT}`,
        condition: {
          title: `objects-of-${tenant}`,
          // To list is a right on the bucket, which the prefix of the request narrows.
          expression: pulumi.interpolate`resource.name.startsWith("${objects}") || api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("${namespace}/")`,
        },
      },
      // The identities of a project are there from its first cluster on.
      { ...place, dependsOn: [cluster] },
    );
  });
}
