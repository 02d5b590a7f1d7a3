import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Scenario } from '../../scenario.ts';
import { dependencyOrder } from '../order.ts';
import { type Deployment, type Plan, type PlannedResource, resource } from '../plan.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { type Stack, withStack } from '../stack.ts';

/** A cluster on EKS with everything that it can have, judged by the typings of the SDK. */
export const scenario: Scenario = {
  name: 'pulumi-eks',
  limits: [],
  async run({ prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const program = join(import.meta.dirname, '../programs/eks');
    await withStack({ pulumi, program, providers: ['aws'] }, async (stack) => {
      const means = { stack, previewed: await stack.preview(), deployed: await stack.up() };
      for (const [claim, proof] of Object.entries(proofs)) await prove(claim, pulumi, () => proof(means));
    });
  },
};

interface Means {
  readonly stack: Stack;
  readonly previewed: Plan;
  readonly deployed: Deployment;
}

const nodeGroup = (plan: Plan, name: string) => resource(plan, 'aws:eks/nodeGroup:NodeGroup', name).inputs;
const launchTemplate = (plan: Plan, name: string) =>
  resource(plan, 'aws:ec2/launchTemplate:LaunchTemplate', name).inputs;
const reservationOf = (id: string) => ({ capacityReservationTarget: { capacityReservationId: id } });
const customs = ({ resources }: Plan) => resources.filter(({ custom }) => custom);

const DATABASE = 'aws:rds/instance:Instance';
const isData = ({ type, name }: PlannedResource) =>
  /^aws:(s3|ecr)\/|:FileSystem$/.test(type) ||
  type === DATABASE ||
  (type === 'aws:kms/key:Key' && name === 'east/data');
const deletedBy = (stack: Stack): ReadonlySet<string | undefined> =>
  new Set(stack.calls().flatMap(({ call, urn }) => (call === 'delete' ? [urn] : [])));

const proofs: Readonly<Record<string, (means: Means) => Promise<string>>> = {
  'everything that EKS can have is planned before it exists, and made as it was planned': async (means) => {
    const shape = (plan: Plan) =>
      plan.resources
        .map(({ urn, parent, dependencies }) => JSON.stringify({ urn, parent, dependencies: [...dependencies].sort() }))
        .sort();
    assert.deepEqual(shape(means.deployed), shape(means.previewed));
    assert.deepEqual(
      means.deployed.resources.flatMap(({ unknowns }) => unknowns),
      [],
    );
    return `${customs(means.deployed).length} resources`;
  },

  'a pool from a capacity block takes its nodes from the block, in its zone': async ({ previewed, deployed }) => {
    const { instanceTypes, capacityType } = nodeGroup(previewed, 'east/h100');
    assert.deepEqual([instanceTypes, capacityType], [undefined, 'CAPACITY_BLOCK']);
    const template = launchTemplate(previewed, 'east/h100');
    assert.equal(template['instanceType'], 'p5.48xlarge');
    assert.deepEqual(template['instanceMarketOptions'], { marketType: 'capacity-block' });
    assert.deepEqual(template['capacityReservationSpecification'], reservationOf('cr-0block'));
    const { inputs } = resource(deployed, 'aws:ec2/subnet:Subnet', 'east/private-2');
    assert.equal(inputs['availabilityZone'], 'us-east-1b');
    const association = 'aws:ec2/routeTableAssociation:RouteTableAssociation';
    const { subnetId } = resource(deployed, association, 'east/private-2').inputs;
    assert.deepEqual(nodeGroup(deployed, 'east/h100')['subnetIds'], [subnetId]);
    return '';
  },

  'a pool from a reservation is bought on demand, from the reservation': async ({ previewed }) => {
    const { instanceTypes, capacityType } = nodeGroup(previewed, 'east/l4');
    assert.deepEqual([instanceTypes, capacityType], [['g6.4xlarge'], 'ON_DEMAND']);
    const template = launchTemplate(previewed, 'east/l4');
    assert.deepEqual(template['capacityReservationSpecification'], reservationOf('cr-0reserved'));
    assert.equal(template['instanceMarketOptions'], undefined);
    return '';
  },

  'claims that name no class get disks: the add-on of their driver is told to make a default StorageClass': async ({
    previewed,
    deployed,
  }) => {
    for (const plan of [previewed, deployed]) {
      const { inputs } = resource(plan, 'aws:eks/addon:Addon', 'east/aws-ebs-csi-driver');
      const values: unknown = JSON.parse(String(inputs['configurationValues']));
      assert.partialDeepStrictEqual(values, { defaultStorageClass: { enabled: true } });
    }
    return '';
  },

  'a transform of the program has the last word on a resource': async ({ previewed }) => {
    assert.deepEqual(nodeGroup(previewed, 'east/h100')['updateConfig'], { maxUnavailable: 1 });
    assert.equal(nodeGroup(previewed, 'east/l4')['updateConfig'], undefined);
    return '';
  },

  'a second up changes nothing, and a refresh finds nothing changed': async ({ stack, deployed }) => {
    const same = { same: deployed.resources.length };
    assert.deepEqual((await stack.up()).changes, same);
    assert.deepEqual((await stack.refresh()).changes, same);
    return '';
  },

  'what holds data refuses to be destroyed': async ({ stack, deployed }) => {
    await assert.rejects(stack.destroy(), /protect/);
    const holders = deployed.resources.filter(isData);
    assert.ok(holders.every(({ urn }) => !deletedBy(stack).has(urn)));
    return `${holders.length} resources`;
  },

  'unprotected, everything goes in the reverse order but bucket, file system, registry and their key': async (
    means,
  ) => {
    const { stack } = means;
    await stack.configure({ deletionProtection: 'false' });
    const before = await stack.up();
    const { resources, steps } = await stack.destroy();
    assert.deepEqual(resources, []);
    const { compared, violations } = dependencyOrder(before, steps, 'delete');
    assert.deepEqual(violations, []);
    const made = customs(before).filter(({ type }) => type.startsWith('aws:'));
    const left = made.filter(({ urn }) => !deletedBy(stack).has(urn));
    assert.deepEqual(
      left,
      made.filter((one) => isData(one) && one.type !== DATABASE),
    );
    return `${compared} pairs, ${left.length} resources left`;
  },
};
