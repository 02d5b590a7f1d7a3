/**
 * A mistake in the user's program that cannot wait for the policies: the four things a reader needs to mend it.
 *
 * Thrown at once for misuse of the API; rules over the whole platform return `Finding`s instead.
 */
export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  /** Stable identifier of the kind of mistake, such as `NAME-001`. */
  readonly code: string;
  /** Construct path, or file, where the mistake is. */
  readonly where: string;
  /** What is wrong, with the value given. */
  readonly what: string;
  /** The smallest change that mends it. */
  readonly fix: string;

  constructor(code: string, where: string, what: string, fix: string) {
    super(formatProblem({ code, where, what, fix }));
    this.code = code;
    this.where = where;
    this.what = what;
    this.fix = fix;
  }
}

/** The one form in which a mistake or a finding is shown to a person. */
export function formatProblem(problem: { code: string; where: string; what: string; fix: string }): string {
  const head = `${problem.code} at ${problem.where}: ${problem.what}`;
  return problem.fix === '' ? head : `${head}\n       ${problem.fix}`;
}

/** Throws what was found: the one error, or all of them together. */
export function throwAll(problems: readonly PlatformError[]): void {
  const [first, ...rest] = problems;
  if (first === undefined) return;
  if (rest.length === 0) throw first;
  throw new AggregateError(problems, problems.map((problem) => problem.message).join('\n'));
}
