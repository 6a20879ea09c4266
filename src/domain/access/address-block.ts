import { isIPv4, isIPv6 } from 'node:net';

const groupsOfBlock = 4;
const groupsMax = 8;

/**
 * The block that an IP address is limited by, in one spelling: an IPv4 address itself, also inside IPv6 (`::ffff:…`,
 * RFC 4291, 2.5.5.2); of IPv6 the first 64 bits, since one household has all addresses within them (RFC 6177).
 * Null for other text.
 */
export function addressBlock(address: string): string | null {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return null;
  const [bare = ''] = address.split('%');
  const groups = groupsOf(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.');
  }
  return `${groups
    .slice(0, groupsOfBlock)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of an IPv6 address, the zeros that `::` leaves out included. */
function groupsOf(address: string): number[] {
  const [before = '', after] = address.split('::');
  const first = read(before);
  if (after === undefined) return first;
  const last = read(after);
  const zeros = Array.from({ length: groupsMax - first.length - last.length }, () => 0);
  return [...first, ...zeros, ...last];
}

function read(part: string): number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
