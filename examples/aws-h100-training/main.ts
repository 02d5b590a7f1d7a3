// The entry of the `cdk8s synth` command, with what `pulumi up` has made.
import bindings from './bindings.json' with { type: 'json' };
import { platform } from './platform.ts';

platform.synth(bindings);
