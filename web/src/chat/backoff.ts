// Growing pauses between attempts to reach a server that is away.

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/** The pause before the attempt after `failures` failed ones, with some chance in it so that tabs do not come back all at once. */
export function pauseAfter(failures: number, chance: number = Math.random()): number {
  const pause = Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  return Math.round(pause * (0.75 + chance / 2));
}

/** Waits, but no longer than until `wake` is called. */
export class Pause {
  #wake: (() => void) | null = null;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}
