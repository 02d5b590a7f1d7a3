/** For programs that make texts up without end. */
const MOST = 10_000;

/** The function with its answers kept: for texts that repeat in every object, such as keys and amounts. */
export function remembered<T>(answer: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly answer: T }>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before.answer;
    if (known.size >= MOST) known.clear();
    const now = { answer: answer(text) };
    known.set(text, now);
    return now.answer;
  };
}
