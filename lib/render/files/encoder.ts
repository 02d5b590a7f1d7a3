import { PlatformError } from '../../model/errors.ts';

/** Half of a surrogate pair. */
const LONE_SURROGATE = /\p{Surrogate}/u;

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
    const room = Buffer.byteLength(text);
    if (this.#memory.length < room) this.#memory = Buffer.allocUnsafeSlow(room);
    return this.#memory.subarray(0, this.#memory.write(text));
  }
}
