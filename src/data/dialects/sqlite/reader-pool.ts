import { availableParallelism } from 'node:os';
import { DatabaseUnavailable, type Demand } from '../../database.ts';
import { FairQueue } from './fair-queue.ts';
import { ReaderThread } from './reader-thread.ts';
import type { Lane } from './statement-costs.ts';

export type ThreadLane = Exclude<Lane, 'loop'>;

const threadsMax = Math.max(2, Math.min(4, availableParallelism()));
/** One thread is always left to short statements. */
const longMax = threadsMax - 1;
const waitingMax = 200;
/** A thread takes some ten megabytes, and a twentieth of a second to start. */
const idleMs = 30_000;

/** Which threads a read wants, and until when it waits for one, on the monotonic clock. */
export interface Place {
  readonly lane: ThreadLane;
  readonly waitUntilMs: number;
}

interface Idle {
  readonly thread: ReaderThread;
  readonly timer: NodeJS.Timeout;
}

interface Waiting {
  readonly start: (thread: ReaderThread) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Threads for reads that would keep the event loop, started when they are needed. Waiting reads take turns by caller; no
 * collection has more than half of the threads for long statements while others wait.
 */
export class ReaderPool {
  readonly #path: string;
  readonly #threads = new Set<ReaderThread>();
  readonly #idle: Idle[] = [];
  readonly #waiting: Readonly<Record<ThreadLane, FairQueue<Waiting>>>;
  #long = 0;
  #closed = false;

  constructor(path: string) {
    this.#path = path;
    const long = { share: Math.max(1, Math.floor(threadsMax / 2)), waitingMax };
    this.#waiting = { long: new FairQueue(long), short: new FairQueue({ share: threadsMax, waitingMax }) };
  }

  /** Hands a free thread to `work`. Throws DatabaseUnavailable `overloaded` on a long wait or a full queue. */
  async use<T>(place: Place, demand: Demand, work: (thread: ReaderThread) => Promise<T>): Promise<T> {
    const { lane } = place;
    const thread = await this.#take(place, demand);
    const cancel = () => thread.cancel();
    demand.signal?.addEventListener('abort', cancel);
    try {
      return await work(thread);
    } finally {
      demand.signal?.removeEventListener('abort', cancel);
      this.#giveBack(thread, lane, demand);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const queue of Object.values(this.#waiting))
      for (const { reject } of queue.drain()) reject(closed());
    await Promise.all([...this.#threads].map((thread) => thread.close()));
  }

  #take({ lane, waitUntilMs }: Place, demand: Demand): Promise<ReaderThread> {
    return new Promise((resolve, reject) => {
      if (this.#closed || demand.signal?.aborted === true) {
        reject(closed());
        return;
      }
      const queue = this.#waiting[lane];
      const settle =
        <V>(then: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer);
          demand.signal?.removeEventListener('abort', leave);
          then(value);
        };
      const waiting: Waiting = { start: settle(resolve), reject: settle(reject) };
      const leave = () => {
        if (queue.remove(waiting)) waiting.reject(new DatabaseUnavailable('overloaded'));
      };
      const timer = setTimeout(leave, Math.max(1, waitUntilMs - performance.now()));
      demand.signal?.addEventListener('abort', leave);
      const refused = queue.add(waiting, demand);
      refused?.reject(new DatabaseUnavailable('overloaded'));
      this.#start();
    });
  }

  /** Long ones first: they cannot take the last thread. */
  #start(): void {
    if (this.#closed) return;
    while (this.#idle.length > 0 || this.#threads.size < threadsMax) {
      const next = (this.#hasRoomForLong() && this.#next('long')) || this.#next('short');
      if (!next) return;
      next.start(this.#wake() ?? this.#open());
    }
  }

  #hasRoomForLong(): boolean {
    const stuck = [...this.#threads].filter(({ isLost }) => isLost).length;
    return this.#long + stuck < longMax;
  }

  #next(lane: ThreadLane): Waiting | undefined {
    const next = this.#waiting[lane].take();
    if (next !== undefined && lane === 'long') this.#long++;
    return next;
  }

  #wake(): ReaderThread | undefined {
    const idle = this.#idle.pop();
    clearTimeout(idle?.timer);
    return idle?.thread;
  }

  #rest(thread: ReaderThread): void {
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.thread === thread),
        1,
      );
      void thread.close();
    }, idleMs).unref();
    this.#idle.push({ thread, timer });
  }

  #open(): ReaderThread {
    const thread = new ReaderThread(this.#path);
    this.#threads.add(thread);
    void thread.ended.then(() => {
      this.#threads.delete(thread);
      const idle = this.#idle.findIndex((other) => other.thread === thread);
      if (idle >= 0) this.#idle.splice(idle, 1);
      this.#start();
    });
    return thread;
  }

  #giveBack(thread: ReaderThread, lane: ThreadLane, demand: Demand): void {
    thread.end();
    this.#waiting[lane].done(demand);
    if (lane === 'long') this.#long--;
    // Until it has ended it takes processor time: its place is not given away.
    if (!thread.isLost) this.#rest(thread);
    this.#start();
  }
}

const closed = () => new DatabaseUnavailable('unreachable', { cause: new Error('the database is closed') });
