/** For programs that make keys up without end. */
const MOST = 10_000;
/** Maps with more members are seldom alike. */
const WIDEST = 100;

/**
 * Keys of an object one after the other, with what follows from the keys alone: a platform has many objects with the same
 * keys in the same order, and it is found once for all of them.
 */
export class Shape<T> {
  readonly #find: (keys: readonly string[]) => T;
  readonly #shorter: Shape<T> | undefined;
  readonly #key: string;
  readonly #size: number;
  readonly #count: { kept: number };
  readonly #longer = new Map<string, Shape<T>>();
  /** Objects that are alike mostly come one after the other. */
  #last: Shape<T> | undefined;
  #found: { readonly fact: T } | undefined;

  private constructor(find: (keys: readonly string[]) => T, count: { kept: number }, shorter?: Shape<T>, key = '') {
    this.#find = find;
    this.#count = count;
    this.#shorter = shorter;
    this.#key = key;
    this.#size = shorter === undefined ? 0 : shorter.#size + 1;
  }

  /** The shape of an object without members, from which all others grow. */
  static none<T>(find: (keys: readonly string[]) => T): Shape<T> {
    return new Shape(find, { kept: 0 });
  }

  /** The shape with one more key. */
  with(key: string): Shape<T> {
    if (this.#last !== undefined && this.#last.#key === key) return this.#last;
    this.#last = this.#longer.get(key) ?? this.#grow(key);
    return this.#last;
  }

  /** What follows from the keys. */
  get fact(): T {
    this.#found ??= { fact: this.#find(this.#keys()) };
    return this.#found.fact;
  }

  #grow(key: string): Shape<T> {
    const longer = new Shape(this.#find, this.#count, this, key);
    if (this.#size < WIDEST && this.#count.kept < MOST) {
      this.#longer.set(key, longer);
      this.#count.kept++;
    }
    return longer;
  }

  #keys(): readonly string[] {
    const keys: string[] = [];
    for (let shape: Shape<T> = this; shape.#shorter !== undefined; shape = shape.#shorter) keys.push(shape.#key);
    return keys.reverse();
  }
}
