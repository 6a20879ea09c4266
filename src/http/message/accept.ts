/** Media types, in the order of the server's own preference, and the quality an Accept header gives each. */
export function preferred(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept === '' || accept === '*/*') return offered[0];
  const ranges = parse(accept);
  let best: string | undefined;
  let bestQuality = 0;
  for (const type of offered) {
    const quality = qualityOf(type, ranges);
    if (quality > bestQuality) {
      best = type;
      bestQuality = quality;
    }
  }
  return best;
}

/** True when an answer in JSON may be sent to a client that sent this Accept header (RFC 9110, 12.5.1). */
export function acceptsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return true;
  return preferred(accept, ['application/json']) !== undefined;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parse(accept: string): readonly Range[] {
  return accept.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const quality = weight === undefined ? 1 : Number(weight.slice(2));
    return { type, quality: Number.isNaN(quality) ? 0 : quality };
  });
}

/** The most specific range decides, not the order. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const wide = `${type.slice(0, type.indexOf('/'))}/*`;
  for (const candidate of [type, wide, '*/*']) {
    const range = ranges.find((one) => one.type === candidate);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
