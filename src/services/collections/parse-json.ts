/** JSON in UTF-8, with or without a byte order mark. Throws an Error that gives line and column, from 1, of what is wrong. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('the file is not in UTF-8', { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`the JSON is broken${placeOf(error as SyntaxError, text)}`, { cause: error });
  }
}

/** V8 gives the offset, or says that the text ended too early. */
function placeOf({ message }: SyntaxError, text: string): string {
  const offset = /at position (\d+)/.exec(message)?.[1];
  const before = text.slice(0, offset === undefined ? text.length : Number(offset)).split('\n');
  const reason = /^(.*?)(?: in JSON at position|, "|$)/.exec(message)?.[1] ?? message;
  return ` in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}: ${reason}`;
}
