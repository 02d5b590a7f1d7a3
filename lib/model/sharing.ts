/** How the GPUs of a pool are divided among pods. */
export type SharingModel =
  /** Pods take turns; memory and faults are shared. */
  | { readonly kind: 'timeSlicing'; readonly replicas: number }
  /** CUDA's Multi-Process Service: each pod gets an equal part of memory and threads. */
  | { readonly kind: 'mps'; readonly replicas: number }
  /** Multi-Instance GPU: hardware slices, by profile and number for each GPU. */
  | { readonly kind: 'mig'; readonly layout: MigLayout };

/** Slices of one GPU by profile: `{ '3g.40gb': 1, '1g.10gb': 4 }`. */
export type MigLayout = Readonly<Record<string, number>>;

/** Name under which a pod asks for a share of a time-sliced or MPS GPU. */
export const SHARED_GPU = 'nvidia.com/gpu.shared';

/** Name under which a pod asks for a slice of the profile. */
export function migResource(profile: string): string {
  return `nvidia.com/mig-${profile.replaceAll('+', '.')}`;
}

/** Profiles of a GPU model: the most instances of each, and how many compute slots the chip has. */
interface MigSet {
  readonly slots: 4 | 7;
  readonly profiles: Readonly<Record<string, number>>;
}

const seven = (small: string, double: string, two: string, three: string, four: string, all: string): MigSet => ({
  slots: 7,
  profiles: { [small]: 7, [double]: 4, [two]: 3, [three]: 2, [four]: 1, [all]: 1, [`${small}+me`]: 1 },
});

/**
 * MIG profiles by the catalogue's GPU model, as of the MIG user guide and GPU Operator v26.7.
 *
 * @see https://docs.nvidia.com/datacenter/tesla/mig-user-guide/
 */
const MIG_SETS: Readonly<Record<string, MigSet>> = {
  A30: { slots: 4, profiles: { '1g.6gb': 4, '2g.12gb': 2, '4g.24gb': 1, '1g.6gb+me': 1, '2g.12gb+me': 1 } },
  'A100-40GB': seven('1g.5gb', '1g.10gb', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb'),
  'A100-80GB': seven('1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb'),
  'A100-80GB-PCIe': seven('1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb'),
  H100: seven('1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb'),
  'H100-NVL': seven('1g.12gb', '1g.24gb', '2g.24gb', '3g.47gb', '4g.47gb', '7g.94gb'),
  H20: seven('1g.12gb', '1g.24gb', '2g.24gb', '3g.48gb', '4g.48gb', '7g.96gb'),
  H200: seven('1g.18gb', '1g.35gb', '2g.35gb', '3g.71gb', '4g.71gb', '7g.141gb'),
  B200: seven('1g.23gb', '1g.45gb', '2g.45gb', '3g.90gb', '4g.90gb', '7g.180gb'),
  GB200: seven('1g.23gb', '1g.47gb', '2g.47gb', '3g.93gb', '4g.93gb', '7g.186gb'),
  B300: seven('1g.34gb', '1g.67gb', '2g.67gb', '3g.135gb', '4g.135gb', '7g.269gb'),
  GB300: seven('1g.35gb', '1g.70gb', '2g.70gb', '3g.139gb', '4g.139gb', '7g.278gb'),
};

/** The profiles of a GPU model with the most instances of each, or nothing when it has no MIG or is not known to have it. */
export function migProfiles(model: string): Readonly<Record<string, number>> | undefined {
  return MIG_SETS[model]?.profiles;
}

/** How many memory slices a profile takes, and at which slice it may start. */
function placement(profile: string, set: MigSet): { readonly size: number; readonly starts: readonly number[] } {
  const compute = Number(profile[0]);
  if (set.slots === 4) {
    return compute === 4
      ? { size: 4, starts: [0] }
      : compute === 2
        ? { size: 2, starts: [0, 2] }
        : { size: 1, starts: [0, 1, 2, 3] };
  }
  if (compute === 7) return { size: 8, starts: [0] };
  if (compute === 4) return { size: 4, starts: [0] };
  if (compute === 3) return { size: 4, starts: [0, 4] };
  if (compute === 2) return { size: 2, starts: [0, 2, 4] };
  // A 1g profile that fits the chip four times has the memory of two slices.
  return set.profiles[profile] === 4 ? { size: 2, starts: [0, 2, 4, 6] } : { size: 1, starts: [0, 1, 2, 3, 4, 5, 6] };
}

/**
 * Whether the slices can be placed on one GPU of the model without overlap. `undefined` when the model's profiles are not
 * known. Compute slots alone do not decide: 3g + 3g + 1g adds up to seven and has no room.
 */
export function migLayoutFits(model: string, layout: MigLayout): boolean | undefined {
  const set = MIG_SETS[model];
  if (set === undefined) return undefined;
  const wanted = Object.entries(layout).flatMap(([profile, count]) => Array.from({ length: count }, () => profile));
  if (wanted.some((profile) => set.profiles[profile] === undefined)) return false;
  if (Object.entries(layout).some(([profile, count]) => count > (set.profiles[profile] ?? 0))) return false;
  // Only one instance of a GPU has the media engines.
  if (wanted.filter((profile) => profile.includes('+me')).length > 1) return false;
  const bySize = wanted
    .map((profile) => placement(profile, set))
    .sort((a, b) => b.size - a.size || a.starts.length - b.starts.length);
  return place(bySize, 0);
}

function place(left: readonly { readonly size: number; readonly starts: readonly number[] }[], taken: number): boolean {
  const [first, ...rest] = left;
  if (first === undefined) return true;
  return first.starts.some((start) => {
    const mask = ((1 << first.size) - 1) << start;
    return (taken & mask) === 0 && place(rest, taken | mask);
  });
}
