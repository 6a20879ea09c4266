/** Clients that ask again once they are answered. */
export interface Traffic {
  /** Settles when every client has had so many more answers. */
  answers(count: number): Promise<void>;
  /** Lets each client finish what it has begun. Safe to call twice. */
  stop(): Promise<void>;
}

/** Each of `clients` sends one request and settles when that is answered; it fails the traffic when it rejects. */
export function startTraffic(clients: readonly (() => Promise<unknown>)[]): Traffic {
  const ending = new AbortController();
  const counts = clients.map(() => 0);
  let onAnswer: (() => void) | undefined;
  const running = Promise.all(
    clients.map(async (ask, index) => {
      while (!ending.signal.aborted) {
        await ask();
        counts[index] = (counts[index] as number) + 1;
        onAnswer?.();
      }
    }),
  );
  // A failure rejects `answers` and `stop`.
  running.catch(() => undefined);
  return {
    async answers(count) {
      const wanted = counts.map((before) => before + count);
      const enough = new Promise<void>((resolve) => {
        onAnswer = () => {
          if (counts.every((seen, index) => seen >= (wanted[index] as number))) resolve();
        };
      });
      await Promise.race([enough, running]);
    },
    async stop() {
      ending.abort();
      await running;
    },
  };
}
