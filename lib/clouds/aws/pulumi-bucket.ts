import type { Cluster } from '@pulumi/aws/eks/cluster.js';
import type { Key } from '@pulumi/aws/kms/key.js';
import { Bucket } from '@pulumi/aws/s3/bucket.js';
import { BucketLifecycleConfiguration } from '@pulumi/aws/s3/bucketLifecycleConfiguration.js';
import { BucketPolicy } from '@pulumi/aws/s3/bucketPolicy.js';
import { BucketPublicAccessBlock } from '@pulumi/aws/s3/bucketPublicAccessBlock.js';
import { BucketServerSideEncryptionConfiguration } from '@pulumi/aws/s3/bucketServerSideEncryptionConfiguration.js';
import { BucketVersioning } from '@pulumi/aws/s3/bucketVersioning.js';
import * as pulumi from '@pulumi/pulumi';
import { WORKLOAD_SERVICE_ACCOUNT } from '../../model/conventions.ts';
import type { AwsContext } from './pulumi-context.ts';
import { makePodRole } from './pulumi-identity.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** Days for which an overwritten or deleted object can be had back. */
const OLD_VERSION_DAYS = 30;
/** Days after which the parts of an upload that was never finished are removed. */
const UNFINISHED_UPLOAD_DAYS = 7;

/** A private, versioned and encrypted bucket, in which the jobs of each tenant reach what is theirs. */
export function makeBucket(context: AwsContext, { cluster, key }: ServiceBasis): MadeService<'objectStore'> {
  const { keep, name } = context;
  // Bucket names are shared by the whole world, so AWS completes this one.
  const bucket = new Bucket(
    name('bucket'),
    { bucketPrefix: `${context.cluster.name}-data-`, forceDestroy: false },
    keep,
  );
  restrict(context, bucket);
  const versions = new BucketVersioning(
    name('bucket'),
    { bucket: bucket.bucket, versioningConfiguration: { status: 'Enabled' } },
    keep,
  );
  new BucketServerSideEncryptionConfiguration(
    name('bucket'),
    {
      bucket: bucket.bucket,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: 'aws:kms', kmsMasterKeyId: key.arn },
          // One request to the key serves many objects, which would cost more than their storage otherwise.
          bucketKeyEnabled: true,
        },
      ],
    },
    keep,
  );
  new BucketLifecycleConfiguration(
    name('bucket'),
    {
      bucket: bucket.bucket,
      rules: [
        {
          id: 'leftovers',
          status: 'Enabled',
          filter: {},
          noncurrentVersionExpiration: { noncurrentDays: OLD_VERSION_DAYS },
          abortIncompleteMultipartUpload: { daysAfterInitiation: UNFINISHED_UPLOAD_DAYS },
        },
      ],
    },
    { ...keep, dependsOn: [versions] },
  );
  return { refs: { bucketName: bucket.bucket }, ready: makeTenantRoles(context, cluster, bucket, key) };
}

/** Nobody from outside, and nobody without TLS. */
function restrict({ keep, name }: AwsContext, bucket: Bucket): void {
  const block = new BucketPublicAccessBlock(
    name('bucket'),
    {
      bucket: bucket.bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    keep,
  );
  new BucketPolicy(
    name('bucket'),
    {
      bucket: bucket.bucket,
      policy: pulumi.jsonStringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [bucket.arn, pulumi.interpolate`${bucket.arn}/*`],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      }),
    },
    // AWS refuses to change both at once.
    { ...keep, dependsOn: [block] },
  );
}

/** Lets the jobs of each tenant read and write below its own prefix. */
function makeTenantRoles(context: AwsContext, cluster: Cluster, bucket: Bucket, key: Key): readonly pulumi.Resource[] {
  return context.cluster.tenants.map(({ name, namespace }) =>
    makePodRole(context, cluster, `tenant-${name}`, { namespace, serviceAccount: WORKLOAD_SERVICE_ACCOUNT }, [
      {
        Action: ['s3:ListBucket'],
        Resource: bucket.arn,
        Condition: { StringLike: { 's3:prefix': `${namespace}/*` } },
      },
      {
        Action: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
        Resource: pulumi.interpolate`${bucket.arn}/${namespace}/*`,
      },
      { Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: key.arn },
    ]),
  );
}
