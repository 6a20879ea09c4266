/** Parses JSON in UTF-8, with or without a byte order mark. Throws an Error with the mistake and its line and column. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new Error('the file is not in UTF-8', { cause: error });
  }
  // JSON.parse does not always say where the mistake is, and takes the last of two equal names.
  new Scanner(text).scan();
  return JSON.parse(text);
}

const depthMax = 200;
const string = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y;
const space = /[ \t\n\r]*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Walks through JSON and throws an Error with the place of the first mistake. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    this.#value(1);
    if (this.#at < this.#text.length) this.#fail('something follows after the end');
  }

  #value(depth: number): void {
    this.#skipSpace();
    if (depth > depthMax) this.#fail('the nesting is too deep');
    if (this.#takes('{')) this.#object(depth);
    else if (this.#takes('[')) this.#entries(']', () => this.#value(depth + 1));
    else if (!this.#matches(string) && !this.#matches(scalar)) this.#fail('a value is expected');
    this.#skipSpace();
  }

  #object(depth: number): void {
    const names = new Set<string>();
    this.#entries('}', () => {
      this.#skipSpace();
      const start = this.#at;
      if (!this.#matches(string)) this.#fail('a name in double quotes is expected');
      const name = JSON.parse(this.#text.slice(start, this.#at)) as string;
      if (names.has(name)) this.#fail(`the name ${JSON.stringify(name)} is there already`, start);
      names.add(name);
      this.#skipSpace();
      if (!this.#takes(':')) this.#fail('":" is expected');
      this.#value(depth + 1);
    });
  }

  #entries(end: string, entry: () => void): void {
    this.#skipSpace();
    if (this.#takes(end)) return;
    do entry();
    while (this.#takes(','));
    if (!this.#takes(end)) this.#fail(`"," or "${end}" is expected`);
  }

  #takes(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #matches(expression: RegExp): boolean {
    expression.lastIndex = this.#at;
    if (!expression.test(this.#text)) return false;
    this.#at = expression.lastIndex;
    return true;
  }

  #skipSpace(): void {
    this.#matches(space);
  }

  #fail(reason: string, offset = this.#at): never {
    const lines = this.#text.slice(0, offset).split('\n');
    const place = `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
    throw new Error(
      `the JSON is broken in ${place}: ${offset < this.#text.length ? reason : 'it ends too early'}`,
    );
  }
}
