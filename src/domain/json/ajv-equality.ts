import type { Ajv2020, ErrorObject, FuncKeywordDefinition } from 'ajv/dist/2020.js';
import { isSameJson } from './canonical.ts';
import type { JsonValue } from './value.ts';

type Failure = Pick<ErrorObject, 'keyword' | 'message' | 'params'>;
type DataCheck = ReturnType<NonNullable<FuncKeywordDefinition['compile']>>;

/**
 * `enum` and `const` by the equality of JSON values. Ajv's own comparison calls `valueOf` and `toString` of objects, so
 * it throws on a value that has members of these names.
 */
export function useJsonEquality(ajv: Ajv2020): void {
  ajv.removeKeyword('enum').addKeyword(enumKeyword);
  ajv.removeKeyword('const').addKeyword(constKeyword);
}

const enumKeyword: FuncKeywordDefinition = {
  keyword: 'enum',
  schemaType: 'array',
  compile: (allowedValues: JsonValue[]) => {
    const simple = new Set<unknown>(
      allowedValues.filter((value) => typeof value !== 'object' || value === null),
    );
    const others = allowedValues.filter((value) => typeof value === 'object' && value !== null);
    return refusing(
      { keyword: 'enum', message: 'must be equal to one of the allowed values', params: { allowedValues } },
      (value) => (simple.has(value) ? true : others.some((other) => isSameJson(other, value))),
    );
  },
};

const constKeyword: FuncKeywordDefinition = {
  keyword: 'const',
  compile: (allowedValue: JsonValue) =>
    refusing({ keyword: 'const', message: 'must be equal to constant', params: { allowedValue } }, (value) =>
      isSameJson(allowedValue, value),
    ),
};

/** A check whose failures bear the same keyword, params and message as Ajv's own. */
function refusing(failure: Failure, fits: (value: unknown) => boolean): DataCheck {
  const check: DataCheck = (value: unknown) => {
    if (fits(value)) return true;
    check.errors = [failure];
    return false;
  };
  return check;
}
