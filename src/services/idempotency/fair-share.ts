/**
 * The largest weight that an owner may keep so that all together have no more than `max`: smaller weights are kept whole,
 * and the room that they leave is shared by the others (max-min fairness). Infinity when there is enough for all.
 */
export function fairShare(weights: readonly number[], max: number): number {
  const ascending = weights.toSorted((one, other) => one - other);
  let left = max;
  for (const [index, weight] of ascending.entries()) {
    const share = left / (ascending.length - index);
    if (weight > share) return share;
    left -= weight;
  }
  return Infinity;
}
