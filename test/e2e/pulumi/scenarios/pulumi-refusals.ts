import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Scenario } from '../../scenario.ts';
import type { JsonObject } from '../../standin/property-value.ts';
import { findPulumi } from '../pulumi-cli.ts';
import { type Stack, withStack } from '../stack.ts';

/** What an accepted plan is worth: everything that the typings of the provider package rule out is refused. */
export const scenario: Scenario = {
  name: 'pulumi-refusals',
  limits: [],
  async run({ prove, notRun }) {
    const pulumi = await findPulumi();
    if ('why' in pulumi) {
      for (const claim of Object.keys(proofs)) notRun(claim, 'pulumi', pulumi.why);
      return;
    }
    const program = join(import.meta.dirname, '../programs/anything');
    const config = { 'aws:region': 'eu-west-1' };
    for (const [claim, proof] of Object.entries(proofs)) {
      await withStack({ pulumi, program, providers: ['aws'], config }, (stack) =>
        prove(claim, pulumi, () => proof(stack)),
      );
    }
  },
};

const NODE_GROUP = 'aws:eks/nodeGroup:NodeGroup';
const nodeGroup = {
  clusterName: 'east',
  nodeRoleArn: 'arn:aws:iam::123456789012:role/nodes',
  subnetIds: ['subnet-1'],
  scalingConfig: { desiredSize: 1, maxSize: 1, minSize: 1 },
};
const taint = { key: 'nvidia.com/gpu', value: 'present' };

const proofs: Readonly<Record<string, (stack: Stack) => Promise<string>>> = {
  'inputs that fit the typings of the provider package are accepted': async (stack) => {
    const inputs = { ...nodeGroup, taints: [{ ...taint, effect: 'NO_SCHEDULE' }] };
    assert.deepEqual((await register(stack, NODE_GROUP, inputs)).changes, { create: 2 });
    return '';
  },
  'a resource type that the provider does not have is refused': refused(
    'aws:eks/nodePool:NodePool',
    {},
    /has no resource type aws:eks\/nodePool:NodePool/,
  ),
  'an unknown property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, scaling: {} },
    /unknown property "scaling" of aws:eks/,
  ),
  'a missing required input is refused': refused(
    NODE_GROUP,
    { clusterName: 'east' },
    /missing required property "nodeRoleArn"/,
  ),
  'an unknown nested property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, scalingConfig: { ...nodeGroup.scalingConfig, min: 1 } },
    /unknown property "min" of inputs\.eks\.NodeGroupScalingConfig/,
  ),
  'a missing nested property is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, taints: [taint] },
    /missing required property "effect" of inputs\.eks\.NodeGroupTaint/,
  ),
  'a number where a text belongs is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, version: 1.35 },
    /expected a string, got the number 1\.35/,
  ),
  'a taint effect in the spelling of Kubernetes is refused': refused(
    NODE_GROUP,
    { ...nodeGroup, taints: [{ ...taint, effect: 'NoSchedule' }] },
    /documented values NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE, got the string "NoSchedule"/,
  ),
  'a value outside an enum is refused': refused(
    'aws:autoscaling/notification:Notification',
    { groupNames: ['nodes'], topicArn: 'arn:aws:sns:::topic', notifications: ['launched'] },
    /expected one of autoscaling:EC2_INSTANCE_LAUNCH/,
  ),
  'an unknown setting of the provider is refused': refused(
    'pulumi:providers:aws',
    { regon: 'eu-west-1' },
    /unknown property "regon" of the provider aws/,
  ),
  'an unknown nested setting of the provider is refused, although it travels as text': refused(
    'pulumi:providers:aws',
    { defaultTags: JSON.stringify({ tag: {} }) },
    /unknown property "tag" of inputs\.ProviderDefaultTags/,
  ),
  'a function answers in the shape of the typings': async (stack) => {
    const vpc = await invoke(stack, 'aws:ec2/getVpc:getVpc', { id: 'vpc-1' });
    assert.deepEqual([vpc['id'], vpc['enableDnsSupport']], ['vpc-1', false]);
    assert.match(String(vpc['arn']), /^arn:aws:/);
    return '';
  },
  'an unknown argument of a function is refused': async (stack) => {
    await assert.rejects(invoke(stack, 'aws:ec2/getVpc:getVpc', { vpc: 'vpc-1' }), /unknown property "vpc"/);
    return '';
  },
  'a function that the provider does not have is refused': async (stack) => {
    await assert.rejects(invoke(stack, 'aws:ec2/getMoon:getMoon', {}), /has no function aws:ec2\/getMoon:getMoon/);
    return '';
  },
};

function refused(type: string, inputs: JsonObject, message: RegExp): (stack: Stack) => Promise<string> {
  return async (stack) => {
    await assert.rejects(register(stack, type, inputs), message);
    return '';
  };
}

async function register(stack: Stack, type: string, inputs: JsonObject) {
  await stack.configure({ resource: JSON.stringify({ type, inputs }) });
  return stack.preview();
}

async function invoke(stack: Stack, token: string, args: JsonObject): Promise<JsonObject> {
  await stack.configure({ invoke: JSON.stringify({ token, args }) });
  await stack.up();
  return (await stack.outputs())['result'] as JsonObject;
}
