import type { BatchOperation, Operation } from '#domain/operations.ts';

/** A record as a principal may see it: private and writeOnly properties left out, `fields` and `expand` applied. */
export type PresentedRecord = Readonly<Record<string, unknown>> & { readonly id: string };

/** JSON in the place of the value it was made from: a cached value is sent again as it is, and not parsed. */
export class JsonText<Value> {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Value {
    return JSON.parse(this.text) as Value;
  }
}

/** A value on its way to a client. */
export type Json<Value> = Value | JsonText<Value>;

/** The value, parsed if it is kept as text. */
export function valueOf<Value>(json: Json<Value>): Value {
  return json instanceof JsonText ? json.parse() : json;
}

/** The JSON text, made if it is kept as a value. */
export function textOf(json: Json<unknown>): string {
  return json instanceof JsonText ? json.text : JSON.stringify(json);
}

/** How a result about a collection with `cache` came about. */
export interface CacheNote {
  /** As in RFC 9211: found in a cache; read and stored there; read because nothing could be stored. */
  readonly status: 'hit' | 'miss' | 'bypass';
  /** It is the same for every principal that does not bypass rules. */
  readonly isForEveryone: boolean;
}

export interface ListPage {
  readonly data: readonly PresentedRecord[];
  /** `next` is the cursor of the next page; null on the last. */
  readonly page: { readonly limit: number; readonly next: string | null };
  /** Only with `count=exact`. */
  readonly total?: number;
}

export interface ListResult {
  readonly kind: 'list';
  readonly collection: string;
  readonly page: Json<ListPage>;
  readonly next: string | null;
  /** Only for a collection with `cache`. */
  readonly cache?: CacheNote;
}

/** A record that was read or written. `id` and `version` are present even if `fields` leaves them out. */
export interface RecordResult {
  readonly kind: 'record';
  readonly collection: string;
  readonly id: string;
  readonly version: number;
  readonly created: boolean;
  readonly record: Json<PresentedRecord>;
  /** Only for a read of a collection with `cache`. */
  readonly cache?: CacheNote;
}

/** The client has the record in this version already (If-None-Match). */
export interface NotModifiedResult {
  readonly kind: 'notModified';
  readonly version: number;
  readonly cache?: CacheNote;
}

/** A record was deleted: there is nothing to show. */
export interface NoResult {
  readonly kind: 'none';
}

/** The results of a batch, in the order of its items. */
export interface BatchResult {
  readonly kind: 'batch';
  readonly items: readonly ItemResult[];
}

export type ItemResult = RecordResult | NotModifiedResult | NoResult;

/** The result of an operation, as a value: a door turns it into a response of its own, once. */
export type Result = ListResult | ItemResult | BatchResult;

interface Results {
  readonly list: ListResult;
  readonly read: RecordResult | NotModifiedResult;
  readonly create: RecordResult;
  readonly update: RecordResult;
  readonly replace: RecordResult;
  readonly delete: NoResult;
  readonly batch: BatchResult;
}

export type ResultOf<Asked extends Operation | BatchOperation> = Results[Asked['kind']];
