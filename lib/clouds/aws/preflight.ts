import type { CapacityModel } from '../../model/platform-model.ts';
import type { CloudPreflight } from '../preflight.ts';
import prices from './prices.json' with { type: 'json' };

/**
 * What a team asks AWS for. EC2 counts vCPUs by family: P has a quota of its own, G shares one with VT.
 *
 * @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
 */
export const awsPreflight: CloudPreflight = {
  quotaPage: 'https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas',
  quotaOf: (instanceType, capacity) => ({ name: quotaName(instanceType, capacity), unit: 'vCPU' }),
  permissions: [
    'eks:*',
    'ec2:*',
    'iam: roles, policies and pass-role below the cluster name',
    'kms:*',
    'logs:*',
    'autoscaling:*',
    's3:*, elasticfilesystem:*, rds:*, ecr:*: for the services for data that are asked for',
  ],
  prerequisites: ({ name, cloud: { region }, pools }) => [
    ...pools.flatMap(({ name: pool, capacity }) =>
      capacity.kind === 'reservation' || capacity.kind === 'block'
        ? [`capacity of pool '${pool}': ${capacity.kind} ${capacity.id} in ${region ?? 'its region'}`]
        : [],
    ),
    ...(pools.some((pool) => pool.fabric.kind === 'efa')
      ? [`one zone of ${name} that offers the machine types with a fabric`]
      : []),
  ],
  prices: prices.rows,
};

function quotaName(instanceType: string, { kind }: CapacityModel): string {
  const family = instanceType[0]?.toUpperCase() ?? '';
  const group =
    family === 'G' || family === 'V' ? 'G and VT' : family === 'P' ? 'P' : 'Standard (A, C, D, H, I, M, R, T, Z)';
  return kind === 'spot' ? `All ${group} Spot Instance Requests` : `Running On-Demand ${group} instances`;
}
