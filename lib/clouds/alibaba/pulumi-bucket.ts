import type { ManagedKubernetes } from '@pulumi/alicloud/cs/managedKubernetes.js';
import { getAccountOutput } from '@pulumi/alicloud/getAccount.js';
import { Bucket } from '@pulumi/alicloud/oss/bucket.js';
import { BucketPublicAccessBlock } from '@pulumi/alicloud/oss/bucketPublicAccessBlock.js';
import { Policy } from '@pulumi/alicloud/ram/policy.js';
import { Role } from '@pulumi/alicloud/ram/role.js';
import { RolePolicyAttachment } from '@pulumi/alicloud/ram/rolePolicyAttachment.js';
import * as pulumi from '@pulumi/pulumi';
import { WORKLOAD_SERVICE_ACCOUNT } from '../../model/conventions.ts';
import type { TenantModel } from '../../model/platform-model.ts';
import { tenantRoleName } from './identity.ts';
import type { AlibabaContext } from './pulumi-context.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Days for which an overwritten or deleted object can be had back. */
const OLD_VERSION_DAYS = 30;
/** Days after which the parts of an upload that was never finished are removed. */
const UNFINISHED_UPLOAD_DAYS = 7;

/** A private, versioned and encrypted bucket, in which the jobs of each tenant reach what is theirs. */
export function makeBucket(context: AlibabaContext, { cluster, key }: ServiceBasis): MadeService<'objectStore'> {
  const { keep, name, place, region, tags } = context;
  const account = getAccountOutput({ provider: place.provider }).id;
  const bucket = new Bucket(
    name('bucket'),
    {
      // Bucket names are shared by the whole world, ids of accounts too.
      bucket: pulumi.interpolate`${context.cluster.name}-${region}-${account}`,
      redundancyType: 'ZRS',
      versioning: { status: 'Enabled' },
      serverSideEncryptionRule: { sseAlgorithm: 'KMS', kmsMasterKeyId: key },
      lifecycleRules: [
        {
          id: 'leftovers',
          enabled: true,
          prefix: '',
          noncurrentVersionExpirations: [{ days: OLD_VERSION_DAYS }],
          abortMultipartUploads: [{ days: UNFINISHED_UPLOAD_DAYS }],
        },
      ],
      forceDestroy: false,
      tags,
    },
    keep,
  );
  const bucketName = bucket.bucket.apply((given) => given ?? '');
  new BucketPublicAccessBlock(name('bucket'), { bucket: bucketName, blockPublicAccess: true }, keep);
  const ready = context.cluster.tenants.flatMap((tenant) => makeTenantRole(context, cluster, bucketName, key, tenant));
  return { refs: { bucketName }, ready };
}

/**
 * Lets the jobs of a tenant read and write below its own prefix, by a role that their service account takes.
 *
 * @see https://www.alibabacloud.com/help/en/ack/ack-managed-and-ack-dedicated/user-guide/use-rrsa-to-authorize-pods-to-access-different-cloud-services
 */
function makeTenantRole(
  { cluster: { name: clusterName }, name, place, region }: AlibabaContext,
  cluster: ManagedKubernetes,
  bucket: pulumi.Output<string>,
  key: pulumi.Output<string>,
  { name: tenant, namespace }: TenantModel,
): readonly pulumi.Resource[] {
  const part = `tenant-${tenant}`;
  const roleName = tenantRoleName(clusterName, region, tenant);
  const role = new Role(
    name(part),
    {
      roleName,
      assumeRolePolicyDocument: pulumi.jsonStringify({
        Version: '1',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Federated: [cluster.rrsaMetadata.ramOidcProviderArn] },
            Action: 'sts:AssumeRole',
            Condition: {
              StringEquals: {
                'oidc:aud': ['sts.aliyuncs.com'],
                'oidc:iss': [cluster.rrsaMetadata.rrsaOidcIssuerUrl],
                'oidc:sub': [`system:serviceaccount:${namespace}:${WORKLOAD_SERVICE_ACCOUNT}`],
              },
            },
          },
        ],
      }),
    },
    place,
  );
  const policy = new Policy(
    name(part),
    {
      policyName: roleName,
      policyDocument: pulumi.jsonStringify({
        Version: '1',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['oss:ListObjects'],
            Resource: [pulumi.interpolate`acs:oss:*:*:${bucket}`],
            Condition: { StringLike: { 'oss:Prefix': [`${namespace}/*`] } },
          },
          {
            Effect: 'Allow',
            Action: ['oss:AbortMultipartUpload', 'oss:DeleteObject', 'oss:GetObject', 'oss:PutObject'],
            Resource: [pulumi.interpolate`acs:oss:*:*:${bucket}/${namespace}/*`],
          },
          {
            Effect: 'Allow',
            Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
            Resource: [pulumi.interpolate`acs:kms:*:*:key/${key}`],
          },
        ],
      }),
    },
    place,
  );
  return [
    new RolePolicyAttachment(
      name(part),
      { roleName: role.roleName, policyName: policy.policyName, policyType: 'Custom' },
      place,
    ),
  ];
}
