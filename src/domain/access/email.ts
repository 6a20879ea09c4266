import { domainToASCII } from 'node:url';

const lengthMax = 254;
const localLengthMax = 64;
const local = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
// domainToASCII gets host characters only: it would cut off or decode other parts of a URL.
const hostOnly = /^(?:[a-z0-9.-]|[^\0-\x7f])+$/u;
const domain = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The one form of an email address that is stored and looked up: without spaces around it, NFKC, in lower case, the
 * domain in ASCII (IDNA, UTS 46). Null for other text (RFC 5321 dot-string and host name, 254 characters).
 * The form of a form is itself.
 */
export function normaliseEmail(text: string): string | null {
  // Nothing that is folded here comes down from more than this; a bound on the work for a stranger's text.
  if (text.length > 4 * lengthMax) return null;
  const folded = text.trim().normalize('NFKC').toLowerCase().normalize('NFKC');
  const at = folded.lastIndexOf('@');
  const before = folded.slice(0, Math.max(at, 0));
  const host = folded.slice(at + 1);
  const after = hostOnly.test(host) ? domainToASCII(host) : '';
  const email = `${before}@${after}`;
  const isAddress =
    before.length <= localLengthMax && email.length <= lengthMax && local.test(before) && domain.test(after);
  return isAddress ? email : null;
}
