/** How much of a phase is done: objects that were read so far, files that were written. */
export interface Count {
  readonly done?: number;
  readonly total?: number;
}

// The user's own program is no phase: what it prints while it runs must not meet our line.
const PHASES = {
  collect: () => 'reading the constructs',
  check: (count: string) => `checking ${count} objects`,
  write: (count: string) => `writing ${count} files`,
};

export type Phase = keyof typeof PHASES;

/** How far a run is, for whoever waits for it. */
export interface Progress {
  /** Says that a phase has begun, or how much of it is done. */
  report(phase: Phase, count?: Count): void;
  /** Clears the line, for what is printed next. */
  end(): void;
}

/** Where progress is shown; `process.stderr` is one. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Between two reports, in milliseconds: nobody reads faster. */
const INTERVAL = 100;
const CLEAR_LINE = '\r\u001b[K';

/** With `json` one JSON object a line, else a line that changes on a terminal, else nothing. */
export function progressOn(stream: ProgressStream, json: boolean, now: () => number = Date.now): Progress {
  const isLine = !json && stream.isTTY === true;
  const begun = new Set<Phase>();
  let last = 0;
  return {
    report(phase, { done, total } = {}) {
      // Phases take turns, cluster by cluster: only the first of their reports cannot wait, and the last.
      const isNews = !begun.has(phase) || done === total || now() - last >= INTERVAL;
      if (!(json || isLine) || !isNews) return;
      begun.add(phase);
      last = now();
      const count = [done, total].filter((one) => one !== undefined).join(' of ');
      stream.write(json ? `${JSON.stringify({ phase, done, total })}\n` : CLEAR_LINE + PHASES[phase](count));
    },
    end() {
      if (isLine && begun.size > 0) stream.write(CLEAR_LINE);
      begun.clear();
    },
  };
}

/** The items as they are; each is reported when the next one is asked for. */
export function* counted<T>(items: Iterable<T>, report: (done: number) => void): Iterable<T> {
  let done = 0;
  for (const item of items) {
    yield item;
    report(++done);
  }
}
