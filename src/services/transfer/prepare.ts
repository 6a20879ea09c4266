import { appendToPointer } from '#domain/json/pointer.ts';
import type { Collection, Property } from '#domain/collections/model.ts';
import { digitsOf } from '#domain/json/digits.ts';
import { kinds } from '#domain/kinds/kinds.ts';
import type { BrokenRow, Row } from './formats/row.ts';
import { unknownColumn, type Columns } from './columns.ts';
import { valueOfCell, withDate } from './cells.ts';
import type { DateReader } from './dates.ts';
import { storedForm } from './key.ts';
import type { RowError } from './transfer.ts';

/** A row as properties of the collection. */
export interface PreparedRow {
  readonly line: number;
  readonly id: string | undefined;
  /** The body of the record, in which lookups have not been replaced by ids yet. */
  readonly body: Record<string, unknown>;
  readonly errors: RowError[];
}

export interface PrepareOptions {
  readonly collection: Collection;
  readonly columns: Columns;
  /** Whether values are CSV cells. */
  readonly cells: boolean;
  readonly readDate: DateReader | undefined;
}

/** Turns names into properties and cells into values, `createdAt`, `updatedAt` and `version` left out: Plinth sets them. */
export function createPreparer({ collection, columns, cells, readDate }: PrepareOptions) {
  return (row: Row | BrokenRow): PreparedRow => {
    if ('broken' in row) {
      return failed(row.line, { line: row.line, pointer: '', code: 'unreadable', detail: row.broken });
    }
    const { line } = row;
    const prepared: PreparedRow = { line, id: undefined, body: {}, errors: [] };
    let id: string | undefined;
    for (const [name, raw] of row.fields) {
      const property = columns(name);
      if (property === null) continue;
      if (property === undefined) prepared.errors.push(unknown(collection, line, name));
      else if (property.name === 'id') id = readId(property, raw, prepared);
      else if (!property.system) setValue(prepared, property, valueIn(row, name, property));
    }
    return { ...prepared, id };
  };

  function valueIn({ fields }: Row, name: string, property: Property): unknown {
    const raw = fields.get(name);
    if (cells) return valueOfCell(property, raw as string | null);
    return kinds[property.kind].readsDigits ? (digitsOf(fields, name) ?? raw) : raw;
  }

  function setValue({ body, errors, line }: PreparedRow, property: Property, value: unknown): void {
    if (Object.hasOwn(body, property.name)) {
      errors.push({ line, pointer: `/${property.name}`, code: 'duplicate', detail: 'is there twice' });
    }
    if (value !== undefined) body[property.name] = withDate(property, value, readDate);
  }
}

function readId(property: Property, raw: unknown, { line, errors }: PreparedRow): string | undefined {
  if (raw === null) return undefined;
  const id = storedForm(property, raw);
  if (id === undefined) errors.push({ line, pointer: '/id', code: 'format', detail: 'must be a UUID' });
  return id as string | undefined;
}

function failed(line: number, error: RowError): PreparedRow {
  return { line, id: undefined, body: {}, errors: [error] };
}

function unknown(collection: Collection, line: number, name: string): RowError {
  return {
    line,
    pointer: appendToPointer('', name),
    code: 'unknown',
    detail: unknownColumn(collection, name),
  };
}
