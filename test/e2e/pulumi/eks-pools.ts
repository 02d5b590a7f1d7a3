/** What the examples on EKS prove of their pools. */
import assert from 'node:assert/strict';
import type { ExampleLane } from './example-lane.ts';

const EFFECTS: Readonly<Record<string, string>> = {
  NoSchedule: 'NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
};

export const eksPools = (example: string): NonNullable<ExampleLane['proofs']> => ({
  [`the pools of ${example} reach the plan with the taints, labels and interfaces that the objects in the cluster rest on`]:
    ({ model, planned }) => {
      for (const { name, labels, taints, fabric } of model.pools) {
        const group = planned('aws:eks/nodeGroup:NodeGroup', name);
        assert.deepEqual(group['labels'], labels);
        assert.deepEqual(
          group['taints'],
          taints.map((taint) => ({ ...taint, effect: EFFECTS[taint.effect] })),
        );
        const template = planned('aws:ec2/launchTemplate:LaunchTemplate', name);
        const interfaces = (template['networkInterfaces'] ?? []) as readonly { readonly interfaceType?: string }[];
        assert.equal(interfaces.filter(({ interfaceType }) => interfaceType?.startsWith('efa')).length, fabric.perNode);
      }
    },
});
