/** The messages between the event loop and a reader thread. */

export type ToReader =
  | {
      readonly kind: 'run';
      readonly number: number;
      readonly sql: string;
      readonly parameters: readonly unknown[];
      readonly lengthMax: number | undefined;
      readonly timeoutMs: number;
      /** The limit is of its cost, and not of the clock. */
      readonly isShort: boolean;
      /** It begins no snapshot. */
      readonly isAlone: boolean;
    }
  /** The read is over: its snapshot is let go. */
  | { readonly kind: 'end' };

export type FromReader =
  | {
      readonly kind: 'rows';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly unknown[])[];
      /** More follow, as soon as `acknowledged` is one more. */
      readonly isPart: boolean;
      readonly tookMs: number;
    }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };

export interface ReaderData {
  readonly path: string;
  /** Of `sharedSlots` 32-bit integers. */
  readonly shared: Int32Array;
}

/** Places in the memory that both threads see. */
export const sharedSlots = {
  /** The number of the statement that nobody waits for any more. */
  cancelled: 0,
  /** How many parts of a result have arrived. */
  acknowledged: 1,
} as const;
