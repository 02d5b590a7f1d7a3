import { PlatformError } from '../../model/errors.ts';

/** Half of a surrogate pair. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** UTF-8 needs no more for what is one unit of a text. */
const BYTES_PER_UNIT = 3;

/** Texts as bytes. All of them go through the same memory: asking the system for more takes longer than encoding. */
export class Encoder {
  #memory = Buffer.alloc(0);

  /**
   * The text as UTF-8, good until the next call.
   *
   * @throws PlatformError FILES-001 for half of a surrogate pair, which no encoding carries
   */
  encode(path: string, text: string): Buffer {
    if (LONE_SURROGATE.test(text)) {
      throw new PlatformError(
        'FILES-001',
        path,
        'its text has half of a surrogate pair, which no file can hold',
        'Remove it.',
      );
    }
    // Counting the bytes would take twice as long as writing them, and memory that is never touched costs nothing.
    const room = text.length * BYTES_PER_UNIT;
    if (this.#memory.length < room) this.#memory = Buffer.allocUnsafeSlow(room);
    return this.#memory.subarray(0, this.#memory.write(text));
  }
}
