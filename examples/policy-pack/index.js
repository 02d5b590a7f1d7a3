// A team's own policies stand in the same list.
import { PolicyPack } from '@pulumi/policy';
import { clusterPolicies } from 'cdk8s-ai/crossguard';

new PolicyPack('cluster-policies', { policies: clusterPolicies() });
