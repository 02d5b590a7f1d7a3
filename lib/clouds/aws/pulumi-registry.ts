import { Repository } from '@pulumi/aws/ecr/repository.js';
import type { AwsContext } from './pulumi-context.ts';
import type { MadeService, ServiceBasis } from './pulumi-services.ts';

/** A repository for images whose tags never change their meaning. The nodes may pull from it as they are. */
export function makeRegistry({ cluster, keep, name }: AwsContext, { key }: ServiceBasis): MadeService<'registry'> {
  const repository = new Repository(
    name('registry'),
    {
      name: cluster.name,
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfigurations: [{ encryptionType: 'KMS', kmsKey: key.arn }],
      forceDelete: false,
    },
    keep,
  );
  return { refs: { repositoryUrl: repository.repositoryUrl } };
}
