// The programs that the lane can build. Their versions are those in the go.mod files beside this one.

/** One folder with a `go.mod`, and the programs made from it. */
export interface GoModule {
  readonly folder: string;
  /** Which program of this machine is used instead: one of the pinned minor version, or one of the same major version that is not older. */
  readonly accepts: 'same minor' | 'same major';
  readonly tools: readonly Tool[];
  /** Time to build them when nothing is cached, on two cores. */
  readonly minutes: number;
}

export interface Tool {
  readonly name: string;
  /** The Go module whose version is the version of the program. */
  readonly module: string;
  /** The package to build. */
  readonly main: string;
  readonly versionArgs: readonly string[];
  /** Variables that the linker sets: without them the program does not know its own version. */
  readonly stamp?: (version: string) => Readonly<Record<string, string>>;
}

const kubernetes = (name: string, versionArgs: readonly string[] = ['--version']): Tool => ({
  name,
  module: 'k8s.io/kubernetes',
  main: `k8s.io/kubernetes/cmd/${name}`,
  versionArgs,
  stamp: kubernetesVersion,
});

/** Feature gates follow the version: a Kubernetes program that calls itself v0.0.0-master does not behave like the release. */
function kubernetesVersion(version: string): Record<string, string> {
  const [major = '', minor = ''] = version.split('.');
  const facts = {
    gitVersion: `v${version}`,
    gitMajor: major,
    gitMinor: minor,
    gitCommit: `v${version}`,
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
  };
  const packages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];
  return Object.fromEntries(
    packages.flatMap((path) => Object.entries(facts).map(([variable, value]) => [`${path}.${variable}`, value])),
  );
}

export const goModules: readonly GoModule[] = [
  {
    folder: 'kubernetes',
    accepts: 'same minor',
    minutes: 9,
    tools: [
      { name: 'etcd', module: 'go.etcd.io/etcd/server/v3', main: './etcd', versionArgs: ['--version'] },
      kubernetes('kube-apiserver'),
      kubernetes('kube-controller-manager'),
      kubernetes('kube-scheduler'),
      kubernetes('kubectl', ['version', '--client']),
      {
        name: 'kwok',
        module: 'sigs.k8s.io/kwok',
        main: 'sigs.k8s.io/kwok/cmd/kwok',
        versionArgs: ['--version'],
        stamp: (version) => ({ 'sigs.k8s.io/kwok/pkg/consts.Version': `v${version}` }),
      },
      {
        name: 'kubeconform',
        module: 'github.com/yannh/kubeconform',
        main: 'github.com/yannh/kubeconform/cmd/kubeconform',
        versionArgs: ['-v'],
        stamp: (version) => ({ 'main.version': `v${version}` }),
      },
      // Of this module, so that it is the very reader that its kubectl has.
      { name: 'yaml-reader', module: 'sigs.k8s.io/yaml', main: './yaml-reader', versionArgs: ['--version'] },
    ],
  },
  {
    folder: 'pulumi',
    accepts: 'same major',
    minutes: 5,
    tools: [
      {
        name: 'pulumi',
        module: 'github.com/pulumi/pulumi/pkg/v3',
        main: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
        versionArgs: ['version'],
        stamp: (version) => ({ 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version': `v${version}` }),
      },
    ],
  },
  {
    folder: 'helm',
    accepts: 'same major',
    minutes: 5,
    tools: [
      {
        name: 'helm',
        module: 'helm.sh/helm/v4',
        main: 'helm.sh/helm/v4/cmd/helm',
        versionArgs: ['version', '--short'],
        stamp: (version) => ({ 'helm.sh/helm/v4/internal/version.version': `v${version}` }),
      },
    ],
  },
  {
    folder: 'flux',
    accepts: 'same minor',
    minutes: 4,
    tools: [
      {
        name: 'kustomize-controller',
        module: 'github.com/fluxcd/kustomize-controller',
        main: 'github.com/fluxcd/kustomize-controller',
        versionArgs: ['--version'],
      },
    ],
  },
  {
    folder: 'promtool',
    accepts: 'same major',
    minutes: 6,
    tools: [
      {
        name: 'promtool',
        // Release 3.13.5 by the name that Go has for it.
        module: 'github.com/prometheus/prometheus',
        main: 'github.com/prometheus/prometheus/cmd/promtool',
        versionArgs: ['--version'],
      },
    ],
  },
  {
    folder: 'versitygw',
    accepts: 'same major',
    minutes: 2,
    tools: [
      {
        name: 'versitygw',
        module: 'github.com/versity/versitygw',
        main: 'github.com/versity/versitygw/cmd/versitygw',
        versionArgs: ['--version'],
        stamp: (version) => ({ 'main.Version': `v${version}` }),
      },
    ],
  },
];
